/* SPDX-License-Identifier: BSD-2-Clause */
/* The web page: its files, as they are in collector/web. They hold nothing secret: what they show
 * they ask for by the API, with the person's own credential. */
#include <string.h>

#include "collector/service.h"

struct embedded_file {
	const char *name;
	const unsigned char *bytes;
	size_t size;
	const char *etag;
};

#include "web_files.h"

#define FILE_COUNT (sizeof(embedded_files) / sizeof(embedded_files[0]))

static const char *type_of(const char *name)
{
	static const struct {
		const char *suffix, *type;
	} types[] = {{".html", "text/html; charset=utf-8"}, {".css", "text/css; charset=utf-8"},
		{".js", "text/javascript; charset=utf-8"}, {".svg", "image/svg+xml"}};
	const char *suffix = strrchr(name, '.');

	for (size_t i = 0; suffix && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].suffix, suffix) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}

static void send_file(struct http_request *request, const char *name)
{
	size_t i = 0;

	while (i < FILE_COUNT && strcmp(embedded_files[i].name, name) != 0)
		i++;
	if (i == FILE_COUNT) {
		http_reply_problem(request, PROBLEM_NOT_FOUND, 0, "the web page has no such file");
		return;
	}
	struct http_response response = {
		.status = 200, .content_type = type_of(name), .etag = embedded_files[i].etag};

	buf_append(&response.body, embedded_files[i].bytes, embedded_files[i].size);
	http_reply(request, &response);
}

static void answer_page(struct http_request *request, void *context)
{
	(void)context;
	send_file(request, "index.html");
}

static void answer_file(struct http_request *request, void *context)
{
	(void)context;
	send_file(request, http_path_part(request, 0));
}

static const struct http_route routes[] = {
	{.method = "GET", .path = "/", .role = HTTP_ROLE_ANYONE, .handle = answer_page},
	{.method = "GET", .path = "/web/*", .role = HTTP_ROLE_ANYONE, .handle = answer_file},
	{0},
};

int web_start(const struct service *service, struct http_module *ret_module, struct error *err)
{
	(void)service;
	(void)err;
	*ret_module = (struct http_module){.routes = routes};
	return 0;
}

void web_stop(void *context)
{
	(void)context;
}

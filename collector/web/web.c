/* SPDX-License-Identifier: BSD-2-Clause */
/* The web page: its files, as they are in collector/web. They hold nothing secret: what they show
 * they ask for by the API, with the person's own credential. */
#include "collector/http/http_file.h"
#include "collector/service.h"

#include "web_files.h"

static void send_file(struct http_request *request, const char *name)
{
	http_reply_file(
		request, embedded_files, sizeof(embedded_files) / sizeof(embedded_files[0]), name);
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
	{.method = "GET",
		.path = "/",
		.role = HTTP_ROLE_ANYONE,
		.handle = answer_page,
		.query = HTTP_ANY_QUERY},
	{.method = "GET",
		.path = "/web/*",
		.role = HTTP_ROLE_ANYONE,
		.handle = answer_file,
		.query = HTTP_ANY_QUERY},
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

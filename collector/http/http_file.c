/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/http/http_file.h"

#include <string.h>

static const char *type_of(const char *name)
{
	static const struct {
		const char *suffix, *type;
	} types[] = {{".html", "text/html; charset=utf-8"}, {".css", "text/css; charset=utf-8"},
		{".js", "text/javascript; charset=utf-8"}, {".svg", "image/svg+xml"},
		{".json", "application/json"}};
	const char *suffix = strrchr(name, '.');

	for (size_t i = 0; suffix && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].suffix, suffix) == 0)
			return types[i].type;
	}
	return "application/octet-stream";
}

void http_reply_file(
	struct http_request *request, const struct http_file *files, size_t count, const char *name)
{
	struct http_response response = {.status = 200};
	size_t i = 0;

	while (i < count && strcmp(files[i].name, name) != 0)
		i++;
	if (i == count) {
		http_reply_problem(request, PROBLEM_NOT_FOUND, 0, "there is no such file");
		return;
	}
	response.content_type = type_of(name);
	response.etag = files[i].etag;
	buf_append(&response.body, files[i].bytes, files[i].size);
	http_reply(request, &response);
}

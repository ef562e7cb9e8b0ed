/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are inside of the program (cmake/embed.cmake), as answers. */
#ifndef COLLECTOR_HTTP_FILE_H
#define COLLECTOR_HTTP_FILE_H

#include <stddef.h>

#include "collector/http/http.h"

struct http_file {
	const char *name; /* its suffix says its type */
	const unsigned char *bytes;
	size_t size;
	const char *etag; /* changes with the bytes */
};

/* Answers with the one of that name, or 404. */
void http_reply_file(struct http_request *request, const struct http_file *files, size_t count,
	const char *name);

#endif

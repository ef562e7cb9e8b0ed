/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting and ending the HTTP service. What it serves comes in as modules (http.h). */
#ifndef COLLECTOR_HTTP_SERVER_H
#define COLLECTOR_HTTP_SERVER_H

#include "collector/http/http_setup.h"

struct http_server;

/* Listens and serves. Errors: CONFIG for an address, certificate or key that cannot be used, and
 * for plain HTTP on anything but loopback or a UNIX socket; IO, PERMISSION, NO_MEMORY. */
int http_server_start(
	const struct http_setup *setup, struct http_server **ret_server, struct error *err);

/* The n-th listening address with its true port as a URL, "http://127.0.0.1:8742"; NULL behind the
 * last. */
const char *http_server_url(const struct http_server *server, size_t n);

/* Listens no more, gives what handlers hold two seconds, then answers 503 for them and ends its
 * threads. Handlers may still call http_reply() for what they hold. */
void http_server_stop(struct http_server *server);

/* After the last http_reply(). */
void http_server_free(struct http_server *server);

#endif

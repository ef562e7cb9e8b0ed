/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting and ending the HTTP service; what it serves comes in as modules (collector/http/http.h).
 */
#ifndef COLLECTOR_HTTP_SERVER_H
#define COLLECTOR_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "collector/http/http.h"
#include "collector/http/tokens.h"
#include "core/buf.h"
#include "core/error.h"

#define HTTP_LISTEN_MAX  8
#define HTTP_MODULES_MAX 16

/* All borrowed until http_server_free(). */
struct http_setup {
	/* "127.0.0.1:8742", "[::1]:8742", "unix:/run/vtpm-collector.socket"; port 0: any free one
	 */
	const char *const *listen;
	size_t listen_count;
	const struct buf *certificate; /* PEM, the chain; NULL: plain HTTP */
	const struct buf *key;         /* PEM */
	const struct buf *client_ca;   /* PEM; NULL: client certificates are not asked for */
	const struct tokens *tokens;
	const struct http_module *modules; /* the table ends with NULL routes */
	unsigned workers;                  /* threads; 0: one for each processor */
	unsigned connections;              /* at most at a time; 0: 4096 */
	unsigned connections_per_address;  /* 0: no limit, as behind a balancer */
	unsigned deadline_s; /* for a request to come in, and for an answer to go out; 0: 15 */
	unsigned waiting;    /* requests that handlers may hold at a time; 0: 8192 */
};

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

/* Prints a line for each route: method, path, role, body's limit and type. */
void http_print_routes(const struct http_module *modules, FILE *to);

#endif

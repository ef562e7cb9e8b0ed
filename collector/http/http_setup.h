/* SPDX-License-Identifier: BSD-2-Clause */
/* What the HTTP service is started with. */
#ifndef COLLECTOR_HTTP_SETUP_H
#define COLLECTOR_HTTP_SETUP_H

#include <stdbool.h>
#include <stddef.h>

#include "collector/http/http.h"
#include "collector/http/tokens.h"
#include "core/buf.h"

#define HTTP_LISTEN_MAX  8
#define HTTP_MODULES_MAX 16

/* A UNIX socket: who may open it, by its file, and what he may then without any other credential.
 */
struct http_socket {
	unsigned mode;  /* of the file */
	bool has_group; /* else that of the process */
	unsigned group;
	enum http_role role; /* ANYONE: nothing */
};

/* All borrowed until http_server_free(). */
struct http_setup {
	/* "127.0.0.1:8742", "[::1]:8742", "unix:/run/collector.socket"; port 0: any free */
	const char *const *listen;
	size_t listen_count;
	const struct http_socket *socket; /* of all UNIX sockets */
	const struct buf *certificate;    /* PEM, the chain; NULL: plain HTTP */
	const struct buf *key;            /* PEM */
	const struct buf *client_ca;      /* PEM; NULL: client certificates are not asked for */
	const struct tokens *tokens;
	const struct http_module *modules; /* the table ends with NULL routes */
	unsigned workers;                  /* threads; 0: one for each processor */
	unsigned connections;              /* at most at a time; 0: 4096 */
	unsigned connections_per_address;  /* 0: no limit, as behind a balancer */
	size_t bodies; /* bytes of all requests' bodies at a time, a quarter for one address where
			* these are limited; 0: 128 MiB */
	unsigned deadline_s; /* for a request to come in, and for an answer to go out; 0: 15 */
	unsigned waiting;    /* requests that handlers may hold at a time; 0: 8192 */
};

#endif

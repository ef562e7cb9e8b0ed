/* SPDX-License-Identifier: BSD-2-Clause */
/* The other end of a TLS connection: who its certificate says it is. */
#ifndef COLLECTOR_HTTP_TLS_H
#define COLLECTOR_HTTP_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/error.h"

struct MHD_Connection;

/* TLS 1.2 and later. */
#define HTTP_TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

enum http_peer {
	HTTP_PEER_UNKNOWN = 0, /* not looked at yet */
	HTTP_PEER_NONE,        /* plain HTTP, or no certificate */
	HTTP_PEER_BAD,         /* a certificate that is not of our CA, or not valid now */
	HTTP_PEER_GOOD,
};

/* Looks at the client's certificate. libmicrohttpd only asks for one: whether it is any good is
 * decided here. GOOD gives its common name. */
enum http_peer http_tls_peer(struct MHD_Connection *mhd, char *ret_name, size_t size);

/* Whether a certificate chain and its key, in PEM, belong together and are readable; libmicrohttpd
 * would only say that it does not start. Errors: CONFIG. */
int http_tls_check(const struct buf *certificate, const struct buf *key,
	const struct buf *client_ca, struct error *err);

#endif

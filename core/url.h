/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The URLs that requests are sent to, read before libcurl does: the part of RFC 3986 on which all
 * readers of URLs agree, and nothing else. A text that one of them could read another way is
 * refused.
 */
#ifndef CORE_URL_H
#define CORE_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/error.h"

/* Points into the text that it was read from. */
struct url {
	bool is_plain;    /* http://, not https:// */
	bool is_loopback; /* the host is this machine */
	bool has_user;    /* "user@" or "user:password@" stands before the host */
	bool has_query;   /* a query or a fragment follows the path */
	const char *host; /* with its brackets, where it is an IPv6 address */
	size_t host_len;
};

/* Reads https:// or http:// with a host, and what may follow. Errors: CONFIG, for a person who
 * knows which URL it is. */
int url_parse(const char *text, struct url *ret_url, struct error *err);

/* Refuses a collector's URL, to which routes are appended: https, or http on loopback, where a
 * credential may go in clear; no user, query or fragment. Errors: CONFIG, as url_parse(). */
int url_parse_collector(const char *text, struct url *ret_url, struct error *err);

/* Appends `text` for a query: all but RFC 3986's unreserved characters become %XX. */
void url_append_escaped(struct buf *to, const char *text);

#endif

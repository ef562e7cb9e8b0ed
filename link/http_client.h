/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP as the agent needs it: JSON posted to one server, over TLS 1.2 or later, one connection kept
 * alive. Only link/http_client_curl.c and curl_library.c see libcurl. */
#ifndef LINK_HTTP_CLIENT_H
#define LINK_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/error.h"

struct http_client_options {
	const char *ca;          /* PEM file: these CAs and no others; empty: the system's */
	const char *token;       /* sent as Bearer; empty: none */
	const char *certificate; /* PEM file of the client's; empty: none */
	const char *key;         /* and its private key */
	const char *proxy;       /* URL; empty: as the environment says */
	/* Asked now and then while a request is under way: true ends it. NULL: never. */
	bool (*is_cancelled)(void *context);
	void *context;
};

struct http_client;

struct http_answer {
	unsigned status;
	uint32_t retry_after_s; /* 0: none was given */
	struct buf body;        /* the caller frees it */
};

/* Copies what it needs of the options, but for is_cancelled's context. Errors: UNSUPPORTED (libcurl
 * is not installed), NO_MEMORY. */
int http_client_open(const struct http_client_options *options, struct http_client **ret_client,
	struct error *err);
void http_client_close(struct http_client *client);

/* One request and its whole answer of at most `max` bytes, within `timeout_ms`; redirects are not
 * followed, an answer of any status is one. Plain http goes past any proxy.
 * Errors, each naming the remedy: IO, NOT_FOUND (host name), TIMEOUT: another time it may work;
 * CRYPTO (TLS), CONFIG (a file), TOO_LARGE, NO_MEMORY: it will not. */
int http_client_post(struct http_client *client, const char *url, const struct buf *body,
	size_t max, uint64_t timeout_ms, struct http_answer *ret_answer, struct error *err);

#endif

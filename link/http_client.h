/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP requests to one server, over TLS 1.2 or later, on one connection that is kept alive. Agent,
 * host's tool, operators' commands and webhooks all use this. Redirects are never followed, and an
 * answer of any status is an answer. Only link/http_client_curl.c and curl_library.c see libcurl.
 */
#ifndef LINK_HTTP_CLIENT_H
#define LINK_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/error.h"

/* What errors call the server and the settings that a person would change. */
struct http_client_words {
	const char *server; /* "collector" */
	const char *url, *ca, *certificate, *proxy;
};

/* Texts are borrowed by http_client_open() alone, NULL or empty where not set. */
struct http_client_options {
	const struct http_client_words *words; /* NULL: a collector's, --url and so on. Borrowed */
	const char *ca;          /* PEM file: these CAs and no others; or the system's */
	const char *token;       /* sent as Bearer */
	const char *certificate; /* PEM file of the client's */
	const char *key;         /* and its private key */
	const char *proxy;       /* URL; or as the environment says */
	const char *unix_socket; /* path: connects there, whatever host a URL names */
	bool is_direct;          /* past any proxy. Plain http, which is loopback, always is */
	/* Connects to addresses of the public internet alone, and so past any proxy, which would
	 * choose the address for us. */
	bool is_public_only;
	/* Asked about once a second while a request is under way: true ends it. NULL: never. */
	bool (*is_cancelled)(void *context);
	void *context;
};

struct http_client;

struct http_client_request {
	const char *url;
	const struct buf *body;   /* it is posted; NULL: GET */
	const char *content_type; /* of the body */
	const char *header;       /* one more, "NAME: VALUE"; NULL: none */
	size_t max;               /* bytes of the answer */
	uint64_t timeout_ms;      /* for all of it; 0: it has passed */
};

struct http_answer {
	unsigned status;
	uint32_t retry_after_s; /* 0: none was given */
	struct buf body;        /* the caller frees it */
};

/* Errors: UNSUPPORTED (libcurl is not installed), NO_MEMORY. */
int http_client_open(const struct http_client_options *options, struct http_client **ret_client,
	struct error *err);
void http_client_close(struct http_client *client);

/* One request and its whole answer. Errors, each naming the remedy: IO, NOT_FOUND (host name),
 * TIMEOUT: another time it may work; CRYPTO (TLS), CONFIG (a file), TOO_LARGE, NO_MEMORY: it will
 * not. */
int http_client_send(struct http_client *client, const struct http_client_request *request,
	struct http_answer *ret_answer, struct error *err);

#endif

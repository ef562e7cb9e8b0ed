/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The HTTP service as the rest of the collector sees it: complete requests in, whole responses out.
 * Only collector/http/ sees libmicrohttpd and GnuTLS.
 *
 * Requests. The server calls a handler on one of its threads, when the body is complete and within
 * its limit and the caller has the route's role. The handler must not block. It answers by
 * http_reply(), at once, or later from any thread, exactly once: also when the client has gone away
 * or the deadline has passed, which the server sees to.
 *
 * Routes. A request that no table has a route for is refused (404), and a caller without the
 * route's role as well: a forgotten check cannot open anything.
 */
#ifndef COLLECTOR_HTTP_H
#define COLLECTOR_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "collector/problem.h"
#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/error.h"
#include "core/json/value.h"
#include "core/text.h"

/* Who may use a route. A caller can have several. */
enum http_role {
	HTTP_ROLE_ADMIN = 0, /* zero: what nobody thought of is the administrator's */
	HTTP_ROLE_VIEWER,
	HTTP_ROLE_AGENT,
	HTTP_ROLE_HOST, /* a hypervisor's: it reports for the VMs that it runs */
	HTTP_ROLE_ANYONE,
};

/* Who is asking. */
struct http_caller {
	bool is_authenticated;   /* by a token or a client certificate; else by nothing, or a socket
				  */
	uint32_t roles;          /* bits 1 << enum http_role */
	char name[64];           /* of the credential, for the audit log: "admin-token", a CN */
	char address[64];        /* numeric, for the log */
	uint64_t session;        /* of the web page; 0: none */
	char vm[TEXT_UUID_SIZE]; /* the only one that the credential is for; empty: it is for none
				  */
};

struct http_request; /* one exchange; gone after http_reply() */

const struct http_caller *http_caller(const struct http_request *request);

/* The part of the path that the n-th "*" of the route's pattern stands for, at most 128 bytes;
 * never NULL. */
const char *http_path_part(const struct http_request *request, size_t n);

/* A query parameter's decoded value, or NULL. */
const char *http_query(const struct http_request *request, const char *name);

struct crypto_bytes http_body(const struct http_request *request);

/* Whether the client has closed its side of the connection, so that nobody will get the answer. The
 * handler must answer all the same, and best at once. Known within half a second; any thread. */
bool http_client_left(const struct http_request *request);

struct http_response {
	unsigned status;
	enum problem problem;     /* why it is a refusal, to be counted; else NONE */
	enum limit limit;         /* and which limit is the cause; else NONE */
	const char *content_type; /* a literal; NULL: none */
	struct buf body;          /* http_reply() takes it over */
	const char *etag;         /* a literal; NULL: none; answers 304 where the client has it */
	unsigned retry_after_s;   /* 0: no Retry-After */
	char location[160];       /* empty: none */
	char filename[96];        /* empty: none; else the body is to be saved under it */
};

/* Sends the response and ends the request. Any thread. */
void http_reply(struct http_request *request, struct http_response *response);

/* An answer in JSON: takes over `json`; NULL: memory was short, 500. */
void http_reply_json(struct http_request *request, unsigned status, json_t *json);

/* Refuses the request, with problem details (RFC 9457). `detail` may quote foreign bytes: it is
 * cleaned here. */
void http_reply_problem(struct http_request *request, enum problem problem, unsigned retry_after_s,
	const char *detail);

/* Likewise where a limit is the cause, which the answer names. */
void http_reply_limit(
	struct http_request *request, enum limit limit, unsigned retry_after_s, const char *detail);

typedef void http_handler(struct http_request *request, void *context);

struct http_route {
	const char *method; /* GET serves HEAD, too */
	const char *path;   /* "/v1/vms/" followed by an asterisk: one path segment each */
	enum http_role role;
	size_t body_max;          /* 0: none is taken */
	const char *content_type; /* of the body; NULL: any */
	unsigned deadline_s;      /* for the answer, after which it is 503; 0: 15 */
	http_handler *handle;
	const char *query; /* parameters' names, a comma between them; NULL: it has none */
};

#define HTTP_ANY_QUERY "*" /* what it has none of is ignored */

/* A table of routes and what their handlers get; tables end with a NULL method. */
struct http_module {
	const struct http_route *routes;
	void *context;
};

/* Prints a line for each route: method, path, role, body's limit and type, query. */
void http_print_routes(const struct http_module *modules, FILE *to);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Many HTTP/1.1 connections to one server of ours, plain or TLS, on one thread: just enough of the
 * protocol to ask and to read answers with a Content-Length. A connection that fails ends the
 * program: a load that lost some of its connections is another load.
 */
#ifndef TESTS_BENCH_LOAD_HTTP_H
#define TESTS_BENCH_LOAD_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

struct load_http;

/* An answer to what was sent on this connection; `body` ends with a NUL. May send the next. */
typedef void load_answer(size_t connection, int status, const char *body, void *context);

/* Where to, and how: `address` is "127.0.0.1:PORT"; `source` what the connections come from, NULL:
 * any; `ca` a PEM file to verify the server with, NULL: plain HTTP. */
struct load_way {
	const char *address, *source, *ca;
};

struct load_http *load_http_open(
	const struct load_way *way, size_t connections, load_answer *answer, void *context);
void load_http_close(struct load_http *http);

/* Posts JSON. The connection is idle, that is, its last answer has come. */
void load_http_post(
	struct load_http *http, size_t connection, const char *path, const struct buf *body);

/* Ends an idle connection and makes a new one in its place. */
void load_http_renew(struct load_http *http, size_t connection);

/* Waits until something can go on, at most so long, and lets it go on. */
void load_http_poll(struct load_http *http, uint64_t timeout_ns);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The metrics at http://ADDRESS/metrics, for the programs of this host alone: names of guests are
 * nobody else's. Runs in its caller's loop, without threads, since the watcher forks. */
#ifndef HOST_WATCH_METRICS_HTTP_H
#define HOST_WATCH_METRICS_HTTP_H

#include "core/buf.h"
#include "core/error.h"

struct metrics_http;

/* What is wrong with an address: it is to be 127.0.0.1:PORT or [::1]:PORT. NULL: nothing. */
const char *metrics_http_judge(const char *address);

/* `print` appends the metrics, each time that they are asked for. Errors: MALFORMED, IO. */
int metrics_http_start(const char *address, void (*print)(struct buf *to, void *context),
	void *context, struct metrics_http **ret_http, struct error *err);

/* Readable when metrics_http_run() has something to do; -1 for NULL. */
int metrics_http_fd(const struct metrics_http *http);

void metrics_http_run(struct metrics_http *http);
void metrics_http_stop(struct metrics_http *http);

#endif

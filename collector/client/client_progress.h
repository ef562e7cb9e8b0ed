/* SPDX-License-Identifier: BSD-2-Clause */
/* A line on the terminal that says how far a command has come, rewritten once a second; nothing
 * where standard error is no terminal. */
#ifndef COLLECTOR_CLIENT_PROGRESS_H
#define COLLECTOR_CLIENT_PROGRESS_H

#include <stdint.h>

/* All zero at the beginning. */
struct client_progress {
	uint64_t shown_s; /* 0: the line is not there */
};

void client_progress_show(struct client_progress *progress, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes the line away, for other output or for good. */
void client_progress_end(struct client_progress *progress);

#endif

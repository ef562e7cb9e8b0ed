/* SPDX-License-Identifier: BSD-2-Clause */
/* A thread that does something every so often, at once when it is woken, and ends when it is told
 * to. */
#ifndef COLLECTOR_TICKER_H
#define COLLECTOR_TICKER_H

#include <stdbool.h>

#include "core/error.h"

struct ticker;

/* What it does. `is_due`: its time has come; else it was woken before that. */
typedef void ticker_work(struct ticker *ticker, bool is_due, void *context);

/* Starts the thread, which works at once and then every `every_ms`, however often it is woken in
 * between; with 0 it works only when it is woken. `name`: what for, in an error.
 * Errors: NO_MEMORY. */
int ticker_start(struct ticker **ret_ticker, const char *name, unsigned every_ms, ticker_work *work,
	void *context, struct error *err);

/* Has it work now, or once more when it is at work. Any thread; never waits for the work. */
void ticker_wake(struct ticker *ticker);

/* For the work itself: whether it has to come to its end. */
bool ticker_is_ending(struct ticker *ticker);

/* For the work itself: waits so long, whoever wakes it; false at once when it has to end. */
bool ticker_rest(struct ticker *ticker, unsigned ms);

/* Waits for the end of the work under way. NULL is none. */
void ticker_stop(struct ticker *ticker);

#endif

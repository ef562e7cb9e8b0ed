/* SPDX-License-Identifier: BSD-2-Clause */
/* How many may come in a minute: a bucket that holds as many as that, and fills evenly. No clock of
 * its own. Any thread may take at any time. */
#ifndef COLLECTOR_RATE_H
#define COLLECTOR_RATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct rate {
	pthread_mutex_t lock;
	uint32_t per_minute; /* 0: no limit */
	uint64_t filled_ms;  /* when `credit` was right */
	uint64_t credit;     /* in 60,000ths of one: a millisecond adds `per_minute` */
};

/* A full one. */
void rate_start(struct rate *rate, uint32_t per_minute, uint64_t now_ms);
void rate_end(struct rate *rate);

/* Whether one more may come now. Where not, *ret_retry_s says after how many seconds the next one
 * may. `now_ms` is of a clock that is never set. */
bool rate_take(struct rate *rate, uint64_t now_ms, unsigned *ret_retry_s);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many may come in a minute: a bucket that holds as many as that, and fills evenly. Where
 * senders are told apart, none gets more than a RATE_SHARE-th of it: a smaller bucket for each.
 * There is a fixed number of these. A keyed hash says which one a sender has, so that nobody can
 * choose whom to share it with, and whoever comes from many addresses takes no more memory than
 * anyone else.
 *
 * No clock of its own. Any thread may take at any time.
 */
#ifndef COLLECTOR_RATE_H
#define COLLECTOR_RATE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define RATE_SHARE    4
#define RATE_SENDERS  1024
#define RATE_KEY_SIZE 16

struct rate_bucket {
	uint32_t per_minute;
	uint64_t filled_ms; /* when `credit` was right */
	uint64_t credit;    /* in 60,000ths of one: a millisecond adds `per_minute` */
};

struct rate {
	pthread_mutex_t lock;
	struct rate_bucket all; /* per_minute 0: no limit */
	bool has_senders;
	uint8_t key[RATE_KEY_SIZE];
	struct rate_bucket senders[RATE_SENDERS];
};

/* Full buckets. `key` is random; NULL: senders are not told apart. */
void rate_start(
	struct rate *rate, uint32_t per_minute, const uint8_t key[RATE_KEY_SIZE], uint64_t now_ms);
void rate_end(struct rate *rate);

/* Whether one more may come now. Where not, *ret_retry_s says after how many seconds the next one
 * may. `sender` is a numeric address, counted as collector/network.h says; one that is none has
 * no share of its own. `now_ms` is of a clock that is never set. */
bool rate_take(struct rate *rate, const char *sender, uint64_t now_ms, unsigned *ret_retry_s);

#endif

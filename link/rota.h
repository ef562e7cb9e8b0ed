/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of several collectors is asked next. No I/O and no clock of its own. */
#ifndef LINK_ROTA_H
#define LINK_ROTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* How long the first one is left alone after it did not answer. */
#define ROTA_RETURN_US (UINT64_C(600) * 1000000)

/* What one collector has of the time at least and at most, where others are still to be asked. A
 * collector answers within 15 s, if with a 503, and a challenge is good for 60. */
#define ROTA_SHARE_MIN_MS 10000
#define ROTA_SHARE_MAX_MS 20000

/* All zero but for `count` at its beginning. */
struct rota {
	size_t count;     /* collectors; not 0 */
	size_t at;        /* the one to ask, from 0 */
	size_t left;      /* how many were left in this exchange: always fewer than `count` */
	uint64_t left_us; /* when the first one was left */
};

/* An exchange begins: any may be asked again; back to the first one, if it was left long enough
 * ago. */
void rota_begin(struct rota *rota, uint64_t now_us);

/* How many are still to be asked in this exchange, this one included. */
size_t rota_remaining(const struct rota *rota);

/* This one did not answer: the next, behind the last one the first. Not of the last remaining. */
void rota_advance(struct rota *rota, uint64_t now_us);

/* None answered: from the beginning, next time. */
void rota_reset(struct rota *rota);

/* Whether another collector could do better: this one gave no answer, for this reason. What this
 * machine lacks, and an answer that is no collector's, stay the same everywhere. */
bool rota_leaves_failed(enum error_code code);

/* Whether another collector could do better than one that answers so. 4xx are answers. What a 5xx
 * is about may be this collector's alone: its way to the store, its load, its end. */
bool rota_leaves_status(unsigned status);

/* What the one to ask has of the time that is left. */
uint64_t rota_share_ms(const struct rota *rota, uint64_t left_ms);

#endif

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

/* All zero but for `count` at its beginning. */
struct rota {
	size_t count;     /* collectors; not 0 */
	size_t at;        /* the one to ask, from 0 */
	uint64_t left_us; /* when the first one was left */
};

/* An exchange begins: back to the first one, if it was left long enough ago. */
void rota_begin(struct rota *rota, uint64_t now_us);

/* This one did not answer: the next, behind the last one the first. */
void rota_advance(struct rota *rota, uint64_t now_us);

/* None answered: from the beginning, next time. */
void rota_reset(struct rota *rota);

/* Whether another collector could do better: this one gave no answer, for this reason. What this
 * machine lacks, and an answer that is no collector's, stay the same everywhere. */
bool rota_leaves_failed(enum error_code code);

/* Whether another collector could do better than one that answers so. 4xx are answers. 503 with a
 * time to wait is one, too: it is asked of all, and the others have their own load. */
bool rota_leaves_status(unsigned status, uint32_t retry_after_s);

/* The share of what is left of the time, where so many are still to be asked, this one included. */
uint64_t rota_share_ms(uint64_t left_ms, size_t remaining);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The turn of one run of this program at a time, of all sessions. It ends with the thread that has
 * it: so whoever finds one run in it all the while knows that the TPM does not answer that one, and
 * does not come beside it.
 */
#ifndef WIN32_TURN_H
#define WIN32_TURN_H

#include "win32/api.h"

#include <stdbool.h>
#include <stdint.h>

/* All zero: it goes without the turn. */
struct turn {
	HANDLE mutex, ended;
};

/* Waits, on platform_monotonic_us()'s clock, until `queue_us` for others that come one after the
 * other, or that cannot be told apart: then it goes without the turn. Until `patience_us`, which is
 * no earlier, for one that has it all the while; false: that one still has it. */
bool turn_take(struct turn *ret_turn, uint64_t queue_us, uint64_t patience_us);

/* By the thread that took it. */
void turn_end(struct turn *turn);

/* Milliseconds until then. */
uint32_t turn_left_ms(uint64_t until_us);

#endif

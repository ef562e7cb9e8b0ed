/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The turn of one run of this program at a time, where nobody else keeps two of them apart. It ends
 * with the broker process that has it: so whoever finds one run in it all the while knows that the
 * TPM does not answer that one, and does not come beside it.
 */
#ifndef LINUX_TURN_H
#define LINUX_TURN_H

#include <stdint.h>

#include "core/error.h"

/* How long to wait, on platform_monotonic_us()'s clock. Until `queue_us` for others that come one
 * after the other, or that cannot be told apart: then it goes without the turn. Until
 * `patience_us`, which is no earlier, for one that has it all the while. Not longer than somebody
 * is at the other end of `socket`. */
struct turn {
	uint64_t queue_us, patience_us;
	int socket;
};

/* Takes the turn for the TPM behind this TCTI, until the end of the process. Errors: TIMEOUT, one
 * run had it all the while; IO, nobody waits for it any more. */
int turn_take_tcti(const char *tcti, const struct turn *turn, struct error *err);

/* The same for a device node that is open for writing: the turn ends when the last descriptor of it
 * is closed. On the node itself, the lock is for whoever may use the TPM and for nobody else. */
int turn_take_node(int fd, const struct turn *turn, struct error *err);

#endif

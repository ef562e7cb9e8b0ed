/* SPDX-License-Identifier: BSD-2-Clause */
/* The turn of one run of this program at a time, where nobody else keeps two of them apart. */
#ifndef LINUX_TURN_H
#define LINUX_TURN_H

#include <stdint.h>

/* Takes the turn for the TPM behind this TCTI, or goes without it at `until_us` (on
 * platform_monotonic_us()'s clock). The caller closes the descriptor, as does the end of its
 * process; -1: there is none. */
int turn_take_tcti(const char *tcti, uint64_t until_us);

/* The same for an open device node: the turn ends when the last descriptor of it is closed. On the
 * node itself, the lock is for whoever may use the TPM and for nobody else. */
void turn_take_node(int fd, uint64_t until_us);

#endif

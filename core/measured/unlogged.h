/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measurements that firmware's event log does not have, although they are known: what comes after
 * the log was handed over, and what an operating system extends.
 */
#ifndef CORE_MEASURED_UNLOGGED_H
#define CORE_MEASURED_UNLOGGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/tcg/tcg.h"

enum unlogged {
	/* "Exit Boot Services Invocation" and "… Returned with Success" in PCR 5 (PFP 10.4.4), or
	 * after a failure both once more. A kernel that does not read the final events table, or a
	 * firmware without one, loses them. */
	UNLOGGED_EXIT_BOOT = 1U << 0,
	/* systemd 261 and later, from a measured initrd: the text "os-separator" in PCR 0 to 7, 9,
	 * 12 to 14 (systemd-pcrosseparator.service). */
	UNLOGGED_OS_SEPARATOR = 1U << 1,
	/* Windows: a digest of zeros in PCR 0 to 10, 12, 13 of each bank that it does not use. */
	UNLOGGED_CAP = 1U << 2,
	/* systemd 252 and later, of a unified kernel image: the phases of the boot in PCR 11. */
	UNLOGGED_PHASES = 1U << 3,
};

/* Which of them, in the order in which they happen, lead from one value of this PCR to another one:
 * *ret_kinds is their union, or 0 where none does. Each is extended once at most.
 * Errors: those of crypto_digest(). */
int unlogged_find(uint16_t alg, unsigned pcr, const uint8_t *from, const uint8_t *to,
	unsigned *ret_kinds, struct error *err);

/* Where such measurements lead from one value of this PCR to another one: the value that it had
 * when the initrd opened the disks. *ret_is_known is false, and nothing else written, where none
 * do. PCR 11 has the phases of systemd's boot (systemd-pcrphase.service), which those before 259 do
 * not log.
 */
int unlogged_find_initrd(uint16_t alg, unsigned pcr, const uint8_t *from, const uint8_t *to,
	bool *ret_is_known, uint8_t ret_value[TCG_DIGEST_MAX], struct error *err);

/* Adds the names of these kinds to a text: "os-separator (systemd)". */
void unlogged_print(unsigned kinds, char *out, size_t size);

#endif

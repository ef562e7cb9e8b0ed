/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCR 0 to 7 of all banks against an event log: one statement about one TPM. docs/checks.md has the
 * table of what each combination means.
 */
#ifndef CORE_MEASURED_BOOT_PCRS_H
#define CORE_MEASURED_BOOT_PCRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/measured/eventlog.h"
#include "core/tcg/tcg.h"

enum boot_pcrs_result {
	BOOT_PCRS_UNCOVERED = 0, /* the log extended none of them in a bank of the TPM */
	BOOT_PCRS_EQUAL,         /* each holds what the log leads to */
	BOOT_PCRS_EXPLAINED,     /* or that and a known measurement that no log has */
	BOOT_PCRS_UNEXPLAINED,   /* some hold it, others do not */
	BOOT_PCRS_CONTRADICTED,  /* none does, in no bank */
};

/* One bank that both have. Bits are numbers of PCRs; each PCR that the log extended is in one of
 * the four. */
struct boot_pcrs_bank {
	uint16_t alg;
	uint32_t equal;
	uint32_t explained;
	uint32_t zero;  /* though the log extended it */
	uint32_t other; /* neither */
};

struct boot_pcrs {
	enum boot_pcrs_result result;
	unsigned unlogged; /* enum unlogged: what explains */
	size_t bank_count;
	struct boot_pcrs_bank banks[EVENTLOG_BANKS_MAX];
};

/* Bits of PCR 0 to 7 that hold anything but zeros in one of these banks. */
uint32_t boot_pcrs_measured(const struct tcg_pcr_bank *banks, size_t count);

/* Compares the TPM's banks with the log's, at most EVENTLOG_BANKS_MAX of either.
 *
 * Windows' cap counts only where all PCRs of a bank have it and some other bank of the TPM has not:
 * the one that Windows measures into. Where a digest cannot be taken (an algorithm that the library
 * lacks), nothing is explained, and nothing is contradicted either. */
void boot_pcrs_compare(const struct tcg_pcr_bank *tpm, size_t tpm_count,
	const struct tcg_pcr_bank *log, size_t log_count, struct boot_pcrs *ret_boot_pcrs);

/* Of two replays with the same banks, one of the firmware's log and one of the system's after it,
 * puts the first in the place of the second for those of PCR 0 to 7 that it alone explains: where
 * the firmware lost ExitBootServices, what the system logged does not lead on from there. */
void boot_pcrs_prefer(const struct tcg_pcr_bank *tpm, size_t tpm_count,
	const struct tcg_pcr_bank *firmware, struct tcg_pcr_bank *both, size_t log_count);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The PCRs as they were when the initrd opened the disks of this boot: what systemd extends later
 * in the boot is in the TPM by now.
 */
#ifndef CORE_MEASURED_INITRD_PCRS_H
#define CORE_MEASURED_INITRD_PCRS_H

#include <stddef.h>

#include "core/error.h"
#include "core/measured/eventlog.h"
#include "core/tcg/tcg.h"

/* What the logs lead to, each with the same banks. */
struct initrd_logs {
	const struct eventlog *firmware; /* alone */
	const struct eventlog *initrd;   /* and system_log_replay_initrd() behind it */
	const struct eventlog *whole;    /* and all of the system's log behind it */
};

/* Of the TPM's banks, at most EVENTLOG_BANKS_MAX: where the logs lead to what a PCR holds now, its
 * value then is theirs; else what is known to be extended without a log is taken back
 * (core/measured/unlogged.h). A PCR that neither explains has its value of now, and its bit in
 * `pcrs` is not set: somebody extended it, or the TPM was reset under the system. It is never PCR
 * 15, which nothing extends before the disks are open (UAPI.7). A bank that a log does not have is
 * as it is now. Errors: those of crypto_digest(). */
int initrd_pcrs_find(const struct tcg_pcr_bank *tpm, size_t count, const struct initrd_logs *logs,
	struct tcg_pcr_bank *ret_banks, struct error *err);

#endif

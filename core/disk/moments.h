/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy is held against: PCRs as they are and as the initrd had them, and what systemd
 * keeps beside the disks. */
#ifndef CORE_DISK_MOMENTS_H
#define CORE_DISK_MOMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/tcg/tcg.h"

/* Banks of PCR values. */
struct disk_pcrs {
	size_t count; /* 0: not known */
	const struct tcg_pcr_bank *banks;
};

struct disk_moments {
	struct disk_pcrs now;
	/* As they were when the initrd opened the disks of this boot. A PCR that is in a bank of
	 * now, and not in this, has its value of now: no log explains it
	 * (core/measured/initrd_pcrs.h). */
	struct disk_pcrs initrd;
	bool is_locked_out; /* what needs a PIN is refused by the TPM */
	/* What the holders of keys have signed: texts of tpm2-pcr-signature.json; NULL: none. */
	const char *signatures;
	size_t signatures_len;
	/* What systemd-pcrlock allows: the text of pcrlock.json; NULL: none. */
	const char *pcrlock;
	size_t pcrlock_len;
};

#endif

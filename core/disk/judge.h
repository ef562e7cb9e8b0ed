/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a slot opens: what the TPM says of its sealed object, and what its policy asks for. */
#ifndef CORE_DISK_JUDGE_H
#define CORE_DISK_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/disk/token.h"
#include "core/tcg/tcg.h"
#include "core/tcg/unlock_facts.h"

/* What came of loading the object under the key that sealed it. */
enum disk_load {
	DISK_LOAD_FAILED = 0, /* the TPM could not be asked: the error says why */
	DISK_LOADED,          /* it was sealed by this TPM, by the owner seed that it has now */
	DISK_LOADED_BUT_GONE, /* likewise, but the storage key is not kept in the TPM any more */
	DISK_LOAD_FOREIGN,    /* it was not */
	DISK_LOAD_LOCKOUT,    /* the TPM asks nobody now */
};

struct disk_outcome {
	enum disk_load load;
	struct error error;
};

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
};

/* Judges one token. `outcome` counts only where there is an object that could be loaded. */
void disk_judge(const struct disk_token *token, const struct disk_outcome *outcome,
	const struct disk_moments *moments, struct unlock_slot *ret_slot);

#endif

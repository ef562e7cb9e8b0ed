/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a slot opens: what the TPM says of its sealed object, and what its policy asks for. */
#ifndef CORE_DISK_JUDGE_H
#define CORE_DISK_JUDGE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/disk/moments.h"
#include "core/disk/token.h"
#include "core/tcg/tcg.h"
#include "core/tcg/unlock_facts.h"

#define DISK_NV_MAX (TCG_DIGEST_MAX + 2) /* a TPMT_HA */

/* What came of loading the object under the key that sealed it. */
enum disk_load {
	DISK_LOAD_FAILED = 0, /* the TPM could not be asked: the error says why */
	DISK_LOADED,          /* it was sealed by this TPM, by the owner seed that it has now */
	DISK_LOADED_BUT_GONE, /* likewise, but the storage key is not kept in the TPM any more */
	DISK_LOAD_FOREIGN,    /* it was not */
	DISK_LOAD_LOCKOUT,    /* the TPM asks nobody now */
};

/* The NV index of systemd-pcrlock. */
enum disk_nv {
	DISK_NV_UNKNOWN = 0,
	DISK_NV_GONE,
	DISK_NV_OTHER, /* its name is not the one that was sealed to */
	DISK_NV_THERE,
};

struct disk_outcome {
	enum disk_load load;
	bool refuses_signer; /* the TPM takes no key of that size: no signature of it counts */
	enum disk_nv nv;
	size_t nv_len; /* of what it has; 0: not known */
	uint8_t nv_content[DISK_NV_MAX];
	struct error error;
};

/* Judges one token. `outcome` counts only where there is an object that could be loaded. */
void disk_judge(const struct disk_token *token, const struct disk_outcome *outcome,
	const struct disk_moments *moments, struct unlock_slot *ret_slot);

#endif

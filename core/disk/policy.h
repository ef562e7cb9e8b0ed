/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The digest that a policy session of the TPM comes to, computed as the TPM does: TPM 2.0 Library
 * Part 3, chapter 23. Nothing of a session is needed to know it.
 */
#ifndef CORE_DISK_POLICY_H
#define CORE_DISK_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "core/crypto/crypto.h"
#include "core/error.h"
#include "core/tcg/tcg.h"

struct policy {
	uint16_t alg;
	uint8_t digest[TCG_DIGEST_MAX]; /* zeros: nothing was asked for yet */
};

/* TPM2_PolicyPCR: these PCRs of the bank, by bits, each of which must be there.
 * Errors: those of crypto_digest(). */
int policy_pcr(
	struct policy *policy, const struct tcg_pcr_bank *bank, uint32_t pcrs, struct error *err);

/* TPM2_PolicyAuthValue. */
int policy_auth_value(struct policy *policy, struct error *err);

/* TPM2_PolicyAuthorize with an empty reference: whatever the holder of this key signs. `name` is
 * the key's. What came before in the policy is what was signed: it counts no more. */
int policy_authorize(struct policy *policy, const struct crypto_bytes *name, struct error *err);

/* TPM2_PolicyOR: one of these, 2 to 8, of the same hash as `policy`. */
#define POLICY_BRANCHES_MAX 8
int policy_or(
	struct policy *policy, const struct policy *branches, size_t count, struct error *err);

/* TPM2_PolicyAuthorizeNV: whatever policy the NV index of this name has. What came before counts no
 * more. */
int policy_authorize_nv(struct policy *policy, const struct crypto_bytes *name, struct error *err);

#endif

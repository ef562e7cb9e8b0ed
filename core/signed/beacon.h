/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The beacon: an NV counter in the owner's range that can only be incremented. A rollback to an
 * older state of the same boot shows in nothing else: counters and clock of such a state look like
 * a crash.
 */
#ifndef CORE_SIGNED_BEACON_H
#define CORE_SIGNED_BEACON_H

#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/signed/attest.h"

/* In the range that is the owner's: TCG Registry of Reserved TPM 2.0 Handles, section 2.2. */
#define BEACON_INDEX 0x01807674U
#define BEACON_BYTES 8

/* TPMA_NV: a counter, read and incremented with its own empty authorization, exempt from
 * dictionary-attack protection; removable by the owner. Part 2 section 13.4. */
#define BEACON_ATTRIBUTES 0x02040014U

/* The name that index has once it was incremented (TPMA_NV_WRITTEN set): it depends on nothing
 * else, so a certified beacon cannot be any other index. */
int beacon_name(struct evidence_name *ret_name, struct error *err);

/* Is the index at the beacon's place the beacon, by its name? One that was defined but not yet
 * incremented is. Errors: NO_MEMORY, CRYPTO. */
int beacon_is_ours(const struct evidence_nv_index *index, bool *ret_is_ours, struct error *err);

/* Verifies the beacon of the evidence: signed by its attestation key, for `nonce` (NULL: the
 * quote's) and in the quote's boot of the TPM, of this very index, and that the value shown is the
 * one signed. Errors: MALFORMED, CRYPTO. */
int beacon_verify(const struct evidence *evidence, const struct attest_quote *quote,
	const struct crypto_bytes *nonce, struct error *err);

#endif

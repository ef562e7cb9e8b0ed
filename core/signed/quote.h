/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Verification of the quote in a piece of evidence, before anything in it is believed. Every check
 * of it: CVE-2022-0317, CVE-2024-29038 and CVE-2024-29039 each left one out.
 */
#ifndef CORE_SIGNED_QUOTE_H
#define CORE_SIGNED_QUOTE_H

#include <stddef.h>
#include <stdint.h>

#include "core/crypto/crypto.h"
#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/signed/attest.h"
#include "core/signed/public_area.h"

/* Verifies, in this order:
 *  - the attestation key's public area: complete, ECC P-256, ECDSA with SHA-256; fixed to its TPM,
 *    made by it, restricted to signing what the TPM made; and that its name is the digest of it;
 *  - the attest: every byte, magic and type;
 *  - its signer: the qualified name of that key as a primary key of the hierarchy that the evidence
 *    names (Part 1 section 16.5), the endorsement's or the owner's; counters that the owner's key
 *    signs are obfuscated, and ret_quote says so;
 *  - the signature over the exact bytes of the attest;
 *  - the PCR selection and digest: those of the values in the evidence, all of them;
 *  - that clock and counters (where they are in the clear) in the evidence do not contradict the
 *    signed ones;
 *  - that it is for a nonce: `nonce` where that is not NULL, else the one the evidence names. Its
 *    qualifyingData is binding_qualify_nonce()'s or, of older agents, the nonce itself.
 * What this leaves open is whose key it is: see docs/evidence.md.
 *
 * ret_quote has the signed facts. Errors: NOT_FOUND (the evidence has no quote: err says why),
 * MALFORMED, UNSUPPORTED (another kind of key), CRYPTO (a check failed; the message names it). */
int quote_verify(const struct evidence *evidence, const uint8_t *nonce, size_t nonce_len,
	struct attest_quote *ret_quote, struct error *err);

/* The same of a report, whose qualifyingData is this and nothing else. */
int quote_verify_qualified(const struct evidence *evidence, const struct crypto_bytes *qualifying,
	struct attest_quote *ret_quote, struct error *err);

/* The attestation key by itself: the first of the above. Errors: MALFORMED, UNSUPPORTED, CRYPTO. */
int quote_read_key(const struct evidence_key *key, struct public_area *ret_area, struct error *err);

/* The attestation key's part of the above, for whatever else it signs: its public area and, for a
 * marshalled TPMT_SIGNATURE over `signed_bytes`, the signature. `signer` is the qualified name that
 * stands in what was signed. */
int quote_verify_signed(const struct evidence_ak *ak, const struct crypto_bytes *signed_bytes,
	const struct crypto_bytes *signature, const struct evidence_name *signer,
	struct error *err);

#endif

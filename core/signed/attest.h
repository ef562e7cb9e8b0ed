/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a TPM signs: TPMS_ATTEST (Part 2 section 10.12.12) of a quote, read completely, and the
 * digest of PCR values that must stand in it.
 */
#ifndef CORE_SIGNED_ATTEST_H
#define CORE_SIGNED_ATTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/tcg/tcg.h"

struct attest_quote {
	struct evidence_name signer; /* qualified name of the key */
	size_t nonce_len;
	uint8_t nonce[EVIDENCE_NONCE_MAX + 2]; /* TPM2B_DATA: the caller's qualifyingData */
	uint64_t clock_ms;
	bool is_safe;
	uint32_t reset_count;
	uint32_t restart_count;
	uint64_t firmware_version;
	/* The three numbers above carry a summand that only the TPM knows. Set by quote_verify():
	 * it depends on the key's hierarchy. */
	bool is_obfuscated;
	size_t bank_count;
	struct {
		uint16_t alg;
		uint32_t pcrs; /* bit mask */
	} banks[EVIDENCE_BANKS_MAX];
	struct evidence_digest pcr_digest;
};

/* Reads every byte of a quote: magic, type, and nothing left behind. What is unproven stays
 * unproven: no signature is looked at here.
 * Errors: MALFORMED, naming the field. */
int attest_read_quote(
	const void *bytes, size_t len, struct attest_quote *ret_quote, struct error *err);

/* What TPM2_NV_Certify signs: TPMS_NV_CERTIFY_INFO (Part 2 section 10.12.8), of an 8-byte index. */
struct attest_nv {
	struct evidence_name signer;
	size_t nonce_len;
	uint8_t nonce[EVIDENCE_NONCE_MAX + 2];
	uint64_t clock_ms;
	uint32_t reset_count;
	uint32_t restart_count;
	struct evidence_name index_name;
	uint64_t value; /* the index's 8 bytes, big-endian: a counter */
};

/* Reads every byte, as attest_read_quote() does. Errors: MALFORMED. */
int attest_read_nv(const void *bytes, size_t len, struct attest_nv *ret_nv, struct error *err);

/* True when the quote selects exactly the PCRs of these banks, in their order, and its digest is
 * theirs: the hash `alg` over all values, bank by bank, PCR by PCR (Part 1 section 17.5). */
bool attest_covers(
	const struct attest_quote *quote, const struct evidence_pcrs *pcrs, uint16_t alg);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Evidence whose quote verifies: signed as a TPM would, by an attestation key of
 * agent/tpm/templates.c that follows from a number. And everything of it as a TPM would never make
 * it, one by one.
 */
#ifndef TESTS_UNIT_FORGE_H
#define TESTS_UNIT_FORGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/evidence/evidence.h"

struct forge {
	unsigned seed; /* the endorsement seed: another number is another TPM */
	/* The attestation key's TPMT_PUBLIC. */
	uint16_t key_alg, name_alg;
	uint32_t attributes;
	uint16_t scheme, scheme_hash, curve;
	/* TPMS_ATTEST. */
	uint32_t magic;
	uint16_t type; /* of a quote; a beacon's is what it is */
	uint32_t hierarchy;
	uint64_t firmware_version;
	uint32_t obfuscation; /* what is added to counters and firmware version */
	size_t surplus;       /* bytes behind its end */
	/* TPMT_SIGNATURE. */
	uint16_t signature_scheme, signature_hash;
};

/* A healthy TPM with this endorsement seed. */
struct forge forge_tpm(unsigned seed);

/* The same TPM when it quotes in its owner hierarchy: with another key, obfuscating. Documents that
 * it signs say EVIDENCE_OWNER. */
struct forge forge_owner(unsigned seed);

/* Either, by what the document says. */
struct forge forge_for(const struct evidence *evidence, unsigned seed);

/* The sample, with key and quote of that TPM. The caller frees it; never NULL. */
struct evidence *forge_evidence(unsigned seed);

/* Fills the part `ak`. */
void forge_key(struct evidence *evidence, const struct forge *forge);

/* Quotes the document's PCRs, clock, counters and nonce as they are now; a beacon is signed anew.
 */
void forge_quote(struct evidence *evidence, const struct forge *forge);

/* Gives the document a beacon of this value; forge_quote() comes after. */
void forge_beacon(struct evidence *evidence, uint64_t value, bool is_advanced);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The templates of the primary keys that a run derives. A primary key is a function of its
 * hierarchy's seed and its template: the same TPM gives the same key each time, so the guest stores
 * none, and another TPM gives another.
 *
 * Our own keys carry a marker: an authPolicy that no policy session can satisfy. It stays in the
 * public area, so that a key which a killed run left loaded can be told from everybody else's.
 */
#ifndef AGENT_TPM_TEMPLATES_H
#define AGENT_TPM_TEMPLATES_H

#include <stdbool.h>
#include <tss2/tss2_tpm2_types.h>

#include "core/crypto/crypto.h"

/* The attestation key: ECC P-256, restricted signing, ECDSA with SHA-256, for the endorsement
 * hierarchy: only keys of the endorsement and platform hierarchies sign clear counters (Part 1
 * section 36.7, libtpms Attest_spt.c). Exempt from dictionary-attack protection, so that it
 * works, and cannot add to the counter, in lockout. */
extern const TPM2B_PUBLIC template_ak;

/* The fingerprint of the owner seed: a storage key in the owner hierarchy that differs from every
 * SRK in its authPolicy alone. */
extern const TPM2B_PUBLIC template_srk;

/* Storage keys as others make them in the owner's hierarchy: systemd up to 253, and clevis and
 * tpm2-tools by default. The SRK of the TCG (Provisioning Guidance, section 7.5.1) differs in that
 * it is exempt from dictionary-attack protection. */
extern const TPM2B_PUBLIC template_storage_ecc;
extern const TPM2B_PUBLIC template_storage_rsa;

/* EK templates L-1 and L-2: TCG EK Credential Profile 2.x, annex B.3.3 and B.3.4. */
extern const TPM2B_PUBLIC template_ek_rsa2048;
extern const TPM2B_PUBLIC template_ek_ecc_p256;

/* The EK template whose certificate stands in this NV index (core/tcg/ek_template.h), or NULL where
 * none is known here, or its key takes too long to derive: RSA 3072 and above. */
const TPM2B_PUBLIC *template_of_ek(uint32_t certificate);

/* True for the marshalled TPMT_PUBLIC of a key made from this template: all fields but the key
 * itself are its. */
bool template_has_made(const TPM2B_PUBLIC *template, const struct crypto_bytes *public_area);

/* True for the marshalled TPMT_PUBLIC of a key made from template_ak or template_srk. */
bool template_is_ours(const struct crypto_bytes *public_area);

#endif

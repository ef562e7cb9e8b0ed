/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may allow PCR values by a signature, and what was allowed: systemd's signed policies
 * (systemd-measure(1), and tpm2-util.c of systemd).
 */
#ifndef CORE_DISK_SIGNER_H
#define CORE_DISK_SIGNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/disk/policy.h"
#include "core/error.h"

#define SIGNER_NAME_SIZE  34 /* nameAlg and SHA-256 */
#define SIGNER_PRINT_SIZE 32 /* SHA-256 of the RSAPublicKey, RFC 8017 appendix A.1.1 */
#define SIGNER_NAMES      2  /* systemd 252 writes the usual exponent out, later ones do not */
#define SIGNATURES_MAX    (1U << 20)

struct signer {
	uint8_t names[SIGNER_NAMES][SIGNER_NAME_SIZE]; /* as the TPM would load it */
	uint8_t fingerprint[SIGNER_PRINT_SIZE];
};

/* Reads an RSA key as PEM ("BEGIN PUBLIC KEY"). Errors: MALFORMED, UNSUPPORTED (another kind of
 * key), CRYPTO. */
int signer_read(const char *pem, size_t len, struct signer *ret_signer, struct error *err);

/* Whether the signatures of tpm2-pcr-signature.json have one by this key for this policy, which is
 * TPM2_PolicyPCR of the bank alone. That the signature itself is right is left to the TPM.
 * Errors: those of json_tree_parse(). */
int signer_has_signed(const struct signer *signer, const char *json, size_t len, uint16_t bank,
	const struct policy *policy, bool *ret_has, struct error *err);

#endif

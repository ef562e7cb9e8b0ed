/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may allow PCR values by a signature: systemd's signed policies (systemd-measure(1), and
 * tpm2-util.c of systemd). Up to 262 systemd seals to an elliptic-curve key as well, and then gives
 * the TPM its signature as one of RSA, which no TPM takes.
 */
#ifndef CORE_DISK_SIGNER_H
#define CORE_DISK_SIGNER_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

#define SIGNER_NAME_SIZE  34 /* nameAlg and SHA-256 */
#define SIGNER_PRINT_SIZE 32 /* SHA-256 of the RSAPublicKey, RFC 8017 appendix A.1.1 */
#define SIGNER_NAMES      2  /* systemd 252 writes the usual exponent out, later ones do not */

struct signer {
	uint8_t names[SIGNER_NAMES][SIGNER_NAME_SIZE]; /* as the TPM would load it */
	uint8_t fingerprint[SIGNER_PRINT_SIZE];
	uint16_t bits; /* of the modulus */
};

/* Reads an RSA key as PEM ("BEGIN PUBLIC KEY"). Errors: MALFORMED, UNSUPPORTED (another kind of
 * key), CRYPTO, NO_MEMORY. */
int signer_read(const char *pem, size_t len, struct signer *ret_signer, struct error *err);

#endif

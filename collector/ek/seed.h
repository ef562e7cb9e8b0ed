/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Secret sharing with an EK: a seed that only the TPM with that key can recover. TPM 2.0 Library
 * Part 1, annexes B.10.3 (RSA) and C.6.3 (ECC), with the label "IDENTITY" of credentials.
 */
#ifndef COLLECTOR_SEED_H
#define COLLECTOR_SEED_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/signed/public_area.h"

#define SEED_SECRET_MAX CRYPTO_UNIQUE_MAX /* an RSA 4096 block; a point is smaller */

struct seed {
	size_t len;                    /* that of a digest by the EK's nameAlg */
	uint8_t bytes[TCG_DIGEST_MAX]; /* the seed itself: secret, cleansed by the caller */
	size_t secret_len;
	uint8_t secret[SEED_SECRET_MAX]; /* TPM2B_ENCRYPTED_SECRET's content: public */
};

/* Makes a new seed for an EK: RSA 2048, 3072 or 4096 with exponent 65537, or on P-256, P-384 or
 * P-521; nameAlg SHA-256, SHA-384 or SHA-512.
 * Errors: UNSUPPORTED for another key, MALFORMED for numbers that are no such key, CRYPTO,
 * NO_MEMORY. */
int seed_share(const struct public_area *ek, struct seed *ret_seed, struct error *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* TPMT_PUBLIC (Part 2 section 12.2.4) of the two kinds of key that an EK or AK can be. */
#ifndef CORE_SIGNED_PUBLIC_AREA_H
#define CORE_SIGNED_PUBLIC_AREA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/crypto/crypto.h"
#include "core/error.h"

/* TPMA_OBJECT, Part 2 section 8.3. */
#define PUBLIC_AREA_FIXED_TPM             (1U << 1)
#define PUBLIC_AREA_FIXED_PARENT          (1U << 4)
#define PUBLIC_AREA_SENSITIVE_DATA_ORIGIN (1U << 5)
#define PUBLIC_AREA_RESTRICTED            (1U << 16)
#define PUBLIC_AREA_DECRYPT               (1U << 17)
#define PUBLIC_AREA_SIGN                  (1U << 18)

struct public_area {
	uint16_t name_alg;
	uint32_t attributes;
	/* TPMT_SYM_DEF_OBJECT: what a storage key protects its children with. TCG_ALG_NULL and
	 * zeros where the key has none. */
	uint16_t symmetric;
	uint16_t symmetric_bits;
	uint16_t symmetric_mode;
	uint32_t exponent;    /* RSA: the public exponent, 65537 where the area has 0; ECC: 0 */
	uint16_t scheme;      /* TPM_ALG_ID: TCG_ALG_NULL where the key leaves it open */
	uint16_t scheme_hash; /* its hash; TCG_ALG_NULL where it has none */
	struct crypto_public key;
};

/* Reads every byte. Errors: MALFORMED; UNSUPPORTED for neither RSA nor ECC. */
int public_area_read(
	const void *bytes, size_t len, struct public_area *ret_area, struct error *err);

/* True for the same key: kind, size, and number for number the same point or modulus. */
bool public_area_same_key(const struct crypto_public *a, const struct crypto_public *b);

#endif

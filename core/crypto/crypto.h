/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cryptography that guest, collector and host share: digests and the reading of a certificate.
 * There is one implementation over libcrypto (core/crypto/openssl.c) and one over Windows' CNG
 * (win32/). No type of either library is visible here.
 */
#ifndef CORE_CRYPTO_CRYPTO_H
#define CORE_CRYPTO_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/tcg/tcg.h"
#include "core/text.h"

/* Sets the library up, which the first digest would otherwise do. For callers who have something
 * else to wait for. */
void crypto_start(void);

/* A stretch of borrowed bytes: digests are taken over several in a row without copying. */
struct crypto_bytes {
	const void *bytes;
	size_t len;
};

/* The digest of `count` stretches in their order, tcg_digest_size(alg) bytes.
 * Errors: UNSUPPORTED for an algorithm the library does not have, CRYPTO. */
int crypto_digest(uint16_t alg, const struct crypto_bytes *parts, size_t count,
	uint8_t ret_digest[TCG_DIGEST_MAX], struct error *err);

#define CRYPTO_UNIQUE_MAX 512 /* RSA 4096 */

/* A public key in the TPM's own terms: TPMU_PUBLIC_ID, Part 2 section 12.2.3.2. */
struct crypto_public {
	uint16_t alg;   /* TCG_ALG_RSA, TCG_ALG_ECC; 0 = none or of another kind */
	uint16_t bits;  /* RSA: modulus; ECC: 0 */
	uint16_t curve; /* ECC: TPM_ECC_CURVE; RSA: 0 */
	size_t unique_len;
	uint8_t unique[CRYPTO_UNIQUE_MAX]; /* RSA: modulus; ECC: x‖y, each of the field's size */
};

/* What is shown of a certificate and compared. Texts are escaped by whoever prints them. */
struct crypto_certificate {
	size_t der_len;    /* the certificate proper: NV indices are often larger and padded */
	char subject[256]; /* RFC 4514, its escapes make it ASCII; cut when longer */
	char issuer[256];  /* likewise */
	char serial[48];   /* hexadecimal, as printed by `openssl x509 -serial`, lower case */
	char not_after[TEXT_TIME_SIZE]; /* RFC 3339, UTC, such as 9999-12-31T23:59:59Z */
	uint8_t sha256[32];             /* of the certificate proper */
	struct crypto_public key;
};

/* Reads the X.509 certificate at the start of `der`; bytes behind it are ignored.
 * Errors: MALFORMED, NO_MEMORY. */
int crypto_certificate_read(
	const void *der, size_t len, struct crypto_certificate *ret_certificate, struct error *err);

/* Verifies an ECDSA signature, r and s as big-endian numbers, over a digest, by a key on P-256.
 * Errors: CRYPTO when it does not verify or the key is no point of the curve, UNSUPPORTED for
 * another kind of key, NO_MEMORY. */
int crypto_verify_ecdsa(const struct crypto_public *key, const uint8_t *digest, size_t digest_len,
	const struct crypto_bytes *r, const struct crypto_bytes *s, struct error *err);

#endif

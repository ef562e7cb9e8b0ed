/* SPDX-License-Identifier: BSD-2-Clause */
/* The TPM's two key derivation functions (TPM 2.0 Library Part 1, 11.4.10.2 and 11.4.10.3). */
#ifndef COLLECTOR_KDF_H
#define COLLECTOR_KDF_H

#include <stddef.h>
#include <stdint.h>

#include "core/crypto/crypto.h"
#include "core/error.h"

/* libcrypto's name of a hash to derive keys with (TCG_ALG_SHA256, 384, 512); else NULL. */
const char *kdf_hash_name(uint16_t hash);

/* KDFa: SP 800-108 in counter mode with HMAC. `label` is taken without its NUL, which the
 * function's own separator stands for; `context` is contextU‖contextV. Writes `len` bytes, the
 * requested number of bits divided by eight, which the caller cleanses, also on failure. Errors:
 * UNSUPPORTED for another hash, CRYPTO, NO_MEMORY. */
int kdf_a(uint16_t hash, const struct crypto_bytes *key, const char *label,
	const struct crypto_bytes *context, uint8_t *ret_key, size_t len, struct error *err);

/* KDFe: SP 800-56A's one-step derivation with a hash, from the x coordinate `z` of a shared point.
 * `label` is taken with its NUL; `party_u` and `party_v` are x coordinates. All three coordinates
 * are of the field's size. At most 255 digests long; otherwise as kdf_a(). */
int kdf_e(uint16_t hash, const struct crypto_bytes *z, const char *label,
	const struct crypto_bytes *party_u, const struct crypto_bytes *party_v, uint8_t *ret_key,
	size_t len, struct error *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* An RSA key as OpenSSL writes it: PEM ("BEGIN PUBLIC KEY", RFC 7468 section 13). */
#ifndef CORE_DISK_PUBLIC_KEY_H
#define CORE_DISK_PUBLIC_KEY_H

#include <stddef.h>
#include <stdint.h>

#include "core/crypto/crypto.h"
#include "core/error.h"

#define PUBLIC_KEY_DER_MAX 1024

struct public_key {
	struct crypto_bytes modulus;
	struct crypto_bytes whole; /* the RSAPublicKey: RFC 8017 appendix A.1.1 */
	uint32_t exponent;
};

/* `der` is room that the key then points into. Errors: MALFORMED, UNSUPPORTED (another kind of
 * key). */
int public_key_read(const char *pem, size_t len, uint8_t der[PUBLIC_KEY_DER_MAX],
	struct public_key *ret_key, struct error *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "core/crypto/crypto.h"
#include "tests/fuzz/fuzz.h"

static void check_text(const char *text, size_t size)
{
	FUZZ_ASSERT(memchr(text, 0, size));
}

static void check(const struct crypto_certificate *cert, size_t size)
{
	FUZZ_ASSERT(cert->der_len > 0 && cert->der_len <= size);
	check_text(cert->subject, sizeof(cert->subject));
	check_text(cert->issuer, sizeof(cert->issuer));
	check_text(cert->serial, sizeof(cert->serial));
	check_text(cert->not_after, sizeof(cert->not_after));
	FUZZ_ASSERT(cert->key.unique_len <= sizeof(cert->key.unique));
	FUZZ_ASSERT((cert->key.alg == 0) == (cert->key.unique_len == 0));
	FUZZ_ASSERT((cert->key.alg == TCG_ALG_RSA) == (cert->key.bits != 0));
	FUZZ_ASSERT((cert->key.alg == TCG_ALG_ECC) == (cert->key.curve != 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct crypto_certificate cert, alone;
	struct error err = {0};
	int rc = crypto_certificate_read(data, size, &cert, &err);

	if (rc) {
		FUZZ_ASSERT(rc == -(int)err.code && err.message[0]);
		FUZZ_ASSERT(rc != -ERROR_NO_MEMORY); /* nor does it look so */
		return 0;
	}
	check(&cert, size);
	/* What follows the certificate must not matter. */
	FUZZ_ASSERT(crypto_certificate_read(data, cert.der_len, &alone, &err) == 0);
	FUZZ_ASSERT(memcmp(&cert.sha256, &alone.sha256, sizeof(cert.sha256)) == 0);
	return 0;
}

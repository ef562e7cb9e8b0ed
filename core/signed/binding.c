/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/signed/binding.h"

#include <string.h>

int binding_qualify_nonce(const struct crypto_bytes *nonce,
	uint8_t ret_qualifying[BINDING_QUALIFYING_SIZE], struct error *err)
{
	static const char label[] = "vtpm-evidence-v1"; /* its NUL is part of it */
	const struct crypto_bytes parts[] = {{label, sizeof(label)}, *nonce};
	uint8_t digest[TCG_DIGEST_MAX];
	int rc = crypto_digest(TCG_ALG_SHA256, parts, 2, digest, err);

	if (!rc)
		memcpy(ret_qualifying, digest, BINDING_QUALIFYING_SIZE);
	return rc;
}

int binding_qualify(const struct crypto_bytes *nonce, const struct crypto_bytes *secret,
	const struct crypto_bytes *evidence, uint8_t ret_qualifying[BINDING_QUALIFYING_SIZE],
	struct error *err)
{
	static const char label[] = "vtpm-report-v1"; /* its NUL is part of it */
	uint8_t inner[TCG_DIGEST_MAX], outer[TCG_DIGEST_MAX];
	const struct crypto_bytes parts[] = {
		{label, sizeof(label)},
		*nonce,
		*secret,
		{inner, BINDING_QUALIFYING_SIZE},
	};
	int rc = crypto_digest(TCG_ALG_SHA256, evidence, 1, inner, err);

	if (!rc)
		rc = crypto_digest(
			TCG_ALG_SHA256, parts, sizeof(parts) / sizeof(parts[0]), outer, err);
	if (!rc)
		memcpy(ret_qualifying, outer, BINDING_QUALIFYING_SIZE);
	return rc;
}

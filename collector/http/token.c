/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/http/token.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "core/text.h"
#include "platform/system.h"

int token_make(char ret_token[TOKEN_SIZE], struct error *err)
{
	uint8_t bytes[(TOKEN_SIZE - 1) / 2];
	int rc = platform_random(bytes, sizeof(bytes), err);

	if (!rc)
		text_hex(bytes, sizeof(bytes), ret_token, TOKEN_SIZE);
	return rc;
}

int token_digest(
	const char *token, size_t len, uint8_t ret_digest[TOKEN_DIGEST_SIZE], struct error *err)
{
	uint8_t whole[TCG_DIGEST_MAX];
	struct crypto_bytes part = {token, len};
	int rc = crypto_digest(TCG_ALG_SHA256, &part, 1, whole, err);

	if (!rc)
		memcpy(ret_digest, whole, TOKEN_DIGEST_SIZE);
	return rc;
}

bool token_is_same(const uint8_t left[TOKEN_DIGEST_SIZE], const uint8_t right[TOKEN_DIGEST_SIZE])
{
	unsigned difference = 0;

	for (size_t i = 0; i < TOKEN_DIGEST_SIZE; i++)
		difference |= left[i] ^ right[i];
	return !difference;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/ear/key.h"

#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "collector/ear/base64url.h"
#include "collector/ek/openssl_error.h"

/* RFC 7638: these members of the key, in this order and without blanks. */
static int make_name(
	const struct store_result_key *key, uint8_t ret_kid[STORE_HASH_SIZE], struct error *err)
{
	char x[EAR_KID_SIZE], y[EAR_KID_SIZE], text[256];
	struct crypto_bytes part = {text, 0};
	uint8_t digest[TCG_DIGEST_MAX];
	int rc;

	ear_key_print(key->x, x);
	ear_key_print(key->y, y);
	part.len = (size_t)snprintf(text, sizeof(text),
		"{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"%s\",\"y\":\"%s\"}", x, y);
	rc = crypto_digest(TCG_ALG_SHA256, &part, 1, digest, err);
	if (!rc)
		memcpy(ret_kid, digest, STORE_HASH_SIZE);
	return rc;
}

/* A number of the key as the field's bytes. */
static bool take(EVP_PKEY *pair, const char *name, uint8_t ret_bytes[STORE_HASH_SIZE])
{
	BIGNUM *number = NULL;
	bool is_taken = EVP_PKEY_get_bn_param(pair, name, &number) == 1 &&
			BN_bn2binpad(number, ret_bytes, STORE_HASH_SIZE) == STORE_HASH_SIZE;

	BN_clear_free(number);
	return is_taken;
}

int ear_key_make(uint64_t now_ms, struct store_result_key *ret_key, struct error *err)
{
	struct store_result_key key = {.made_ms = now_ms, .has_secret = true};
	EVP_PKEY *pair = EVP_EC_gen("P-256");
	bool is_made = pair && take(pair, OSSL_PKEY_PARAM_EC_PUB_X, key.x) &&
		       take(pair, OSSL_PKEY_PARAM_EC_PUB_Y, key.y) &&
		       take(pair, OSSL_PKEY_PARAM_PRIV_KEY, key.secret);
	int rc = is_made ? make_name(&key, key.kid, err)
			 : openssl_error(err, ERROR_CRYPTO, "a key for attestation results");

	EVP_PKEY_free(pair);
	if (!rc)
		*ret_key = key;
	explicit_bzero(&key, sizeof(key));
	return rc;
}

int ear_key_check(const struct store_result_key *key, struct error *err)
{
	uint8_t kid[STORE_HASH_SIZE];
	int rc = make_name(key, kid, err);

	if (!rc && memcmp(kid, key->kid, sizeof(kid)) != 0)
		rc = error_set(err, ERROR_MALFORMED,
			"the store's key for attestation results is not the one of its name");
	return rc;
}

void ear_key_print(const uint8_t kid[STORE_HASH_SIZE], char ret_text[EAR_KID_SIZE])
{
	BUF_SCOPED text = {0};

	base64url_encode(&text, kid, STORE_HASH_SIZE);
	snprintf(ret_text, EAR_KID_SIZE, "%.*s", (int)text.len, text.data ? (char *)text.data : "");
}

json_t *ear_key_json(const struct store_result_key *key)
{
	char kid[EAR_KID_SIZE], x[EAR_KID_SIZE], y[EAR_KID_SIZE];

	ear_key_print(key->kid, kid);
	ear_key_print(key->x, x);
	ear_key_print(key->y, y);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "kty", "EC", "crv", "P-256", "x", x,
		"y", y, "kid", kid, "use", "sig", "alg", "ES256");
}

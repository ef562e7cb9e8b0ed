/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/ear/sign.h"

#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <stdio.h>
#include <string.h>

#include "collector/ear/base64url.h"
#include "collector/ear/key.h"
#include "collector/ek/openssl_error.h"
#include "core/json/text.h"

#define NUMBER_SIZE STORE_HASH_SIZE
#define DER_MAX     80

static EVP_PKEY *from_parameters(OSSL_PARAM *parameters)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *pair = NULL;
	bool is_loaded = context && EVP_PKEY_fromdata_init(context) == 1 &&
			 EVP_PKEY_fromdata(context, &pair, EVP_PKEY_KEYPAIR, parameters) == 1;

	EVP_PKEY_CTX_free(context);
	return is_loaded ? pair : NULL;
}

static EVP_PKEY *load(const struct store_result_key *key)
{
	uint8_t point[1 + 2 * NUMBER_SIZE] = {POINT_CONVERSION_UNCOMPRESSED};
	BIGNUM *secret = BN_secure_new();
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *parameters = NULL;
	EVP_PKEY *pair = NULL;
	bool is_told;

	memcpy(point + 1, key->x, NUMBER_SIZE);
	memcpy(point + 1 + NUMBER_SIZE, key->y, NUMBER_SIZE);
	is_told = build && secret && BN_bin2bn(key->secret, NUMBER_SIZE, secret) &&
		  OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) &&
		  OSSL_PARAM_BLD_push_octet_string(
			  build, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) &&
		  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, secret);
	if (is_told)
		parameters = OSSL_PARAM_BLD_to_param(build);
	if (parameters)
		pair = from_parameters(parameters);
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(build);
	BN_clear_free(secret);
	return pair;
}

/* Somebody who can write to the store may have put the half of another key there. */
static bool is_pair(EVP_PKEY *pair)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pair, NULL);
	bool is_good = context && EVP_PKEY_pairwise_check(context) == 1;

	EVP_PKEY_CTX_free(context);
	return is_good;
}

/* RFC 7518 section 3.4: r and s behind each other, where libcrypto makes DER. */
static bool unwrap(const uint8_t *der, size_t len, uint8_t ret_raw[2 * NUMBER_SIZE])
{
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)len);
	bool is_good =
		signature &&
		BN_bn2binpad(ECDSA_SIG_get0_r(signature), ret_raw, NUMBER_SIZE) == NUMBER_SIZE &&
		BN_bn2binpad(ECDSA_SIG_get0_s(signature), ret_raw + NUMBER_SIZE, NUMBER_SIZE) ==
			NUMBER_SIZE;

	ECDSA_SIG_free(signature);
	return is_good;
}

static bool sign(EVP_PKEY *pair, const struct buf *text, uint8_t ret_raw[2 * NUMBER_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t der[DER_MAX];
	size_t len = sizeof(der);
	bool is_good = context &&
		       EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, pair) == 1 &&
		       EVP_DigestSign(context, der, &len, text->data, text->len) == 1 &&
		       unwrap(der, len, ret_raw);

	EVP_MD_CTX_free(context);
	return is_good;
}

static void append_json(struct buf *to, const json_t *json)
{
	BUF_SCOPED text = {0};

	json_text_print(&text, json, false);
	to->failed = to->failed || text.failed;
	base64url_encode(to, text.data, text.len);
}

static void append_header(struct buf *to, const struct store_result_key *key)
{
	char kid[EAR_KID_SIZE], text[128];
	int len;

	ear_key_print(key->kid, kid);
	len = snprintf(
		text, sizeof(text), "{\"alg\":\"ES256\",\"typ\":\"eat+jwt\",\"kid\":\"%s\"}", kid);
	base64url_encode(to, text, (size_t)len);
}

int ear_sign(
	const struct store_result_key *key, const json_t *claims, struct buf *to, struct error *err)
{
	uint8_t raw[2 * NUMBER_SIZE];
	BUF_SCOPED text = {0};
	EVP_PKEY *pair = load(key);
	int rc = 0;

	append_header(&text, key);
	buf_append_text(&text, ".");
	append_json(&text, claims);
	if (text.failed)
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for an attestation result");
	else if (!pair || !is_pair(pair))
		rc = openssl_error(err, ERROR_MALFORMED, "the store's key for attestation results");
	else if (!sign(pair, &text, raw))
		rc = openssl_error(err, ERROR_CRYPTO, "signing an attestation result");
	EVP_PKEY_free(pair);
	if (rc)
		return rc;
	buf_append(to, text.data, text.len);
	buf_append_text(to, ".");
	base64url_encode(to, raw, sizeof(raw));
	return 0;
}

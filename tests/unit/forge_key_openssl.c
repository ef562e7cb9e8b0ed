/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/forge_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "tests/unit/unit.h"

#define NUMBER_SIZE FORGE_NUMBER_SIZE

/* One key is kept: most tests ask for the same again and again. */
struct key {
	unsigned seed;
	EVP_PKEY *pair;
	uint8_t x[NUMBER_SIZE], y[NUMBER_SIZE];
};

/* The private number is a digest of the seed, so that each number always gives the same key. */
static void make_key(unsigned seed, struct key *key)
{
	EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	EC_POINT *point = EC_POINT_new(group);
	BIGNUM *x = BN_new(), *y = BN_new(), *number;
	uint8_t private[TCG_DIGEST_MAX], public[1 + 2 * NUMBER_SIZE] = {4}; /* uncompressed */
	struct error err = {0};
	OSSL_PARAM *params;

	assert_int_equal(crypto_digest(TCG_ALG_SHA256, &(struct crypto_bytes){&seed, sizeof(seed)},
				 1, private, &err),
		0);
	number = BN_bin2bn(private, NUMBER_SIZE, NULL);
	assert_int_equal(EC_POINT_mul(group, point, number, NULL, NULL, NULL), 1);
	assert_int_equal(EC_POINT_get_affine_coordinates(group, point, x, y, NULL), 1);
	assert_int_equal(BN_bn2binpad(x, key->x, NUMBER_SIZE), NUMBER_SIZE);
	assert_int_equal(BN_bn2binpad(y, key->y, NUMBER_SIZE), NUMBER_SIZE);
	memcpy(public + 1, key->x, NUMBER_SIZE);
	memcpy(public + 1 + NUMBER_SIZE, key->y, NUMBER_SIZE);
	OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
	OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, public, sizeof(public));
	OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, number);
	params = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY_free(key->pair);
	key->pair = NULL;
	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_equal(EVP_PKEY_fromdata(context, &key->pair, EVP_PKEY_KEYPAIR, params), 1);
	key->seed = seed;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(context);
	EC_POINT_free(point);
	EC_GROUP_free(group);
	BN_free(number);
	BN_free(x);
	BN_free(y);
}

static const struct key *find_key(unsigned seed)
{
	static struct key key;

	if (!key.pair || key.seed != seed)
		make_key(seed, &key);
	return &key;
}

void forge_key_point(unsigned seed, uint8_t ret_x[NUMBER_SIZE], uint8_t ret_y[NUMBER_SIZE])
{
	const struct key *key = find_key(seed);

	memcpy(ret_x, key->x, NUMBER_SIZE);
	memcpy(ret_y, key->y, NUMBER_SIZE);
}

void forge_key_sign(unsigned seed, const uint8_t digest[NUMBER_SIZE], uint8_t ret_r[NUMBER_SIZE],
	uint8_t ret_s[NUMBER_SIZE])
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(find_key(seed)->pair, NULL);
	uint8_t der[128];
	const uint8_t *at = der;
	size_t len = sizeof(der);
	ECDSA_SIG *signature;

	assert_int_equal(EVP_PKEY_sign_init(context), 1);
	assert_int_equal(EVP_PKEY_sign(context, der, &len, digest, NUMBER_SIZE), 1);
	signature = d2i_ECDSA_SIG(NULL, &at, (long)len);
	assert_non_null(signature);
	assert_int_equal(
		BN_bn2binpad(ECDSA_SIG_get0_r(signature), ret_r, NUMBER_SIZE), NUMBER_SIZE);
	assert_int_equal(
		BN_bn2binpad(ECDSA_SIG_get0_s(signature), ret_s, NUMBER_SIZE), NUMBER_SIZE);
	ECDSA_SIG_free(signature);
	EVP_PKEY_CTX_free(context);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/ek/seed.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecerr.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <string.h>

#include "collector/ek/kdf.h"
#include "collector/ek/openssl_error.h"

#define LABEL     "IDENTITY" /* Part 1 section 24.4; its NUL belongs to it */
#define FIELD_MAX 66         /* P-521 */

static int make_key(const char *type, const OSSL_PARAM *params, EVP_PKEY **ret_key)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	int is_good =
		context && EVP_PKEY_fromdata_init(context) > 0 &&
		EVP_PKEY_fromdata(context, ret_key, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM *)params) > 0;

	EVP_PKEY_CTX_free(context);
	return is_good;
}

/* --- RSA --- */

static EVP_PKEY *make_rsa_key(const BIGNUM *modulus, uint32_t exponent)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;
	bool is_good;

	is_good = builder && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus);
	if (is_good && OSSL_PARAM_BLD_push_uint32(builder, OSSL_PKEY_PARAM_RSA_E, exponent))
		params = OSSL_PARAM_BLD_to_param(builder);
	if (params && !make_key("RSA", params, &key))
		key = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	return key;
}

static int load_rsa(const struct public_area *ek, EVP_PKEY **ret_key, struct error *err)
{
	const struct crypto_public *public = &ek->key;
	BIGNUM *modulus;
	int rc = 0;

	if (public->bits != 2048 && public->bits != 3072 && public->bits != 4096)
		return error_set(
			err, ERROR_UNSUPPORTED, "an RSA key of %u bits is no EK", public->bits);
	/* A guest must not choose it: with exponent 1 nothing would be encrypted. */
	if (ek->exponent != RSA_F4)
		return error_set(err, ERROR_UNSUPPORTED, "an RSA key with exponent %u is no EK",
			(unsigned)ek->exponent);
	modulus = BN_bin2bn(public->unique, (int)public->unique_len, NULL);
	if (!modulus)
		return openssl_error(err, ERROR_CRYPTO, "RSA key");
	if (BN_num_bits(modulus) != public->bits || !BN_is_odd(modulus))
		rc = error_set(err, ERROR_MALFORMED, "the EK's number is no RSA modulus of %u bits",
			public->bits);
	else if (!(*ret_key = make_rsa_key(modulus, ek->exponent)))
		rc = openssl_error(err, ERROR_CRYPTO, "RSA key");
	BN_free(modulus);
	return rc;
}

/* OAEP with the EK's nameAlg as both of its hashes. */
static bool encrypt_seed(EVP_PKEY *key, const char *hash, struct seed *seed)
{
	static const char label[] = LABEL;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(
			OSSL_ASYM_CIPHER_PARAM_PAD_MODE, (char *)OSSL_PKEY_RSA_PAD_MODE_OAEP, 0),
		OSSL_PARAM_construct_utf8_string(
			OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, (char *)hash, 0),
		OSSL_PARAM_construct_utf8_string(
			OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, (char *)hash, 0),
		OSSL_PARAM_construct_octet_string(
			OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, (char *)label, sizeof(label)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
	bool is_good;

	seed->secret_len = sizeof(seed->secret);
	is_good = context && EVP_PKEY_encrypt_init_ex(context, params) > 0 &&
		  EVP_PKEY_encrypt(
			  context, seed->secret, &seed->secret_len, seed->bytes, seed->len) > 0;
	EVP_PKEY_CTX_free(context);
	return is_good;
}

static int share_rsa(const struct public_area *ek, struct seed *seed, struct error *err)
{
	EVP_PKEY *key = NULL;
	int rc = load_rsa(ek, &key, err);
	bool is_good;

	if (rc)
		return rc;
	is_good = RAND_priv_bytes(seed->bytes, (int)seed->len) > 0;
	if (!is_good || !encrypt_seed(key, kdf_hash_name(ek->name_alg), seed))
		rc = openssl_error(err, ERROR_CRYPTO, "RSA-OAEP");
	EVP_PKEY_free(key);
	return rc;
}

/* --- ECC --- */

static const char *group_name(uint16_t curve)
{
	switch (curve) {
	case TCG_CURVE_P256:
		return "P-256";
	case TCG_CURVE_P384:
		return "P-384";
	case TCG_CURVE_P521:
		return "P-521";
	default:
		return NULL;
	}
}

/* NULL also if x and y are not a point of the curve. */
static EVP_PKEY *load_ecc(const struct crypto_public *public, const char *group)
{
	uint8_t point[1 + 2 * FIELD_MAX] = {POINT_CONVERSION_UNCOMPRESSED};
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)group, 0),
		OSSL_PARAM_construct_octet_string(
			OSSL_PKEY_PARAM_PUB_KEY, point, 1 + public->unique_len),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *key = NULL;

	memcpy(point + 1, public->unique, public->unique_len);
	return make_key("EC", params, &key) ? key : NULL;
}

/* Why the key cannot be made: it is the input's fault only if libcrypto says so. */
static int explain_point(struct error *err)
{
	unsigned long why = ERR_peek_error();
	bool is_none = ERR_GET_LIB(why) == ERR_LIB_EC &&
		       (ERR_GET_REASON(why) == EC_R_POINT_IS_NOT_ON_CURVE ||
			       ERR_GET_REASON(why) == EC_R_INVALID_ENCODING);

	return openssl_error(err, is_none ? ERROR_MALFORMED : ERROR_CRYPTO, "the EK's point");
}

/* The x coordinate of the point that both keys share, of the field's size. */
static bool derive_z(EVP_PKEY *own, EVP_PKEY *peer, uint8_t *ret_z, size_t field)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	size_t len = field;
	bool is_good = context && EVP_PKEY_derive_init(context) > 0 &&
		       EVP_PKEY_derive_set_peer(context, peer) > 0 &&
		       EVP_PKEY_derive(context, ret_z, &len) > 0 && len == field;

	EVP_PKEY_CTX_free(context);
	return is_good;
}

/* Appends a TPM2B_ECC_PARAMETER to the secret. */
static void append_coordinate(struct seed *seed, const uint8_t *bytes, size_t field)
{
	uint8_t *to = seed->secret + seed->secret_len;

	to[0] = 0;
	to[1] = (uint8_t)field;
	memcpy(to + 2, bytes, field);
	seed->secret_len += 2 + field;
}

/* From the ephemeral key to seed and secret. */
static int agree(const struct public_area *ek, EVP_PKEY *ephemeral, EVP_PKEY *peer,
	struct seed *seed, struct error *err)
{
	const size_t field = ek->key.unique_len / 2;
	const struct crypto_bytes party_v = {ek->key.unique, field};
	uint8_t point[1 + 2 * FIELD_MAX], z[FIELD_MAX];
	size_t len = 0;
	bool is_good;
	int rc;

	is_good = EVP_PKEY_get_octet_string_param(
		ephemeral, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &len);
	if (!is_good || len != 1 + 2 * field || !derive_z(ephemeral, peer, z, field))
		rc = openssl_error(err, ERROR_CRYPTO, "ECDH");
	else
		rc = kdf_e(ek->name_alg, &(struct crypto_bytes){z, field}, LABEL,
			&(struct crypto_bytes){point + 1, field}, &party_v, seed->bytes, seed->len,
			err);
	OPENSSL_cleanse(z, sizeof(z));
	if (rc)
		return rc;
	append_coordinate(seed, point + 1, field);
	append_coordinate(seed, point + 1 + field, field);
	return 0;
}

static int share_ecc(const struct public_area *ek, struct seed *seed, struct error *err)
{
	const char *group = group_name(ek->key.curve);
	EVP_PKEY *peer, *ephemeral = NULL;
	int rc;

	if (!group || ek->key.unique_len > (size_t)2 * FIELD_MAX)
		return error_set(err, ERROR_UNSUPPORTED, "no EK is on curve 0x%04x", ek->key.curve);
	peer = load_ecc(&ek->key, group);
	if (!peer)
		return explain_point(err);
	ephemeral = EVP_EC_gen(group);
	if (ephemeral)
		rc = agree(ek, ephemeral, peer, seed, err);
	else
		rc = openssl_error(err, ERROR_CRYPTO, "ephemeral key");
	EVP_PKEY_free(ephemeral);
	EVP_PKEY_free(peer);
	return rc;
}

int seed_share(const struct public_area *ek, struct seed *ret_seed, struct error *err)
{
	struct seed seed = {.len = tcg_digest_size(ek->name_alg)};
	int rc;

	ERR_clear_error();
	if (!kdf_hash_name(ek->name_alg))
		return error_set(err, ERROR_UNSUPPORTED, "no EK has nameAlg 0x%04x", ek->name_alg);
	rc = ek->key.alg == TCG_ALG_RSA ? share_rsa(ek, &seed, err) : share_ecc(ek, &seed, err);
	if (!rc)
		*ret_seed = seed;
	OPENSSL_cleanse(&seed, sizeof(seed));
	return rc;
}

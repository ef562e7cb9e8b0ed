/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/load_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/ek/kdf.h"
#include "core/reader.h"

#define SIZE 32 /* of a coordinate, a digest and an HMAC */

static void need(bool is_good, const char *what)
{
	if (is_good)
		return;
	fprintf(stderr, "bench_collector: libcrypto: %s\n", what);
	exit(1);
}

void load_key_make(struct load_key *key)
{
	uint8_t point[1 + sizeof(key->point)];
	size_t len = 0;

	key->pair = EVP_EC_gen("P-256");
	need(key->pair &&
			EVP_PKEY_get_octet_string_param(
				key->pair, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &len) &&
			len == sizeof(point),
		"no key");
	memcpy(key->point, point + 1, sizeof(key->point));
}

void load_key_free(struct load_key *key)
{
	EVP_PKEY_free(key->pair);
	key->pair = NULL;
}

static uint8_t *put_number(uint8_t *to, const BIGNUM *number)
{
	to[0] = 0;
	to[1] = SIZE;
	need(BN_bn2binpad(number, to + 2, SIZE) == SIZE, "no number");
	return to + 2 + SIZE;
}

void load_key_sign(const struct load_key *key, const void *bytes, size_t len,
	uint8_t ret_signature[LOAD_SIGNATURE_SIZE])
{
	static const uint8_t head[] = {0x00, 0x18, 0x00, 0x0b}; /* ECDSA, SHA-256 */
	uint8_t digest[TCG_DIGEST_MAX], der[128], *to = ret_signature;
	const uint8_t *at = der;
	size_t der_len = sizeof(der);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->pair, NULL);
	ECDSA_SIG *signature;
	struct error err = {0};

	need(!crypto_digest(TCG_ALG_SHA256, &(struct crypto_bytes){bytes, len}, 1, digest, &err),
		"no digest");
	need(context && EVP_PKEY_sign_init(context) == 1 &&
			EVP_PKEY_sign(context, der, &der_len, digest, SIZE) == 1,
		"no signature");
	signature = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
	need(signature, "no signature");
	memcpy(to, head, sizeof(head));
	to = put_number(to + sizeof(head), ECDSA_SIG_get0_r(signature));
	put_number(to, ECDSA_SIG_get0_s(signature));
	ECDSA_SIG_free(signature);
	EVP_PKEY_CTX_free(context);
}

/* The x coordinate that both have. */
static void share(const struct load_key *key, const uint8_t peer_point[64], uint8_t ret_x[SIZE])
{
	uint8_t point[65] = {POINT_CONVERSION_UNCOMPRESSED};
	EVP_PKEY *peer = EVP_PKEY_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key->pair, NULL);
	size_t len = SIZE;

	memcpy(point + 1, peer_point, 64);
	need(peer && context && EVP_PKEY_copy_parameters(peer, key->pair) == 1 &&
			EVP_PKEY_set1_encoded_public_key(peer, point, sizeof(point)) == 1 &&
			EVP_PKEY_derive_init(context) == 1 &&
			EVP_PKEY_derive_set_peer(context, peer) == 1 &&
			EVP_PKEY_derive(context, ret_x, &len) == 1 && len == SIZE,
		"no shared point");
	EVP_PKEY_free(peer);
	EVP_PKEY_CTX_free(context);
}

static void derive(const uint8_t seed[SIZE], const char *label, const struct evidence_name *name,
	uint8_t *ret_key, size_t len)
{
	struct error err = {0};

	need(!kdf_a(TCG_ALG_SHA256, &(struct crypto_bytes){seed, SIZE}, label,
		     &(struct crypto_bytes){
			     name ? name->data : (const uint8_t *)"", name ? name->len : 0},
		     ret_key, len, &err),
		err.message);
}

static void decrypt(const uint8_t key[16], const uint8_t *from, size_t len, uint8_t *ret_plain)
{
	static const uint8_t no_iv[16] = {0};
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int done = 0;

	need(context && EVP_DecryptInit_ex(context, EVP_aes_128_cfb128(), NULL, key, no_iv) == 1 &&
			EVP_DecryptUpdate(context, ret_plain, &done, from, (int)len) == 1,
		"no AES");
	EVP_CIPHER_CTX_free(context);
}

bool load_key_activate(const struct load_key *key, const struct evidence_name *ak_name,
	const struct crypto_bytes *id_object, const struct crypto_bytes *encrypted,
	uint8_t ret_secret[LOAD_SECRET_SIZE])
{
	struct reader secret = reader_of(encrypted->bytes, encrypted->len),
		      object = reader_of(id_object->bytes, id_object->len);
	uint8_t peer[64], z[SIZE], seed[SIZE], mac_key[SIZE], mac[SIZE], aes_key[16],
		text[2 + SIZE + EVIDENCE_NAME_MAX], plain[2 + SIZE];
	const uint8_t *x, *y, *integrity, *identity;
	unsigned mac_len = sizeof(mac);
	struct error err = {0};
	bool is_shaped = reader_u16be(&secret) == 2 * (2 + SIZE) && reader_u16be(&secret) == SIZE;

	x = reader_bytes(&secret, SIZE);
	is_shaped = is_shaped && reader_u16be(&secret) == SIZE;
	y = reader_bytes(&secret, SIZE);
	is_shaped = is_shaped && reader_u16be(&object) == 2 + SIZE + sizeof(plain) &&
		    reader_u16be(&object) == SIZE;
	integrity = reader_bytes(&object, SIZE);
	identity = reader_bytes(&object, sizeof(plain));
	if (!is_shaped || !reader_is_done(&secret) || !reader_is_done(&object))
		return false;
	memcpy(peer, x, SIZE);
	memcpy(peer + SIZE, y, SIZE);
	share(key, peer, z);
	need(!kdf_e(TCG_ALG_SHA256, &(struct crypto_bytes){z, SIZE}, "IDENTITY",
		     &(struct crypto_bytes){peer, SIZE}, &(struct crypto_bytes){key->point, SIZE},
		     seed, SIZE, &err),
		err.message);
	derive(seed, "INTEGRITY", NULL, mac_key, sizeof(mac_key));
	derive(seed, "STORAGE", ak_name, aes_key, sizeof(aes_key));
	memcpy(text, identity, sizeof(plain));
	memcpy(text + sizeof(plain), ak_name->data, ak_name->len);
	if (!HMAC(EVP_sha256(), mac_key, SIZE, text, sizeof(plain) + ak_name->len, mac, &mac_len))
		return false;
	if (memcmp(mac, integrity, SIZE) != 0)
		return false;
	decrypt(aes_key, identity, sizeof(plain), plain);
	if (plain[0] != 0 || plain[1] != LOAD_SECRET_SIZE)
		return false;
	memcpy(ret_secret, plain + 2, LOAD_SECRET_SIZE);
	return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* CNG derives no public point from a private number: keys are made at random, and kept. */
#include "tests/unit/fixture/forge_key.h"

#include "win32/api.h"

#include <bcrypt.h>
#include <string.h>

#include "tests/unit/unit.h"

#define NUMBER_SIZE FORGE_NUMBER_SIZE
#define KEYS_MAX    64

struct key {
	unsigned seed;
	BCRYPT_KEY_HANDLE pair;
	struct {
		BCRYPT_ECCKEY_BLOB head;
		uint8_t x[NUMBER_SIZE], y[NUMBER_SIZE];
	} blob;
};

static void make_key(unsigned seed, struct key *key)
{
	BCRYPT_ALG_HANDLE provider = NULL;
	ULONG len = 0;

	assert_int_equal(
		BCryptOpenAlgorithmProvider(&provider, BCRYPT_ECDSA_P256_ALGORITHM, NULL, 0), 0);
	assert_int_equal(BCryptGenerateKeyPair(provider, &key->pair, 256, 0), 0);
	assert_int_equal(BCryptFinalizeKeyPair(key->pair, 0), 0);
	assert_int_equal(BCryptExportKey(key->pair, NULL, BCRYPT_ECCPUBLIC_BLOB, (PUCHAR)&key->blob,
				 sizeof(key->blob), &len, 0),
		0);
	assert_int_equal(len, sizeof(key->blob));
	BCryptCloseAlgorithmProvider(provider, 0);
	key->seed = seed;
}

static const struct key *find_key(unsigned seed)
{
	static struct key keys[KEYS_MAX];
	size_t i = 0;

	while (i < KEYS_MAX && keys[i].pair && keys[i].seed != seed)
		i++;
	assert_true(i < KEYS_MAX);
	if (!keys[i].pair)
		make_key(seed, &keys[i]);
	return &keys[i];
}

void forge_key_point(unsigned seed, uint8_t ret_x[NUMBER_SIZE], uint8_t ret_y[NUMBER_SIZE])
{
	const struct key *key = find_key(seed);

	memcpy(ret_x, key->blob.x, NUMBER_SIZE);
	memcpy(ret_y, key->blob.y, NUMBER_SIZE);
}

void forge_key_sign(unsigned seed, const uint8_t digest[NUMBER_SIZE], uint8_t ret_r[NUMBER_SIZE],
	uint8_t ret_s[NUMBER_SIZE])
{
	uint8_t signature[2 * NUMBER_SIZE];
	ULONG len = 0;

	assert_int_equal(BCryptSignHash(find_key(seed)->pair, NULL, (PUCHAR)digest, NUMBER_SIZE,
				 signature, sizeof(signature), &len, 0),
		0);
	assert_int_equal(len, sizeof(signature));
	memcpy(ret_r, signature, NUMBER_SIZE);
	memcpy(ret_s, signature + NUMBER_SIZE, NUMBER_SIZE);
}

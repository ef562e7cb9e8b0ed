/* SPDX-License-Identifier: BSD-2-Clause */
/* The public areas of a real TPM's keys. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "core/evidence/evidence.h"
#include "core/signed/public_area.h"
#include "tests/unit/fixture/sample.h"

#define ATTRIBUTES_EK                                                                              \
	(PUBLIC_AREA_FIXED_TPM | PUBLIC_AREA_FIXED_PARENT | PUBLIC_AREA_SENSITIVE_DATA_ORIGIN |    \
		PUBLIC_AREA_RESTRICTED | PUBLIC_AREA_DECRYPT)
#define ATTRIBUTES_ALL (ATTRIBUTES_EK | PUBLIC_AREA_SIGN)

static struct evidence *real;

static int setup(void **state)
{
	(void)state;
	real = sample_real();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	evidence_free(real);
	return 0;
}

/* The EKs in their order, and the attestation key. */
static const struct {
	uint16_t name_alg, alg, bits, curve, scheme, scheme_hash;
	size_t unique_len;
	uint32_t attributes;
	uint16_t symmetric, symmetric_bits, symmetric_mode;
	uint32_t exponent;
} keys[] = {
	{TCG_ALG_SHA256, TCG_ALG_RSA, 2048, 0, TCG_ALG_NULL, TCG_ALG_NULL, 256, ATTRIBUTES_EK,
		TCG_ALG_AES, 128, TCG_ALG_CFB, 65537},
	{TCG_ALG_SHA256, TCG_ALG_ECC, 0, TCG_CURVE_P256, TCG_ALG_NULL, TCG_ALG_NULL, 64,
		ATTRIBUTES_EK, TCG_ALG_AES, 128, TCG_ALG_CFB, 0},
	{TCG_ALG_SHA384, TCG_ALG_ECC, 0, TCG_CURVE_P384, TCG_ALG_NULL, TCG_ALG_NULL, 96,
		ATTRIBUTES_EK, TCG_ALG_AES, 256, TCG_ALG_CFB, 0},
	{TCG_ALG_SHA256, TCG_ALG_ECC, 0, TCG_CURVE_P256, TCG_ALG_ECDSA, TCG_ALG_SHA256, 64,
		(ATTRIBUTES_EK & ~PUBLIC_AREA_DECRYPT) | PUBLIC_AREA_SIGN, TCG_ALG_NULL, 0, 0, 0},
};

static const struct evidence_key *key_of(size_t i)
{
	return i < 3 ? &real->eks.keys.items[i] : &real->ak.key;
}

static struct public_area read_key(const struct evidence_key *key)
{
	struct public_area area;
	struct error err;

	assert_int_equal(
		public_area_read(key->public_area.data, key->public_area.len, &area, &err), 0);
	return area;
}

static void test_real_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		const struct evidence_key *key = key_of(i);
		struct public_area area = read_key(key);

		assert_int_equal(area.name_alg, keys[i].name_alg);
		assert_int_equal(area.attributes & ATTRIBUTES_ALL, keys[i].attributes);
		assert_int_equal(area.symmetric, keys[i].symmetric);
		assert_int_equal(area.symmetric_bits, keys[i].symmetric_bits);
		assert_int_equal(area.symmetric_mode, keys[i].symmetric_mode);
		assert_int_equal(area.exponent, keys[i].exponent);
		assert_int_equal(area.scheme, keys[i].scheme);
		assert_int_equal(area.scheme_hash, keys[i].scheme_hash);
		assert_int_equal(area.key.alg, keys[i].alg);
		assert_int_equal(area.key.alg, key->type);
		assert_int_equal(area.key.bits, keys[i].bits);
		assert_int_equal(area.key.curve, keys[i].curve);
		assert_int_equal(area.key.unique_len, keys[i].unique_len);
		/* The last bytes of the area are those of the number. */
		assert_memory_equal(area.key.unique + area.key.unique_len - 32,
			key->public_area.data + key->public_area.len - 32, 32);
	}
}

static int read_copy(const uint8_t *bytes, size_t len, struct public_area *ret, struct error *err)
{
	uint8_t *copy = malloc(len ? len : 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	rc = public_area_read(copy, len, ret, err);
	free(copy);
	return rc;
}

static void test_every_truncation_and_a_trailing_byte_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct public_area area = {.attributes = 99}, untouched = area;
		uint8_t bytes[EVIDENCE_PUBLIC_MAX] = {0};
		size_t len = key_of(i)->public_area.len;
		struct error err;

		memcpy(bytes, key_of(i)->public_area.data, len);
		for (size_t left = 0; left < len; left++)
			assert_int_equal(read_copy(bytes, left, &area, &err), -ERROR_MALFORMED);
		assert_int_equal(read_copy(bytes, len + 1, &area, &err), -ERROR_MALFORMED);
		assert_memory_equal(&area, &untouched, sizeof(area));
	}
}

static void test_the_certificates_have_these_keys(void **state)
{
	const struct evidence_certificates *list = &real->certificates;

	(void)state;
	assert_int_equal(list->certificates.count, 2);
	for (size_t i = 0; i < list->certificates.count; i++) {
		const struct evidence_certificate *certificate = &list->certificates.items[i];
		struct crypto_certificate read;
		struct error err;

		assert_int_equal(crypto_certificate_read(
					 certificate->der.data, certificate->der.len, &read, &err),
			0);
		for (size_t ek = 0; ek < 3; ek++) {
			struct public_area area = read_key(&real->eks.keys.items[ek]);

			assert_int_equal(public_area_same_key(&area.key, &read.key),
				real->eks.keys.items[ek].handle == certificate->ek_handle);
		}
	}
}

static void test_the_same_key_is_alike_in_everything(void **state)
{
	const struct crypto_public key = read_key(key_of(1)).key, none = {0};
	struct crypto_public other;

	(void)state;
	assert_true(public_area_same_key(&key, &key));
	assert_false(public_area_same_key(&none, &none));
	other = key;
	other.alg = TCG_ALG_RSA;
	assert_false(public_area_same_key(&key, &other));
	other = key;
	other.bits = 1;
	assert_false(public_area_same_key(&key, &other));
	other = key;
	other.curve = TCG_CURVE_P384;
	assert_false(public_area_same_key(&key, &other));
	other = key;
	other.unique[63] ^= 1;
	assert_false(public_area_same_key(&key, &other));
	other = key;
	other.unique_len = 63;
	assert_false(public_area_same_key(&key, &other));
	assert_false(public_area_same_key(&other, &key));
}

/* Part 2 section 12.2.4 by hand. ECC: type, nameAlg, attributes, policy, symmetric, scheme, curve,
 * kdf, x, y. RSA: type, nameAlg, attributes, policy, symmetric, scheme, bits, exponent, modulus. */
#define HEAD_ECC      "\x00\x23\x00\x0b\x00\x04\x00\x72\x00\x00"
#define HEAD_RSA      "\x00\x01\x00\x0b\x00\x04\x00\x72\x00\x00"
#define NO_ALG        "\x00\x10"
#define P256          "\x00\x03"
#define SHORT_POINT   "\x00\x02\xab\xcd\x00\x01\xef"
#define RSA_1024      "\x04\x00"
#define NO_EXPONENT   "\x00\x00\x00\x00"
#define SHORT_MODULUS "\x00\x02\xab\xcd"

static const struct {
	const char *bytes;
	size_t len;
	int rc;
	uint16_t scheme, scheme_hash;
} made[] = {
#define ROW(bytes, ...)                                                                            \
	{                                                                                          \
		bytes, sizeof(bytes) - 1, __VA_ARGS__                                              \
	}
	/* Numbers may come without their leading zeros. */
	ROW(HEAD_ECC NO_ALG NO_ALG P256 NO_ALG SHORT_POINT, 0, TCG_ALG_NULL, TCG_ALG_NULL),
	/* ECDAA has a count behind its hash, RSAES no hash, AES a size and a mode. */
	ROW(HEAD_ECC NO_ALG "\x00\x1a\x00\x0c\x00\x01" P256 NO_ALG SHORT_POINT, 0, 0x001a,
		TCG_ALG_SHA384),
	ROW(HEAD_ECC NO_ALG NO_ALG P256 "\x00\x20\x00\x0b" SHORT_POINT, 0, TCG_ALG_NULL,
		TCG_ALG_NULL),
	ROW(HEAD_ECC "\x00\x06\x00\x80\x00\x43" NO_ALG P256 NO_ALG SHORT_POINT, 0, TCG_ALG_NULL,
		TCG_ALG_NULL),
	ROW(HEAD_RSA NO_ALG "\x00\x15" RSA_1024 NO_EXPONENT SHORT_MODULUS, 0, 0x0015, TCG_ALG_NULL),
	ROW(HEAD_RSA NO_ALG "\x00\x14\x00\x0b" RSA_1024 NO_EXPONENT SHORT_MODULUS, 0, 0x0014,
		TCG_ALG_SHA256),
	/* Curves and sizes that are not known, or not one. */
	ROW(HEAD_ECC NO_ALG NO_ALG "\x00\x10" NO_ALG SHORT_POINT, -ERROR_MALFORMED, 0, 0),
	ROW(HEAD_RSA NO_ALG NO_ALG "\x00\x00" NO_EXPONENT "\x00\x00", -ERROR_MALFORMED, 0, 0),
	ROW(HEAD_RSA NO_ALG NO_ALG "\x04\x01" NO_EXPONENT SHORT_MODULUS, -ERROR_MALFORMED, 0, 0),
	ROW(HEAD_RSA NO_ALG NO_ALG "\x10\x08" NO_EXPONENT SHORT_MODULUS, -ERROR_MALFORMED, 0, 0),
	/* A number larger than its field. */
	ROW(HEAD_RSA NO_ALG NO_ALG "\x00\x08" NO_EXPONENT SHORT_MODULUS, -ERROR_MALFORMED, 0, 0),
	/* Neither RSA nor ECC: keyed hash, symmetric. */
	ROW("\x00\x08\x00\x0b\x00\x04\x00\x72\x00\x00", -ERROR_UNSUPPORTED, 0, 0),
	ROW("\x00\x25\x00\x0b", -ERROR_UNSUPPORTED, 0, 0),
};

static void test_made_areas(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(made); i++) {
		struct public_area area;
		struct error err;

		assert_int_equal(
			read_copy((const uint8_t *)made[i].bytes, made[i].len, &area, &err),
			made[i].rc);
		if (made[i].rc)
			continue;
		assert_int_equal(area.scheme, made[i].scheme);
		assert_int_equal(area.scheme_hash, made[i].scheme_hash);
		assert_int_equal(area.attributes, 0x00040072);
		if (area.key.alg == TCG_ALG_ECC) {
			assert_memory_equal(area.key.unique + 29, "\x00\xab\xcd\x00", 4);
			assert_memory_equal(area.key.unique + 61, "\x00\x00\xef", 3);
		} else {
			assert_int_equal(area.key.bits, 1024);
			assert_memory_equal(area.key.unique + 125, "\x00\xab\xcd", 3);
		}
	}
}

static void test_the_exponent_and_the_default_one(void **state)
{
	static const struct {
		const char *bytes;
		uint32_t exponent;
	} rows[] = {
		{HEAD_RSA NO_ALG NO_ALG RSA_1024 NO_EXPONENT SHORT_MODULUS, 65537},
		{HEAD_RSA NO_ALG NO_ALG RSA_1024 "\x00\x01\x00\x01" SHORT_MODULUS, 65537},
		{HEAD_RSA NO_ALG NO_ALG RSA_1024 "\x00\x00\x00\x01" SHORT_MODULUS, 1},
		{HEAD_RSA NO_ALG NO_ALG RSA_1024 "\xfe\xdc\xba\x98" SHORT_MODULUS, 0xfedcba98},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const size_t len =
			sizeof(HEAD_RSA NO_ALG NO_ALG RSA_1024 NO_EXPONENT SHORT_MODULUS);
		struct public_area area;
		struct error err;

		assert_int_equal(
			read_copy((const uint8_t *)rows[i].bytes, len - 1, &area, &err), 0);
		assert_int_equal(area.exponent, rows[i].exponent);
	}
}

/* The first coordinate with as many bytes as the curve's field, and with one more. */
static void test_a_coordinate_too_long(void **state)
{
	static const char head[] = HEAD_ECC NO_ALG NO_ALG P256 NO_ALG;

	(void)state;
	for (unsigned size = 32; size <= 33; size++) {
		uint8_t bytes[128] = {0};
		size_t len = sizeof(head) - 1;
		struct public_area area;
		struct error err;

		memcpy(bytes, head, len);
		bytes[len + 1] = (uint8_t)size;
		len += 2 + size + 2; /* and an empty second one */
		assert_int_equal(
			read_copy(bytes, len, &area, &err), size == 32 ? 0 : -ERROR_MALFORMED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_keys),
		cmocka_unit_test(test_every_truncation_and_a_trailing_byte_are_refused),
		cmocka_unit_test(test_the_certificates_have_these_keys),
		cmocka_unit_test(test_the_same_key_is_alike_in_everything),
		cmocka_unit_test(test_made_areas),
		cmocka_unit_test(test_the_exponent_and_the_default_one),
		cmocka_unit_test(test_a_coordinate_too_long),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

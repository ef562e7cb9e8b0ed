/* SPDX-License-Identifier: BSD-2-Clause */
/* Credentials: their form, and what is refused. That a TPM takes them is test_activation.py's. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "collector/ek/credential.h"
#include "tests/unit/fixture/data.h"

enum { RSA, P384, EK_COUNT };

static struct {
	uint8_t *bytes;
	size_t len;
} eks[EK_COUNT];

static struct evidence_name name = {.len = 34, .data = {0x00, 0x0b, 1, 2, 3}};

static int setup(void **state)
{
	(void)state;
	eks[RSA].bytes = data_read("ek-chain/ek-rsa2048.public", &eks[RSA].len);
	eks[P384].bytes = data_read("ek-chain/ek-p384.public", &eks[P384].len);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(eks[RSA].bytes);
	free(eks[P384].bytes);
	return 0;
}

/* From a copy without a byte behind it, so that a sanitizer sees a read there. */
static int make(const uint8_t *bytes, size_t len, struct credential *ret, struct error *err)
{
	uint8_t *copy = malloc(len ? len : 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	rc = credential_make(copy, len, &name, "0123456789abcdef", 16, ret, err);
	free(copy);
	return rc;
}

static void test_the_form(void **state)
{
	struct credential credential;
	struct error err;

	(void)state;
	assert_int_equal(make(eks[RSA].bytes, eks[RSA].len, &credential, &err), 0);
	assert_int_equal(credential.id_object_len, 2 + 32 + 2 + 16);
	assert_memory_equal(credential.id_object, "\x00\x20", 2);
	assert_int_equal(credential.encrypted_secret_len, 256);
	assert_int_equal(make(eks[P384].bytes, eks[P384].len, &credential, &err), 0);
	assert_int_equal(credential.id_object_len, 2 + 48 + 2 + 16);
	assert_memory_equal(credential.id_object, "\x00\x30", 2);
	assert_int_equal(credential.encrypted_secret_len, 2 * (2 + 48));
	assert_memory_equal(credential.encrypted_secret, "\x00\x30", 2);
	assert_memory_equal(credential.encrypted_secret + 50, "\x00\x30", 2);
}

static void test_nothing_repeats(void **state)
{
	(void)state;
	for (size_t i = 0; i < EK_COUNT; i++) {
		struct credential a, b;
		struct error err;

		assert_int_equal(make(eks[i].bytes, eks[i].len, &a, &err), 0);
		assert_int_equal(make(eks[i].bytes, eks[i].len, &b, &err), 0);
		assert_memory_not_equal(a.id_object + 2, b.id_object + 2, 32);
		assert_memory_not_equal(
			a.id_object + a.id_object_len - 16, b.id_object + b.id_object_len - 16, 16);
		assert_memory_not_equal(a.encrypted_secret + 2, b.encrypted_secret + 2, 48);
	}
}

static void test_every_truncation_is_refused(void **state)
{
	struct credential credential = {.id_object_len = 7}, untouched = credential;
	struct error err;

	(void)state;
	for (size_t i = 0; i < EK_COUNT; i++) {
		for (size_t len = 0; len < eks[i].len; len++)
			assert_int_equal(
				make(eks[i].bytes, len, &credential, &err), -ERROR_MALFORMED);
	}
	assert_memory_equal(&credential, &untouched, sizeof(credential));
}

/* Where things are: type, nameAlg, attributes, policy of 32 or 48 bytes, cipher, bits, mode,
 * scheme; RSA: bits, exponent, modulus; ECC: curve, kdf, x, y. */
#define NAME_ALG     2
#define ATTRIBUTES   4
#define RSA_CIPHER   (10 + 32)
#define RSA_EXPONENT (RSA_CIPHER + 10)
#define RSA_MODULUS  (RSA_EXPONENT + 6)
#define P384_CIPHER  (10 + 48)
#define P384_X       (P384_CIPHER + 14)

static const struct {
	const char *what;
	size_t ek, at;
	const char *bytes;
	size_t len;
	int rc;
} damaged[] = {
	{"unchanged", RSA, RSA_EXPONENT, "\0\0\0\0", 4, 0},
	{"exponent by its name", RSA, RSA_EXPONENT, "\0\1\0\1", 4, 0},
	{"exponent 1: encrypts nothing", RSA, RSA_EXPONENT, "\0\0\0\1", 4, -ERROR_UNSUPPORTED},
	{"exponent 3", RSA, RSA_EXPONENT, "\0\0\0\3", 4, -ERROR_UNSUPPORTED},
	{"exponent 65536", RSA, RSA_EXPONENT, "\0\1\0\0", 4, -ERROR_UNSUPPORTED},
	{"a modulus too small", RSA, RSA_MODULUS, "\x7f", 1, -ERROR_MALFORMED},
	{"a modulus with a zero in front", RSA, RSA_MODULUS, "\0", 1, -ERROR_MALFORMED},
	{"an even modulus", RSA, RSA_MODULUS + 255, "\2", 1, -ERROR_MALFORMED},
	{"no decryption", RSA, ATTRIBUTES, "\0\1\0\xb2", 4, -ERROR_UNSUPPORTED},
	{"not restricted", RSA, ATTRIBUTES, "\0\2\0\xb2", 4, -ERROR_UNSUPPORTED},
	{"signs, too", RSA, ATTRIBUTES, "\0\7\0\xb2", 4, -ERROR_UNSUPPORTED},
	{"nameAlg SHA-1", RSA, NAME_ALG, "\0\4", 2, -ERROR_UNSUPPORTED},
	{"nameAlg SHA-384", RSA, NAME_ALG, "\0\x0c", 2, 0},
	{"nameAlg null", RSA, NAME_ALG, "\0\x10", 2, -ERROR_UNSUPPORTED},
	{"nameAlg SM3", P384, NAME_ALG, "\0\x12", 2, -ERROR_UNSUPPORTED},
	{"cipher TDES", RSA, RSA_CIPHER, "\0\3", 2, -ERROR_UNSUPPORTED},
	{"AES of 0 bits", RSA, RSA_CIPHER + 2, "\0\0", 2, -ERROR_UNSUPPORTED},
	{"AES of 129 bits", RSA, RSA_CIPHER + 2, "\0\x81", 2, -ERROR_UNSUPPORTED},
	{"AES of 512 bits", RSA, RSA_CIPHER + 2, "\2\0", 2, -ERROR_UNSUPPORTED},
	{"AES-192", RSA, RSA_CIPHER + 2, "\0\xc0", 2, 0},
	{"AES in CBC", P384, P384_CIPHER + 4, "\0\x42", 2, -ERROR_UNSUPPORTED},
	{"a point beside the curve", P384, P384_X + 2, "\1\2\3", 3, -ERROR_MALFORMED},
	{"x not below the prime", P384, P384_X + 2,
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
		"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		48, -ERROR_MALFORMED},
	{"keyed hash", RSA, 0, "\0\x08", 2, -ERROR_UNSUPPORTED},
};

static void test_damaged_eks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(damaged); i++) {
		struct credential credential = {.id_object_len = 7};
		struct error err = {0};
		uint8_t bytes[512];
		size_t len = eks[damaged[i].ek].len;
		int rc;

		memcpy(bytes, eks[damaged[i].ek].bytes, len);
		memcpy(bytes + damaged[i].at, damaged[i].bytes, damaged[i].len);
		rc = make(bytes, len, &credential, &err);
		if (rc != damaged[i].rc || rc != -(int)err.code)
			fail_msg("%s: %d, %s", damaged[i].what, rc, err.message);
		assert_true(!rc || credential.id_object_len == 7);
		assert_true(!rc || strncmp(err.message, "EK: ", 4) == 0);
	}
}

/* The point at infinity as (0, 0), and RSA keys of other sizes. */
static void test_made_eks(void **state)
{
	static const char p256[] =
		"\x00\x23\x00\x0b\x00\x03\x00\xb2\x00\x00\x00\x06\x00\x80\x00\x43\x00\x10\x00\x03"
		"\x00\x10\x00\x00\x00\x00";
	static const char rsa1024[] =
		"\x00\x01\x00\x0b\x00\x03\x00\xb2\x00\x00\x00\x06\x00\x80\x00\x43\x00\x10\x04\x00"
		"\x00\x00\x00\x00\x00\x01\x03";
	struct credential credential;
	struct error err;

	(void)state;
	assert_int_equal(
		make((const uint8_t *)p256, sizeof(p256) - 1, &credential, &err), -ERROR_MALFORMED);
	assert_int_equal(make((const uint8_t *)rsa1024, sizeof(rsa1024) - 1, &credential, &err),
		-ERROR_UNSUPPORTED);
}

static void test_names(void **state)
{
	static const struct {
		struct evidence_name name;
		int rc;
	} rows[] = {
		{{34, {0x00, 0x0b}}, 0},
		{{50, {0x00, 0x0c}}, 0},
		{{66, {0x00, 0x0d}}, 0},
		{{22, {0x00, 0x04}}, 0},
		{{0, {0}}, -ERROR_MALFORMED},
		{{1, {0x00}}, -ERROR_MALFORMED},
		{{2, {0x00, 0x0b}}, -ERROR_MALFORMED},
		{{2, {0x00, 0x10}}, -ERROR_MALFORMED},
		{{4, {0x81, 0x01, 0x00, 0x01}}, -ERROR_MALFORMED}, /* a handle is its own name */
		{{33, {0x00, 0x0b}}, -ERROR_MALFORMED},
		{{35, {0x00, 0x0b}}, -ERROR_MALFORMED},
		{{1000, {0x00, 0x0b}}, -ERROR_MALFORMED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct credential credential;
		struct error err;

		assert_int_equal(credential_make(eks[P384].bytes, eks[P384].len, &rows[i].name, "s",
					 1, &credential, &err),
			rows[i].rc);
	}
}

static void test_sizes_of_the_secret(void **state)
{
	static const uint8_t secret[65];

	(void)state;
	for (size_t ek = 0; ek < EK_COUNT; ek++) {
		size_t most = ek == RSA ? 32 : 48;

		for (size_t len = 0; len <= sizeof(secret); len++) {
			struct credential credential;
			struct error err;

			assert_int_equal(credential_make(eks[ek].bytes, eks[ek].len, &name, secret,
						 len, &credential, &err),
				len && len <= most ? 0 : -ERROR_TOO_LARGE);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_form),
		cmocka_unit_test(test_nothing_repeats),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_damaged_eks),
		cmocka_unit_test(test_made_eks),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_sizes_of_the_secret),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

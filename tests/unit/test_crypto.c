/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "core/text.h"
#include "tests/unit/fixture/data.h"

static const struct {
	uint16_t alg;
	const char *text, *hex; /* as `printf text | openssl dgst` prints it */
} digests[] = {
	{TCG_ALG_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
	{TCG_ALG_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
	{TCG_ALG_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{TCG_ALG_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{TCG_ALG_SHA384, "abc",
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		"8086072ba1e7cc2358baeca134c825a7"},
	{TCG_ALG_SHA512, "abc",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

static void test_digest_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(digests); i++) {
		const struct crypto_bytes whole = {digests[i].text, strlen(digests[i].text)};
		uint8_t digest[TCG_DIGEST_MAX];
		char hex[2 * TCG_DIGEST_MAX + 1];
		struct error err;

		assert_int_equal(crypto_digest(digests[i].alg, &whole, 1, digest, &err), 0);
		text_hex(digest, tcg_digest_size(digests[i].alg), hex, sizeof(hex));
		assert_string_equal(hex, digests[i].hex);
	}
}

static void test_digest_over_parts_is_that_of_the_whole(void **state)
{
	const struct crypto_bytes parts[] = {{"a", 1}, {"", 0}, {"bc", 2}}, whole = {"abc", 3};
	uint8_t of_parts[TCG_DIGEST_MAX], of_whole[TCG_DIGEST_MAX], of_none[TCG_DIGEST_MAX];
	struct error err;

	(void)state;
	assert_int_equal(crypto_digest(TCG_ALG_SHA256, parts, COUNT(parts), of_parts, &err), 0);
	assert_int_equal(crypto_digest(TCG_ALG_SHA256, &whole, 1, of_whole, &err), 0);
	assert_memory_equal(of_parts, of_whole, 32);
	assert_int_equal(crypto_digest(TCG_ALG_SHA256, NULL, 0, of_none, &err), 0);
	assert_int_equal(of_none[0], 0xe3);
}

static void test_unknown_algorithm_is_unsupported(void **state)
{
	static const uint16_t algs[] = {0, TCG_ALG_NULL, TCG_ALG_RSA, TCG_ALG_SM3_256, 0xffff};
	uint8_t digest[TCG_DIGEST_MAX] = {7};
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(algs); i++) {
		assert_int_equal(crypto_digest(algs[i], NULL, 0, digest, &err), -ERROR_UNSUPPORTED);
		assert_int_equal(digest[0], 7);
	}
}

/* What openssl(1) prints of tests/data/certificates; the README there has the commands. */
static const struct {
	const char *file, *subject, *serial, *not_after, *sha256;
	uint16_t alg, bits, curve;
	size_t unique_len;
	const char *unique_sha256;
} certificates[] = {
	{"rsa2048", "CN=guest-1:0f0e0d0c-1111-2222-3333-444455556666", "1122334455",
		"2126-10-30T07:38:10Z",
		"a2df7b9ccd871e07b54bcb5c4be2c200f2065a57673a4b5f5d6e0a1fb1c80a45", TCG_ALG_RSA,
		2048, 0, 256, "bfc6b10966d9c64419ff25836e49d5b8300d994460953f4731faafa86313fb31"},
	{"rsa2048-oaep", "CN=tpm12:0f0e0d0c-1111-2222-3333-444455556666", "07",
		"2126-11-06T02:06:17Z",
		"f1ad36d3a03110e4cfba96a3fd376b647f14de943a15e976c9aef70cba598396", TCG_ALG_RSA,
		2048, 0, 256, "7f6d56156e73ec5bebbca12ec2b7fcc4d28ed4274cb05f2213486ef0bfe8768f"},
	{"p256", "CN=gr\\C3\\BCn,O=Ex\\, \\\"ample\\\"", "f1", "2036-11-20T07:38:10Z",
		"46ef52933840d4e3087a11e5248767d9cec776aa8da2e324666a97f15e5e1c1e", TCG_ALG_ECC, 0,
		TCG_CURVE_P256, 64,
		"3acf79d2dc4a16f8ca3bcb456420c0af86734a49fe080a7e4c792d6b345dc566"},
	{"p384", "", "7fffffffffffffffffffffffffffffffffffffff", "2126-10-30T07:38:10Z",
		"a5a9a1b043267a01685bafae7aa5ae3513a99456d69b78c74dc6d447c7ba257b", TCG_ALG_ECC, 0,
		TCG_CURVE_P384, 96,
		"f594dd7f6539e6438448bd8b447c656928eec0c487de01c7fa8c8cdbde93a0d3"},
	{"ed25519", "CN=other", "-05", "2126-10-30T07:38:31Z",
		"bb40d3980de03a4925e80586355bd03f30509a995640a28fb3d7a98a64ce5b35", 0, 0, 0, 0,
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
};

static uint8_t *read_certificate(const char *file, size_t *ret_len)
{
	char name[64];

	snprintf(name, sizeof(name), "certificates/%s.der", file);
	return data_read(name, ret_len);
}

static void assert_sha256(const void *bytes, size_t len, const char *expected)
{
	uint8_t digest[TCG_DIGEST_MAX];
	struct error err;
	char hex[65];

	assert_int_equal(
		crypto_digest(TCG_ALG_SHA256, &(struct crypto_bytes){bytes, len}, 1, digest, &err),
		0);
	text_hex(digest, 32, hex, sizeof(hex));
	assert_string_equal(hex, expected);
}

static void test_certificates_read_as_openssl_shows_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(certificates); i++) {
		struct crypto_certificate cert;
		struct error err;
		char hex[65];
		size_t len;
		uint8_t *der = read_certificate(certificates[i].file, &len);

		assert_int_equal(crypto_certificate_read(der, len, &cert, &err), 0);
		assert_int_equal(cert.der_len, len);
		assert_string_equal(cert.subject, certificates[i].subject);
		assert_string_equal(cert.issuer, certificates[i].subject);
		assert_string_equal(cert.serial, certificates[i].serial);
		assert_string_equal(cert.not_after, certificates[i].not_after);
		text_hex(cert.sha256, 32, hex, sizeof(hex));
		assert_string_equal(hex, certificates[i].sha256);
		assert_int_equal(cert.key.alg, certificates[i].alg);
		assert_int_equal(cert.key.bits, certificates[i].bits);
		assert_int_equal(cert.key.curve, certificates[i].curve);
		assert_int_equal(cert.key.unique_len, certificates[i].unique_len);
		assert_sha256(cert.key.unique, cert.key.unique_len, certificates[i].unique_sha256);
		free(der);
	}
}

static void test_long_name_is_cut(void **state)
{
	struct crypto_certificate cert;
	struct error err;
	size_t len;
	uint8_t *der = read_certificate("long", &len);

	(void)state;
	assert_int_equal(crypto_certificate_read(der, len, &cert, &err), 0);
	assert_int_equal(strlen(cert.subject), sizeof(cert.subject) - 1);
	assert_int_equal(strncmp(cert.subject, "OU=aaa", 6), 0);
	assert_string_equal(cert.issuer, cert.subject);
	assert_string_equal(cert.serial, "01");
	free(der);
}

/* As an NV index gives it: larger than what was written to it. */
static void test_bytes_behind_the_certificate_are_ignored(void **state)
{
	struct crypto_certificate exact, padded;
	struct error err;
	uint8_t nv[1024];
	size_t len;
	uint8_t *der = read_certificate("p256", &len);

	(void)state;
	memset(nv, 0xff, sizeof(nv));
	memcpy(nv, der, len);
	assert_int_equal(crypto_certificate_read(der, len, &exact, &err), 0);
	assert_int_equal(crypto_certificate_read(nv, sizeof(nv), &padded, &err), 0);
	assert_int_equal(padded.der_len, len);
	assert_memory_equal(padded.sha256, exact.sha256, 32);
	free(der);
}

static void test_no_prefix_of_a_certificate_is_one(void **state)
{
	struct crypto_certificate cert = {.der_len = 7};
	struct error err;
	size_t len;
	uint8_t *der = read_certificate("p256", &len);

	(void)state;
	for (size_t i = 0; i < len; i++) {
		uint8_t *cut = malloc(i + 1); /* so that a sanitizer sees a read behind it */

		assert_non_null(cut);
		memcpy(cut + 1, der, i);
		assert_int_equal(
			crypto_certificate_read(cut + 1, i, &cert, &err), -ERROR_MALFORMED);
		assert_int_equal(err.code, ERROR_MALFORMED);
		free(cut);
	}
	assert_int_equal(cert.der_len, 7);
	free(der);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest_vectors),
		cmocka_unit_test(test_digest_over_parts_is_that_of_the_whole),
		cmocka_unit_test(test_unknown_algorithm_is_unsupported),
		cmocka_unit_test(test_certificates_read_as_openssl_shows_them),
		cmocka_unit_test(test_long_name_is_cut),
		cmocka_unit_test(test_bytes_behind_the_certificate_are_ignored),
		cmocka_unit_test(test_no_prefix_of_a_certificate_is_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

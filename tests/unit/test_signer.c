/* SPDX-License-Identifier: BSD-2-Clause */
/* The key of a signed policy, and what it has signed. */
#include "core/disk/signer.h"

#include <stdio.h>
#include <string.h>

#include "core/disk/signatures.h"
#include "core/text.h"
#include "tests/unit/fixture/disk_signer.h"
#include "tests/unit/unit.h"

/* openssl rsa -RSAPublicKey_out -outform DER | sha256sum */
#define FINGERPRINT "4d50b01bf97fd6dafdf180d96ff901aa6bcf34024858dbe4c5ce445038341228"
/* tpm2_loadexternal -G rsa -a 'decrypt|sign|userwithauth' -n */
#define NAME        "000bc616a0438a77888564f752fe912626cc61fbcdf7ae7b7727ceff6eb5db5a31c2"

static void assert_hex(const uint8_t *bytes, size_t len, const char *hex)
{
	char printed[2 * 64 + 1];

	text_hex(bytes, len, printed, sizeof(printed));
	assert_string_equal(printed, hex);
}

static void test_key(void **state)
{
	struct signer signer;
	struct error err;

	(void)state;
	assert_int_equal(signer_read(PEM, strlen(PEM), &signer, &err), 0);
	assert_hex(signer.fingerprint, SIGNER_PRINT_SIZE, FINGERPRINT);
	assert_int_equal(signer.bits, 2048);
	assert_hex(signer.names[0], SIGNER_NAME_SIZE, NAME);
	assert_memory_not_equal(signer.names[0], signer.names[1], SIGNER_NAME_SIZE);
}

static void test_no_key(void **state)
{
	/* The last is openssl ecparam -name prime256v1 -genkey | openssl ec -pubout */
	static const struct {
		const char *pem;
		enum error_code code;
	} rows[] = {
		{"", ERROR_MALFORMED},
		{BEGIN BODY, ERROR_MALFORMED},
		{BEGIN END, ERROR_MALFORMED},
		{BEGIN "AAAA\n" END, ERROR_MALFORMED},
		{BEGIN "M!IB\n" END, ERROR_MALFORMED},
		{BEGIN "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsKGZktBqYyKP8KeQSP2Z\n" END,
			ERROR_MALFORMED},
		{BEGIN "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOu7C9fHFnPCIJQ0gKSyoS3q2X5Ay\n"
		       "z0FJ3d6sIpVO6mCJ8n2VvY7yHqkD8gLrX9U8xcTgqQw2eS5l0p8k1a4mSg==\n" END,
			ERROR_UNSUPPORTED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct signer signer;
		struct error err;

		assert_int_equal(signer_read(rows[i].pem, strlen(rows[i].pem), &signer, &err),
			-(int)rows[i].code);
	}
}

#define POL             "0101010101010101010101010101010101010101010101010101010101010101"
#define OTHER_POL       "0201010101010101010101010101010101010101010101010101010101010101"
#define ENTRY(key, pol) "{\"pcrs\":[11],\"pkfp\":\"" key "\",\"pol\":\"" pol "\",\"sig\":\"AAAA\"}"

static void test_signatures(void **state)
{
	static const struct {
		const char *json;
		bool has;
	} rows[] = {
		{"{}", false},
		{"{\"sha256\":[]}", false},
		{"{\"sha256\":{}}", false},
		{"{\"sha256\":[" ENTRY(FINGERPRINT, POL) "]}", true},
		{"{\"sha256\":[" ENTRY(FINGERPRINT, OTHER_POL) "," ENTRY(FINGERPRINT, POL) "]}",
			true},
		{"{\"sha1\":[" ENTRY(FINGERPRINT, POL) "]}", false},
		{"{\"sha256\":[" ENTRY(OTHER_POL, POL) "]}", false},
		{"{\"sha256\":[" ENTRY(FINGERPRINT, OTHER_POL) "]}", false},
		{"{\"sha256\":[{\"pkfp\":1,\"pol\":[]}]}", false},
	};
	struct policy policy = {.alg = TCG_ALG_SHA256};
	struct signer signer;
	struct error err;
	bool has;

	(void)state;
	memset(policy.digest, 1, 32);
	assert_int_equal(signer_read(PEM, strlen(PEM), &signer, &err), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(signatures_allow(rows[i].json, strlen(rows[i].json), &signer,
					 TCG_ALG_SHA256, &policy, &has, &err),
			0);
		assert_int_equal(has, rows[i].has);
	}
	assert_int_equal(signatures_allow("{", 1, &signer, TCG_ALG_SHA256, &policy, &has, &err),
		-ERROR_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_no_key),
		cmocka_unit_test(test_signatures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

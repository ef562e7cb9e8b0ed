/* SPDX-License-Identifier: BSD-2-Clause */
/* The tokens of a volume. */
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "tests/unit/fixture/disk_token.h"
#include "tests/unit/unit.h"

#define CLEVIS(header)                                                                             \
	"{\"tokens\":{\"3\":{\"type\":\"clevis\",\"keyslots\":[\"1\"],\"jwe\":{\"protected\":"     \
	"\"" header "\"}}}}"

static void test_token(void **state)
{
	struct disk_token token = disk_token_of(TOKEN("\"" BLOB "\"", USUAL));
	uint8_t policy[32];

	(void)state;
	assert_int_equal(token.number, 3);
	assert_string_equal(token.type, "systemd-tpm2");
	assert_true(token.is_sealed && token.is_read);
	assert_int_equal(token.sealed.parent.kind, SEALED_UNDER_ECC);
	assert_int_equal(token.sealed.parent.name_alg, TCG_ALG_SHA256);
	assert_int_equal(token.sealed.bank, TCG_ALG_SHA256);
	assert_int_equal(token.sealed.pcrs, 1U << 7);
	assert_false(token.sealed.has_pin || token.sealed.has_pcrlock || token.sealed.is_signed);
	assert_int_equal(token.sealed.share_count, 1);
	assert_int_equal(text_unhex(POLICY, 64, policy, 32), 32);
	assert_int_equal(token.sealed.shares[0].policy.len, 32);
	assert_memory_equal(token.sealed.shares[0].policy.data, policy, 32);
	assert_int_equal(token.sealed.shares[0].name_alg, TCG_ALG_SHA256);
}

static void test_token_members(void **state)
{
	struct disk_token token = disk_token_of(TOKEN("[\"" BLOB "\",\"" BLOB "\"]",
		",\"tpm2-pcrs\":[],\"tpm2-pin\":true,\"tpm2_pcrlock\":true,"
		"\"tpm2_pubkey_pcrs\":[11],\"tpm2_srk\":\"gQAAAQ==\""));

	(void)state;
	assert_true(token.is_read);
	assert_int_equal(token.sealed.share_count, 2);
	assert_int_equal(token.sealed.pcrs, 0);
	assert_true(token.sealed.has_pin && token.sealed.has_pcrlock && token.sealed.is_signed);
	assert_int_equal(token.sealed.signed_pcrs, 1U << 11);
	assert_int_equal(token.sealed.parent.kind, SEALED_UNDER_HANDLE);
	assert_int_equal(token.sealed.parent.handle, 0x81000001);
	token = disk_token_of(TOKEN("\"" BLOB "\"", USUAL ",\"tpm2-primary-alg\":\"rsa\""));
	assert_int_equal(token.sealed.parent.kind, SEALED_UNDER_RSA);
}

/* Each is named, none is an error of the volume. */
static void test_unreadable_tokens(void **state)
{
	static const char *const rows[] = {
		TOKEN("\"\"", USUAL),
		TOKEN("\"AAAA\"", USUAL),
		TOKEN("\"" BLOB "AAAA\"", USUAL),
		TOKEN("17", USUAL),
		TOKEN("[]", USUAL),
		TOKEN("[\"" BLOB "\",\"" BLOB "\",\"" BLOB "\"]", USUAL),
		TOKEN("\"" BLOB "\"", ""),
		TOKEN("\"" BLOB "\"", ",\"tpm2-pcrs\":[24]"),
		TOKEN("\"" BLOB "\"", ",\"tpm2-pcrs\":[-1]"),
		TOKEN("\"" BLOB "\"", ",\"tpm2-pcrs\":[7],\"tpm2-pcr-bank\":\"sha257\""),
		TOKEN("\"" BLOB "\"", USUAL ",\"tpm2-primary-alg\":\"dsa\""),
		TOKEN("\"" BLOB "\"", USUAL ",\"tpm2_srk\":\"AAAAAA==\""),
		"{\"tokens\":{\"3\":{\"type\":\"systemd-tpm2\",\"keyslots\":[]}}}",
		"{\"tokens\":{\"3\":{\"type\":\"systemd-tpm2\"}}}",
		CLEVIS(""),
		CLEVIS("e30"),
		CLEVIS("e30*"), /* {} */
		/* {"clevis":{"pin":"tpm2"}}, {"clevis":{"pin":"sss"}} */
		CLEVIS("eyJjbGV2aXMiOnsicGluIjoidHBtMiJ9fQ"),
		CLEVIS("eyJjbGV2aXMiOnsicGluIjoic3NzIn19"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct disk_token token = disk_token_of(rows[i]);

		assert_true(token.is_sealed);
		if (token.is_read || !*token.error.message)
			fail_msg("%s is read", rows[i]);
	}
}

/* It may open, in a way that is not known here; but clevis does not open what it sealed to PCRs
 * with SHA-1. */
static void test_unsupported_tokens(void **state)
{
	static const struct {
		const char *json;
		enum error_code code;
	} rows[] = {
		{TOKEN("\"" BLOB "AAAA\"", USUAL), ERROR_UNSUPPORTED},
		{TOKEN("\"" BLOB "\"", USUAL ",\"tpm2-primary-alg\":\"dsa\""), ERROR_UNSUPPORTED},
		{TOKEN("\"AAAA\"", USUAL), ERROR_MALFORMED},
		/* {"clevis":{"pin":"tpm2","tpm2":{"hash":"sha1","pcr_ids":"7"}}} */
		{CLEVIS("eyJjbGV2aXMiOnsicGluIjoidHBtMiIsInRwbTIiOnsiaGFzaCI6InNoYTEiLCJwY3JfaWRz"
			"IjoiNyJ9fX0"),
			ERROR_MALFORMED},
		/* {"clevis":{"pin":"tpm2","tpm2":{"key":"dsa"}}} */
		{CLEVIS("eyJjbGV2aXMiOnsicGluIjoidHBtMiIsInRwbTIiOnsia2V5IjoiZHNhIn19fQ"),
			ERROR_UNSUPPORTED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct disk_token token = disk_token_of(rows[i].json);

		assert_true(token.is_sealed && !token.is_read);
		if (token.error.code != rows[i].code)
			fail_msg("row %zu: %s", i, token.error.message);
	}
}

static void test_other_tokens(void **state)
{
	static const char *const malformed[] = {"", "[]", "{\"tokens\":[]}",
		"{\"tokens\":{\"32\":{\"type\":\"a\"}}}", "{\"tokens\":{\"x\":{\"type\":\"a\"}}}",
		"{\"tokens\":{\"0\":{}}}", "{\"tokens\":{\"0\":1}}"};
	struct disk_token token =
		disk_token_of("{\"tokens\":{\"0\":{\"type\":\"systemd-recovery\\u001b\"}}}");
	struct error err;

	(void)state;
	assert_string_equal(token.type, "systemd-recovery?");
	assert_false(token.is_sealed);
	token = disk_token_of(CLEVIS("eyJjbGV2aXMiOnsicGluIjoidGFuZyJ9fQ")); /* "pin":"tang" */
	assert_string_equal(token.type, "clevis");
	assert_false(token.is_sealed);
	token = disk_token_of("{\"keyslots\":{}}");
	assert_string_equal(token.type, "");
	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		assert_int_equal(disk_tokens_read(malformed[i], strlen(malformed[i]),
					 disk_token_keep, &token, &err),
			-ERROR_MALFORMED);
}

/* What a disk says that is no JSON is not repeated; and much that is JSON is not read. */
static void test_hostile_metadata(void **state)
{
	const size_t len = (256U << 10) + 1;
	char *blank = malloc(len);
	struct disk_token token;
	struct error err;

	(void)state;
	assert_non_null(blank);
	memset(blank, ' ', len);
	memcpy(blank, "{}", 2);
	assert_int_equal(disk_tokens_read(blank, len - 1, disk_token_keep, &token, &err), 0);
	assert_int_equal(
		disk_tokens_read(blank, len, disk_token_keep, &token, &err), -ERROR_TOO_LARGE);
	free(blank);
	assert_int_equal(
		disk_tokens_read("{secret}", 8, disk_token_keep, &token, &err), -ERROR_MALFORMED);
	assert_string_equal(err.message, "the metadata is not JSON");
	token = disk_token_of(CLEVIS("e3NlY3JldH0")); /* {secret} */
	assert_string_equal(token.error.message, "clevis: a JWE whose header is not JSON");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_token),
		cmocka_unit_test(test_token_members),
		cmocka_unit_test(test_unreadable_tokens),
		cmocka_unit_test(test_unsupported_tokens),
		cmocka_unit_test(test_other_tokens),
		cmocka_unit_test(test_hostile_metadata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

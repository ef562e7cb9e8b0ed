/* SPDX-License-Identifier: BSD-2-Clause */
/* A policy of the real systemd-pcrlock 262, what its NV index had, and what is judged by both. */
#include <stdio.h>
#include <string.h>

#include "core/disk/judge.h"
#include "core/disk/pcrlock.h"
#include "core/text.h"
#include "tests/unit/fixture/disk_token.h"
#include "tests/unit/unit.h"

#define ONE   "af25d6003bae59e3b1e84bfda56418260e8c5e5a587c6b14979cf6bbd6e4911d"
#define TWO   "22a91e5dbcbec272006fdf655e1153c930fc12b4af6ab92ea43e07e4b7dc2fc2"
#define THREE "ea04989d634a5481f735505734b2fec1612b39d57d713fc6874e8800f266eb7b"
#define VALUES                                                                                     \
	"[{\"pcr\":11,\"values\":[\"" ONE "\",\"" TWO "\"]},{\"pcr\":13,\"values\":[\"" THREE      \
	"\"]}]"
#define REAL "{\"pcrBank\":\"sha256\",\"pcrValues\":" VALUES ",\"nvIndex\":28214152}"

#define CONTENT "000bfbedf99d86042c3eb28cf07093c1cf844bf132898eae06606a9f5c7d6e6a871b"
#define NAME    "000b09415b68aeb98ebc0c528769d933e12b33beadf824ccc2fe5148506c2abe8c77"
/* What the token was sealed to: that index, and nothing else. */
#define SEALED  "f7e9752a0b83c525db5976234e42cc9a67b7687afda8bb762d91568e9e7587fa"

static struct pcrlock read_real(void)
{
	struct pcrlock pcrlock;
	struct error err;

	assert_int_equal(pcrlock_read(REAL, strlen(REAL), &pcrlock, &err), 0);
	return pcrlock;
}

static void set_pcr(struct tcg_pcr_bank *bank, size_t pcr, const char *hex)
{
	assert_int_equal(text_unhex(hex, strlen(hex), bank->values[pcr], 32), 32);
}

static void test_real(void **state)
{
	const struct pcrlock pcrlock = read_real();
	struct tcg_pcr_bank bank = disk_pcrs_of_zeros();
	struct policy policy;
	char printed[2 * TCG_DIGEST_MAX + 1];
	struct error err;

	(void)state;
	assert_int_equal(pcrlock.pcrs, 1U << 11 | 1U << 13);
	assert_int_equal(pcrlock_digest(&pcrlock, &policy, &err), 0);
	text_hex(policy.digest, 32, printed, sizeof(printed));
	assert_string_equal(printed, &CONTENT[4]);
	assert_int_equal(pcrlock_misfits(&pcrlock, &bank), 1U << 11 | 1U << 13);
	set_pcr(&bank, 11, TWO);
	assert_int_equal(pcrlock_misfits(&pcrlock, &bank), 1U << 13);
	set_pcr(&bank, 13, THREE);
	assert_int_equal(pcrlock_misfits(&pcrlock, &bank), 0);
}

#define PCR(number, values) "{\"pcrValues\":[{\"pcr\":" number ",\"values\":[" values "]}]}"
#define FOUR                "\"" ONE "\",\"" ONE "\",\"" ONE "\",\"" ONE "\""

static void test_refused(void **state)
{
	static const struct {
		const char *json;
		enum error_code code;
	} rows[] = {
		{"", ERROR_MALFORMED},
		{"{}", ERROR_MALFORMED},
		{"{\"pcrValues\":{}}", ERROR_MALFORMED},
		{"{\"pcrBank\":\"sha257\",\"pcrValues\":[]}", ERROR_UNSUPPORTED},
		{"{\"pcrBank\":\"sha1\",\"pcrValues\":" VALUES "}", ERROR_MALFORMED},
		{"{\"pcrValues\":[1]}", ERROR_MALFORMED},
		{"{\"pcrValues\":[{\"pcr\":11}]}", ERROR_MALFORMED},
		{PCR("11", ""), ERROR_MALFORMED},
		{PCR("24", FOUR), ERROR_MALFORMED},
		{PCR("-1", FOUR), ERROR_MALFORMED},
		{PCR("11", "1"), ERROR_MALFORMED},
		{PCR("11", "\"" ONE "00\""), ERROR_MALFORMED},
		{PCR("11", "\"" ONE "\"]},{\"pcr\":11,\"values\":[\"" ONE "\""), ERROR_MALFORMED},
		{PCR("11", FOUR "," FOUR ",\"" ONE "\""), ERROR_TOO_LARGE},
	};
	struct pcrlock pcrlock;
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int rc = pcrlock_read(rows[i].json, strlen(rows[i].json), &pcrlock, &err);

		if (rc != -(int)rows[i].code)
			fail_msg("row %zu: %d", i, rc);
	}
	assert_int_equal(pcrlock_read(PCR("11", FOUR "," FOUR), strlen(PCR("11", FOUR "," FOUR)),
				 &pcrlock, &err),
		0);
	assert_int_equal(pcrlock_read("{\"pcrValues\":[]}", 16, &pcrlock, &err), 0);
	assert_int_equal(pcrlock_read("{secret}", 8, &pcrlock, &err), -ERROR_MALFORMED);
	assert_string_equal(err.message, "pcrlock.json is not JSON");
}

struct story {
	struct disk_token token;
	struct disk_outcome outcome;
	struct tcg_pcr_bank now, initrd;
	struct disk_moments moments;
};

static void begin(struct story *story)
{
	struct sealed *sealed;

	*story = (struct story){.token = disk_token_of(TOKEN(
					"\"" BLOB "\"", ",\"tpm2-pcrs\":[],\"tpm2_pcrlock\":true")),
		.outcome = {.load = DISK_LOADED, .nv = DISK_NV_THERE, .nv_len = 34},
		.now = disk_pcrs_of_zeros(),
		.moments = {.pcrlock = REAL, .pcrlock_len = strlen(REAL)}};
	set_pcr(&story->now, 11, ONE);
	set_pcr(&story->now, 13, THREE);
	story->initrd = story->now;
	story->moments.now = (struct disk_pcrs){1, &story->now};
	story->moments.initrd = (struct disk_pcrs){1, &story->initrd};
	assert_int_equal(text_unhex(CONTENT, 68, story->outcome.nv_content, 34), 34);
	sealed = &story->token.sealed;
	sealed->pcrlock.index = 0x01ae8388;
	sealed->pcrlock.name_len = 34;
	assert_int_equal(text_unhex(NAME, 68, sealed->pcrlock.name, 34), 34);
	assert_int_equal(text_unhex(SEALED, 64, sealed->shares[0].policy.data, 32), 32);
}

static void fits(struct story *story)
{
	(void)story;
}
static void moved_later(struct story *story)
{
	set_pcr(&story->now, 11, THREE);
}
static void moved_before(struct story *story)
{
	set_pcr(&story->initrd, 11, THREE);
}
static void moved(struct story *story)
{
	moved_later(story);
	moved_before(story);
}
static void unexplained(struct story *story)
{
	moved(story);
	story->initrd.pcrs &= ~(1U << 11);
}
static void another_unexplained(struct story *story)
{
	moved(story);
	story->initrd.pcrs &= ~(1U << 13);
}
static void other_bank(struct story *story)
{
	story->now.alg = story->initrd.alg = TCG_ALG_SHA1;
}
static void without_pcrs(struct story *story)
{
	story->moments.now.count = story->moments.initrd.count = 0;
}
static void gone(struct story *story)
{
	story->outcome.nv = DISK_NV_GONE;
}
static void other(struct story *story)
{
	story->outcome.nv = DISK_NV_OTHER;
}
static void not_asked(struct story *story)
{
	story->outcome.nv = DISK_NV_UNKNOWN;
}
static void not_read(struct story *story)
{
	story->outcome.nv_len = 0;
}
static void other_content(struct story *story)
{
	story->outcome.nv_content[33] ^= 1;
}
static void shorter_content(struct story *story)
{
	story->outcome.nv_len = 33;
}
static void without_file(struct story *story)
{
	story->moments.pcrlock = NULL;
}
static void sealed_to_more(struct story *story)
{
	story->token.sealed.shares[0].policy.data[0] ^= 1;
}
static void signed_before_258(struct story *story)
{
	story->token.sealed.is_signed = true;
}

static void test_judged(void **state)
{
	static const struct {
		void (*change)(struct story *story);
		enum unlock_result result;
		uint32_t differ;
	} rows[] = {
		{fits, UNLOCK_OPENS, 0},
		{moved_later, UNLOCK_OPENS, 0},
		{moved_before, UNLOCK_OPENS_LATE, 0},
		{moved, UNLOCK_PCR_DIFFERS, 1U << 11},
		{unexplained, UNLOCK_UNKNOWN, 0},
		{another_unexplained, UNLOCK_PCR_DIFFERS, 1U << 11},
		{other_bank, UNLOCK_PCR_DIFFERS, 1U << 11 | 1U << 13},
		{without_pcrs, UNLOCK_UNKNOWN, 0},
		{gone, UNLOCK_POLICY_FAILS, 0},
		{other, UNLOCK_POLICY_FAILS, 0},
		{not_asked, UNLOCK_PCRLOCK, 0},
		{not_read, UNLOCK_PCRLOCK, 0},
		{other_content, UNLOCK_PCRLOCK, 0},
		{shorter_content, UNLOCK_PCRLOCK, 0},
		{without_file, UNLOCK_PCRLOCK, 0},
		{sealed_to_more, UNLOCK_UNKNOWN, 0},
		{signed_before_258, UNLOCK_SIGNED_POLICY, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct unlock_slot slot;
		struct story story;

		begin(&story);
		rows[i].change(&story);
		disk_judge(&story.token, &story.outcome, &story.moments, &slot);
		if (slot.result != rows[i].result || slot.differ != rows[i].differ)
			fail_msg("row %zu: %s, PCRs 0x%x, %s", i, unlock_result_name(slot.result),
				slot.differ, slot.detail);
		/* By what an initrd goes is not read: whoever believes it restarts. */
		if (slot.result == UNLOCK_OPENS)
			assert_non_null(strstr(slot.detail, "loader/credentials"));
		assert_true(strlen(slot.detail) < sizeof(slot.detail) - 1);
	}
}

/* The index and its name, as ESYS keeps them. */
static void test_token(void **state)
{
	static const char text[] = TOKEN("\"" BLOB "\"",
		",\"tpm2-pcrs\":[],\"tpm2_pcrlock\":true,\"tpm2_pcrlock_nv\":"
		"\"Aa6DiAAiAAsJQVtorrmOvA"
		"xSh2nZM+ErM76t+CTMwv5RSFBsKr6MdwAAAAIALgGug4gACyACEAgAILVHln/7ekYP5AS7+eEoG1qRrQw6"
		"UVKw6r5hvjXSNxZbACI=\"");
	struct disk_token token = disk_token_of(text);
	char printed[2 * SEALED_NAME_MAX + 1];

	(void)state;
	assert_int_equal(token.sealed.pcrlock.index, 0x01ae8388);
	text_hex(
		token.sealed.pcrlock.name, token.sealed.pcrlock.name_len, printed, sizeof(printed));
	assert_string_equal(printed, NAME);
	token = disk_token_of(TOKEN("\"" BLOB "\"",
		",\"tpm2-pcrs\":[],\"tpm2_pcrlock\":true,\"tpm2_pcrlock_nv\":\"Aa6DiAAiAAs=\""));
	assert_true(token.is_read && token.sealed.has_pcrlock);
	assert_int_equal(token.sealed.pcrlock.name_len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_judged),
		cmocka_unit_test(test_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a slot opens, and what all slots come to. */
#include <string.h>

#include "core/disk/judge.h"
#include "core/disk/outlook.h"
#include "core/disk/policy.h"
#include "core/disk/signer.h"
#include "tests/unit/fixture/disk_signer.h"
#include "tests/unit/fixture/disk_token.h"
#include "tests/unit/unit.h"

struct story {
	struct disk_token token;
	struct disk_outcome outcome;
	struct tcg_pcr_bank now, initrd;
	struct disk_moments moments;
};

static void begin(struct story *story)
{
	*story = (struct story){.token = disk_token_of(TOKEN("\"" BLOB "\"", USUAL)),
		.outcome.load = DISK_LOADED,
		.now = disk_pcrs_of_zeros(),
		.initrd = disk_pcrs_of_zeros()};
	story->moments.now = (struct disk_pcrs){1, &story->now};
	story->moments.initrd = (struct disk_pcrs){1, &story->initrd};
}

static void opens(struct story *story)
{
	(void)story;
}
static void pcr_moved(struct story *story)
{
	story->now.values[7][0] = story->initrd.values[7][0] = 1;
}
static void moved_later(struct story *story)
{
	story->now.values[7][0] = 1;
}
static void moved_before(struct story *story)
{
	story->initrd.values[7][0] = 1;
}
static void other_pcr_moved(struct story *story)
{
	story->now.values[4][0] = story->initrd.values[4][0] = 1;
}
static void unexplained(struct story *story)
{
	pcr_moved(story);
	story->initrd.pcrs &= ~(1U << 7);
}
static void unexplained_but_right(struct story *story)
{
	story->initrd.pcrs &= ~(1U << 7);
}
static void another_unexplained(struct story *story)
{
	pcr_moved(story);
	story->initrd.pcrs &= ~(1U << 4);
}
static void without_log(struct story *story)
{
	story->moments.initrd.count = 0;
	story->initrd.values[7][0] = 1;
}
static void without_pcrs(struct story *story)
{
	story->moments.now.count = story->moments.initrd.count = 0;
}
static void other_bank(struct story *story)
{
	story->now.alg = story->initrd.alg = TCG_ALG_SHA1;
}
static void not_allocated(struct story *story)
{
	story->now.pcrs = story->initrd.pcrs = 0x7f;
}
static void foreign(struct story *story)
{
	story->outcome.load = DISK_LOAD_FOREIGN;
}
static void srk_gone(struct story *story)
{
	story->outcome.load = DISK_LOADED_BUT_GONE;
}
static void not_asked(struct story *story)
{
	story->outcome.load = DISK_LOAD_FAILED;
	error_set(&story->outcome.error, ERROR_TIMEOUT, "no answer");
}
static void locked_out(struct story *story)
{
	story->outcome.load = DISK_LOAD_LOCKOUT;
}
static void shared(struct story *story)
{
	story->token.sealed.others_needed = 1;
}
static void dispensable(struct story *story)
{
	pcr_moved(story);
	story->token.sealed.is_dispensable = true;
}
static void delegated(struct story *story)
{
	story->token.sealed.is_signed = true;
	story->token.sealed.signed_pcrs = 1U << 11;
}
/* Sealed to a key and to PCR 7. */
static void by_signer(struct story *story)
{
	struct sealed *sealed = &story->token.sealed;
	struct policy policy = {.alg = TCG_ALG_SHA256};
	struct signer signer;
	struct error err;

	delegated(story);
	sealed->signer.len = strlen(PEM);
	memcpy(sealed->signer.text, PEM, sealed->signer.len);
	assert_int_equal(signer_read(PEM, strlen(PEM), &signer, &err), 0);
	assert_int_equal(policy_authorize(&policy,
				 &(struct crypto_bytes){signer.names[1], SIGNER_NAME_SIZE}, &err),
		0);
	assert_int_equal(policy_pcr(&policy, &story->now, 1U << 7, &err), 0);
	memcpy(sealed->shares[0].policy.data, policy.digest, 32);
}
static void signer_refused(struct story *story)
{
	by_signer(story);
	story->outcome.refuses_signer = true;
}
static void signer_refused_and_moved(struct story *story)
{
	signer_refused(story);
	pcr_moved(story);
}
static void asks_for_more(struct story *story)
{
	story->token.sealed.pcrs = 0;
}
static void delegated_bank(struct story *story)
{
	delegated(story);
	other_bank(story);
	story->token.sealed.pcrs = 0;
}
static void pcrlock(struct story *story)
{
	story->token.sealed.has_pcrlock = true;
}
static void other_kind(struct story *story)
{
	story->token.is_sealed = false;
}
static void unreadable(struct story *story)
{
	story->token.is_read = false;
}
static void unsupported(struct story *story)
{
	unreadable(story);
	error_set(&story->token.error, ERROR_UNSUPPORTED, "an object to import");
}
static void pin_asked_for(struct story *story)
{
	struct policy policy = {.alg = TCG_ALG_SHA256};
	struct error err;

	story->token.sealed.has_pin = true;
	assert_int_equal(policy_pcr(&policy, &story->now, 1U << 7, &err), 0);
	assert_int_equal(policy_auth_value(&policy, &err), 0);
	memcpy(story->token.sealed.shares[0].policy.data, policy.digest, 32);
}
static void pin_in_lockout(struct story *story)
{
	pin_asked_for(story);
	story->moments.is_locked_out = true;
}
static void lockout_without_pin(struct story *story)
{
	story->moments.is_locked_out = true;
}

static void late_with_pin(struct story *story)
{
	pin_asked_for(story);
	moved_before(story);
}
static void late_in_lockout(struct story *story)
{
	late_with_pin(story);
	story->moments.is_locked_out = true;
}
static void late_without_pin(struct story *story)
{
	moved_before(story);
	story->moments.is_locked_out = true;
}

static void test_judged(void **state)
{
	static const struct {
		void (*change)(struct story *story);
		enum unlock_result result;
		uint32_t differ;
	} rows[] = {
		{opens, UNLOCK_OPENS, 0},
		{pcr_moved, UNLOCK_PCR_DIFFERS, 0x80},
		{moved_later, UNLOCK_OPENS, 0},
		{moved_before, UNLOCK_OPENS_LATE, 0},
		{other_pcr_moved, UNLOCK_OPENS, 0},
		{unexplained, UNLOCK_UNKNOWN, 0},
		{unexplained_but_right, UNLOCK_OPENS, 0},
		{another_unexplained, UNLOCK_PCR_DIFFERS, 0x80},
		{without_log, UNLOCK_OPENS, 0},
		{without_pcrs, UNLOCK_UNKNOWN, 0},
		{other_bank, UNLOCK_PCR_DIFFERS, 0x80},
		{not_allocated, UNLOCK_PCR_DIFFERS, 0x80},
		{foreign, UNLOCK_OTHER_VTPM, 0},
		{srk_gone, UNLOCK_UNKNOWN, 0},
		{not_asked, UNLOCK_UNKNOWN, 0},
		{locked_out, UNLOCK_LOCKOUT, 0},
		{shared, UNLOCK_UNKNOWN, 0},
		{dispensable, UNLOCK_UNKNOWN, 0x80},
		{delegated, UNLOCK_SIGNED_POLICY, 0},
		{by_signer, UNLOCK_SIGNED_POLICY, 0},
		{signer_refused, UNLOCK_POLICY_FAILS, 0},
		{signer_refused_and_moved, UNLOCK_PCR_DIFFERS, 0x80},
		{asks_for_more, UNLOCK_UNKNOWN, 0},
		{delegated_bank, UNLOCK_UNKNOWN, 0},
		{pcrlock, UNLOCK_PCRLOCK, 0},
		{other_kind, UNLOCK_NOT_TPM, 0},
		{unreadable, UNLOCK_UNREADABLE, 0},
		{unsupported, UNLOCK_UNKNOWN, 0},
		{pin_asked_for, UNLOCK_NEEDS_PIN, 0},
		{pin_in_lockout, UNLOCK_LOCKOUT, 0},
		{lockout_without_pin, UNLOCK_OPENS, 0},
		{late_with_pin, UNLOCK_OPENS_LATE, 0},
		{late_in_lockout, UNLOCK_LOCKOUT, 0},
		{late_without_pin, UNLOCK_OPENS_LATE, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct unlock_slot slot;
		struct story story;

		begin(&story);
		rows[i].change(&story);
		disk_judge(&story.token, &story.outcome, &story.moments, &slot);
		if (slot.result != rows[i].result || slot.differ != rows[i].differ)
			fail_msg("row %zu: %s, PCRs 0x%x", i, unlock_result_name(slot.result),
				slot.differ);
		assert_int_equal(slot.token, 3);
		assert_string_equal(slot.type, "systemd-tpm2");
		assert_int_equal(strcmp(slot.detail, "it asks for its PIN") == 0,
			rows[i].change == late_with_pin);
	}
}

/* Nothing is promised of what the TPM was not asked for. */
static void test_lockout_detail(void **state)
{
	struct unlock_slot slot;
	struct story story;

	(void)state;
	begin(&story);
	locked_out(&story);
	disk_judge(&story.token, &story.outcome, &story.moments, &slot);
	assert_string_equal(slot.detail, "whether it opens is known when the lockout ends");
}

static struct unlock_facts volumes_of(enum unlock_result first, enum unlock_result second)
{
	struct unlock_facts facts = {.volumes.count = 1};

	facts.volumes.items[0].slots.count = 2;
	facts.volumes.items[0].slots.items[0].result = first;
	facts.volumes.items[0].slots.items[1].result = second;
	return facts;
}

/* A volume opens where one of its slots does. */
static void test_outlook(void **state)
{
	static const struct {
		enum unlock_result first, second;
		enum verdict_status status, unattended;
	} rows[] = {
		{UNLOCK_OPENS, UNLOCK_OTHER_VTPM, VERDICT_AFFIRMING, VERDICT_AFFIRMING},
		{UNLOCK_NOT_TPM, UNLOCK_NEEDS_PIN, VERDICT_AFFIRMING, VERDICT_WARNING},
		{UNLOCK_NOT_TPM, UNLOCK_NOT_TPM, VERDICT_AFFIRMING, VERDICT_AFFIRMING},
		{UNLOCK_PCR_DIFFERS, UNLOCK_NOT_TPM, VERDICT_CONTRAINDICATED,
			VERDICT_CONTRAINDICATED},
		{UNLOCK_OTHER_VTPM, UNLOCK_UNREADABLE, VERDICT_CONTRAINDICATED,
			VERDICT_CONTRAINDICATED},
		{UNLOCK_OPENS_LATE, UNLOCK_PCR_DIFFERS, VERDICT_WARNING, VERDICT_WARNING},
		{UNLOCK_LOCKOUT, UNLOCK_PCR_DIFFERS, VERDICT_WARNING, VERDICT_WARNING},
		{UNLOCK_SIGNED_POLICY, UNLOCK_PCR_DIFFERS, VERDICT_NONE, VERDICT_NONE},
		{UNLOCK_UNKNOWN, UNLOCK_OTHER_VTPM, VERDICT_NONE, VERDICT_NONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct unlock_facts facts = volumes_of(rows[i].first, rows[i].second);
		struct disk_outlook outlook;

		disk_outlook(&facts, &outlook);
		assert_int_equal(disk_outlook_status(&outlook, false), rows[i].status);
		assert_int_equal(disk_outlook_status(&outlook, true), rows[i].unattended);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judged),
		cmocka_unit_test(test_lockout_detail),
		cmocka_unit_test(test_outlook),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of the verdict, row by row, and how a verdict is told. */
#include "core/verdict/judge.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json/text.h"
#include "core/json/tree.h"
#include "core/verdict/json.h"
#include "tests/unit/fixture/continuity_rows.h"
#include "tests/unit/fixture/forge.h"
#include "tests/unit/fixture/sample.h"
#include "tests/unit/fixture/story.h"
#include "tests/unit/unit.h"

#define AFFIRMING       VERDICT_AFFIRMING
#define WARNING         VERDICT_WARNING
#define CONTRAINDICATED VERDICT_CONTRAINDICATED
#define NONE            VERDICT_NONE

/* Signs what the row makes of baseline (`then`) or evidence (`now`). */
static struct evidence *make(unsigned seed, bool is_later, void (*change)(struct evidence *),
	void (*alter)(struct evidence *))
{
	struct evidence *evidence = forge_evidence(seed);
	struct forge forge;

	if (is_later)
		story_later(evidence);
	if (change)
		change(evidence);
	forge = forge_for(evidence, seed);
	forge_key(evidence, &forge);
	forge_quote(evidence, &forge);
	if (alter)
		alter(evidence);
	return evidence;
}

static void judge(const struct continuity_row *row, enum event event, struct verdict *ret_verdict)
{
	EVIDENCE_SCOPED *baseline = make(1, false, row->then, row->alter_then);
	EVIDENCE_SCOPED *evidence = make(row->seed ? row->seed : 1, true, row->now, row->alter_now);

	continuity_judge(
		row->has_no_baseline ? NULL : baseline, evidence, event, NULL, 0, ret_verdict);
}

static void print(const struct continuity_row *row, const struct verdict *verdict)
{
	print_message("%s: %s, %s, %s the baseline\n", row->name,
		continuity_name(verdict->continuity), verdict_status_name(verdict->status),
		continuity_moves_baseline(verdict) ? "moves" : "keeps");
	for (size_t i = 0; i < verdict->reason_count; i++)
		print_message("\t%s: %s\n", reason_name(verdict->reasons[i].code),
			verdict->reasons[i].sentence);
}

static bool has_reasons(const struct continuity_row *row, const struct verdict *verdict)
{
	size_t count = 0;

	while (row->reasons[count])
		count++;
	if (verdict->reason_count != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (verdict->reasons[i].code != row->reasons[i] || !*verdict->reasons[i].sentence)
			return false;
	}
	return true;
}

/* Evidence that nothing is wrong with becomes the baseline, unless the row says why not. */
static bool moves_baseline_rightly(const struct continuity_row *row, const struct verdict *verdict)
{
	bool is_allowed = row->status == AFFIRMING || row->continuity == CONTINUITY_FIRST_SEEN ||
			  (row->status == WARNING && row->continuity != CONTINUITY_CLEARED);

	return continuity_moves_baseline(verdict) == (is_allowed && !row->keeps_baseline);
}

static void test_rules(void **state)
{
	const struct continuity_row *row;
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; (row = continuity_row_at(i)); i++) {
		struct verdict verdict;
		bool is_right;

		judge(row, row->event, &verdict);
		is_right = verdict.continuity == row->continuity && verdict.status == row->status &&
			   verdict.event == row->event && moves_baseline_rightly(row, &verdict);
		if (is_right && has_reasons(row, &verdict))
			continue;
		print(row, &verdict);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* Every reason there is, but the one for none and two that have tests of their own. Those behind
 * them are of whoever keeps a baseline. */
static void test_every_reason_is_given(void **state)
{
	const struct continuity_row *row;

	(void)state;
	for (unsigned code = REASON_NONE + 1; code < REASON_UNRESOLVED; code++) {
		bool is_given = code == REASON_NOT_FRESH || code == REASON_OVERTAKEN;

		for (size_t i = 0; (row = continuity_row_at(i)); i++) {
			for (size_t j = 0; j < CONTINUITY_ROW_REASONS; j++)
				is_given = is_given || (unsigned)row->reasons[j] == code;
		}
		if (!is_given)
			fail_msg("no row gives %s", reason_name((enum reason_code)code));
	}
}

/* The status of each continuity at each event; at `clear`, what is none is a warning at best. */
static const struct {
	const char *row;
	enum verdict_status at[EVENT_COUNT];
} statuses[CONTINUITY_COUNT] = {
	/* none, live migration, soft and hard reboot, cold migration, resume, clear */
	[CONTINUITY_UNVERIFIED] = {"no quote", {NONE, NONE, NONE, NONE, NONE, NONE, NONE}},
	[CONTINUITY_FIRST_SEEN] = {"first seen", {NONE, NONE, NONE, NONE, NONE, NONE, NONE}},
	[CONTINUITY_CONTINUOUS] = {"nothing happened",
		{AFFIRMING, AFFIRMING, WARNING, WARNING, WARNING, AFFIRMING, WARNING}},
	[CONTINUITY_RESTARTED] = {"soft reboot",
		{AFFIRMING, CONTRAINDICATED, AFFIRMING, AFFIRMING, AFFIRMING, AFFIRMING, WARNING}},
	[CONTINUITY_CRASHED] = {"crash",
		{WARNING, CONTRAINDICATED, WARNING, AFFIRMING, WARNING, WARNING, WARNING}},
	[CONTINUITY_CLEARED] = {"cleared",
		{CONTRAINDICATED, CONTRAINDICATED, CONTRAINDICATED, CONTRAINDICATED,
			CONTRAINDICATED, CONTRAINDICATED, AFFIRMING}},
#define ALWAYS                                                                                     \
	{                                                                                          \
		CONTRAINDICATED, CONTRAINDICATED, CONTRAINDICATED, CONTRAINDICATED,                \
			CONTRAINDICATED, CONTRAINDICATED, CONTRAINDICATED                          \
	}
	[CONTINUITY_REPLACED] = {"other EKs and AK", ALWAYS},
	[CONTINUITY_CLONED] = {"another UUID", ALWAYS},
	[CONTINUITY_ROLLED_BACK] = {"resetCount behind", ALWAYS},
	[CONTINUITY_RESET_UNDER_GUEST] = {"reset under the guest", ALWAYS},
	[CONTINUITY_MISSING] = {"no device", ALWAYS},
	[CONTINUITY_UNRESPONSIVE] = {"no answer", ALWAYS},
	[CONTINUITY_FAILED] = {"failure mode of one part", ALWAYS},
};

static const struct continuity_row *find_row(const char *name)
{
	const struct continuity_row *row;

	for (size_t i = 0; (row = continuity_row_at(i)); i++) {
		if (strcmp(row->name, name) == 0)
			return row;
	}
	fail_msg("no row %s", name);
	return NULL;
}

static void test_status_at_every_event(void **state)
{
	(void)state;
	for (unsigned continuity = 0; continuity < CONTINUITY_COUNT; continuity++) {
		const struct continuity_row *row = find_row(statuses[continuity].row);

		for (unsigned event = 0; event < EVENT_COUNT; event++) {
			struct verdict verdict;

			judge(row, (enum event)event, &verdict);
			assert_int_equal(verdict.continuity, continuity);
			if (verdict.status != statuses[continuity].at[event])
				fail_msg("%s at %s: %s", row->name, event_name((enum event)event),
					verdict_status_name(verdict.status));
		}
	}
}

static void test_baseline_is_not_fresh(void **state)
{
	EVIDENCE_SCOPED *evidence = forge_evidence(1);
	struct verdict verdict;

	(void)state;
	continuity_judge(evidence, evidence, EVENT_NONE, NULL, 0, &verdict);
	assert_int_equal(verdict.continuity, CONTINUITY_UNVERIFIED);
	assert_int_equal(verdict.reasons[0].code, REASON_NOT_FRESH);
	assert_true(verdict.is_quote_verified);
}

static void test_nonce(void **state)
{
	static const uint8_t other[32] = {1};
	EVIDENCE_SCOPED *baseline = forge_evidence(1), *evidence = make(1, true, NULL, NULL);
	struct verdict verdict;

	(void)state;
	continuity_judge(baseline, evidence, EVENT_NONE, evidence->quote.nonce.data,
		evidence->quote.nonce.len, &verdict);
	assert_int_equal(verdict.status, VERDICT_AFFIRMING);
	assert_true(verdict.is_quote_verified);
	continuity_judge(baseline, evidence, EVENT_NONE, other, sizeof(other), &verdict);
	assert_int_equal(verdict.reasons[0].code, REASON_BAD_QUOTE);
	assert_false(verdict.is_quote_verified);
}

/* An image's clone is told from a new vTPM and from a copied one; what is not known tells nothing.
 */
static void test_other_vm(void **state)
{
	static const char other[] = "00000000-0000-0000-0000-000000000001";
	static const struct {
		const char *uuid;
		bool has_other_keys, is_other;
	} rows[] = {
		{other, true, true}, {"", true, false}, {NULL, true, false}, {other, false, false}};
	EVIDENCE_SCOPED *then = sample_evidence();
	EVIDENCE_SCOPED *now = sample_evidence();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *uuid = rows[i].uuid ? rows[i].uuid : then->smbios.uuid;
		uint8_t flip = rows[i].has_other_keys ? 0xff : 0;

		snprintf(now->smbios.uuid, sizeof(now->smbios.uuid), "%s", uuid);
		now->ak.key.name.data[5] = then->ak.key.name.data[5] ^ flip;
		for (size_t j = 0; j < now->eks.keys.count; j++)
			now->eks.keys.items[j].name.data[5] =
				then->eks.keys.items[j].name.data[5] ^ flip;
		if (continuity_is_other_vm(then, now) != rows[i].is_other)
			fail_msg("row %zu", i);
	}
	/* Another platform's template: no EK of one is of a kind that the other has. */
	for (size_t j = 0; j < now->eks.keys.count; j++) {
		now->eks.keys.items[j].bits ^= 1;
		now->eks.keys.items[j].curve ^= 1;
	}
	snprintf(now->smbios.uuid, sizeof(now->smbios.uuid), "%s", other);
	now->ak.key.name.data[5] = then->ak.key.name.data[5] ^ 0xff;
	assert_true(continuity_is_other_vm(then, now));
}

static void test_names(void **state)
{
	(void)state;
	for (unsigned a = 0; a < CONTINUITY_COUNT; a++) {
		assert_true(*continuity_sentence((enum continuity)a));
		for (unsigned b = 0; b < a; b++)
			assert_string_not_equal(continuity_name((enum continuity)a),
				continuity_name((enum continuity)b));
	}
	for (unsigned a = 0; a < REASON_COUNT; a++) {
		for (unsigned b = 0; b < a; b++)
			assert_string_not_equal(
				reason_name((enum reason_code)a), reason_name((enum reason_code)b));
	}
	for (unsigned event = 0; event < EVENT_COUNT; event++)
		assert_int_equal(event_parse(event_name((enum event)event)), event);
	assert_int_equal(event_parse("evacuation"), EVENT_COUNT);
	assert_int_equal(event_parse(""), EVENT_COUNT);
	assert_string_equal(continuity_name(CONTINUITY_COUNT), "unverified");
	assert_string_equal(
		continuity_sentence(CONTINUITY_COUNT), continuity_sentence(CONTINUITY_UNVERIFIED));
	assert_string_equal(event_name(EVENT_COUNT), "none");
	assert_string_equal(reason_name(REASON_COUNT), "unknown");
	assert_string_equal(reason_remedy(REASON_COUNT), "");
}

/* A crash is denied only where nothing tells of one. */
static void test_clock_behind_sentence(void **state)
{
	static const struct {
		const char *row, *said;
	} rows[] = {
		{"crash, much older clock",
			": it was started from a clock older than the one it last started with"},
		{"two reboots, much older clock",
			": it was started from a clock older than the one it last started with"},
		{"hard reset with an older clock", " ms, without a crash"},
		{"orderly, with an older clock that has caught up", ", without a crash"},
	};
	const struct continuity_row *row;
	size_t seen = 0;

	(void)state;
	for (size_t i = 0; (row = continuity_row_at(i)); i++) {
		struct verdict verdict;

		for (size_t j = 0; j < sizeof(rows) / sizeof(rows[0]); j++) {
			if (strcmp(row->name, rows[j].row) != 0)
				continue;
			judge(row, row->event, &verdict);
			seen++;
			if (!strstr(verdict.reasons[0].sentence, rows[j].said))
				fail_msg("%s: %s", row->name, verdict.reasons[0].sentence);
		}
	}
	assert_int_equal(seen, sizeof(rows) / sizeof(rows[0]));
}

static void test_disk_sentence(void **state)
{
	static const struct {
		const char *row, *said;
	} rows[] = {
		{"a disk sealed to another PCR", "next boot, for PCR 4: "},
		{"a disk sealed to some PCR", "next boot, for what a PCR holds: "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct verdict verdict;

		judge(find_row(rows[i].row), EVENT_NONE, &verdict);
		if (!strstr(verdict.reasons[1].sentence, rows[i].said))
			fail_msg("%s: %s", rows[i].row, verdict.reasons[1].sentence);
	}
}

/* What is wrong has a remedy. */
static void test_remedies(void **state)
{
	const struct continuity_row *row;

	(void)state;
	for (size_t i = 0; (row = continuity_row_at(i)); i++) {
		if (row->status == VERDICT_AFFIRMING || row->continuity == CONTINUITY_RESTARTED)
			continue;
		if (row->reasons[0] != REASON_SAME_TPM && !*reason_remedy(row->reasons[0]))
			fail_msg("%s: no remedy", reason_name(row->reasons[0]));
	}
}

static void test_json(void **state)
{
	struct verdict verdict;
	json_t *json, *expected;

	(void)state;
	judge(find_row("kexec announced as a soft reboot"), EVENT_SOFT_REBOOT, &verdict);
	json = verdict_to_json(&verdict);
	expected = json_pack(
		"{s:s, s:s, s:s, s:s, s:b, s:[s, s, s, s], s:i, s:[{s:s, s:s}, {s:s, s:s, s:s},"
		" {s:s, s:s, s:s}, {s:s, s:s, s:s}]}",
		"format", "vtpm-verdict", "ear.status", "warning", "continuity", "continuous",
		"event", "soft-reboot", "quote_verified", 1, "proven", "clock", "counters",
		"firmware_version", "pcrs", "exit_code", 1, "reasons", "code", "same-tpm",
		"sentence", "same keys, same boot PCRs, resetCount 12 as before", "code",
		"boot-without-reset", "sentence", "the system restarted, its TPM did not", "remedy",
		reason_remedy(REASON_BOOT_WITHOUT_RESET), "code", "event-not-seen", "sentence",
		"a soft-reboot was announced, but the TPM was not reset", "remedy",
		reason_remedy(REASON_EVENT_NOT_SEEN), "code", "rollback-not-excluded", "sentence",
		"without a beacon, an older state that was started as often may look the same",
		"remedy", reason_remedy(REASON_ROLLBACK_NOT_EXCLUDED));
	assert_non_null(expected);
	assert_true(json_equal(json, expected));
	json_decref(json);
	json_decref(expected);
}

/* What is obfuscated is not told as proven, and is known again when read back. */
static void test_json_of_the_owner(void **state)
{
	struct verdict verdict, read;
	struct error err = {0};
	JSON_TREE_SCOPED tree = {0};
	BUF_SCOPED text = {0};
	json_t *json, *expected = json_pack("[s, s]", "clock", "pcrs");

	(void)state;
	judge(find_row("owner, nothing happened"), EVENT_NONE, &verdict);
	assert_true(verdict.is_quote_verified);
	json = verdict_to_json(&verdict);
	assert_true(json_equal(json_object_get(json, "proven"), expected));
	json_text_print(&text, json, false);
	assert_int_equal(json_tree_parse(text.data, text.len, text.len, &tree, &err), 0);
	assert_int_equal(verdict_read(tree.root, &read, &err), 0);
	assert_true(read.is_quote_verified);
	assert_true(read.is_obfuscated);
	json_decref(json);
	json_decref(expected);
}

/* A message of the guest's may hold anything. */
static void test_json_of_foreign_bytes(void **state)
{
	struct verdict verdict = {.reason_count = 1, .reasons[0] = {REASON_NO_ACCESS, "\xff\n\"<"}};
	json_t *json = verdict_to_json(&verdict);

	(void)state;
	assert_non_null(json);
	assert_int_equal(json_array_size(json_object_get(json, "reasons")), 1);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_every_reason_is_given),
		cmocka_unit_test(test_status_at_every_event),
		cmocka_unit_test(test_baseline_is_not_fresh),
		cmocka_unit_test(test_nonce),
		cmocka_unit_test(test_other_vm),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_clock_behind_sentence),
		cmocka_unit_test(test_disk_sentence),
		cmocka_unit_test(test_remedies),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_json_of_the_owner),
		cmocka_unit_test(test_json_of_foreign_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

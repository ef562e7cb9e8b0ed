/* SPDX-License-Identifier: BSD-2-Clause */
/* What ends a contraindicated state, and what does not. */
#include "core/verdict/carry.h"

#include <string.h>

#include "core/verdict/judge.h"
#include "tests/unit/fixture/forge.h"
#include "tests/unit/fixture/sample.h"
#include "tests/unit/fixture/story.h"
#include "tests/unit/unit.h"

#define AFFIRMING       VERDICT_AFFIRMING
#define WARNING         VERDICT_WARNING
#define CONTRAINDICATED VERDICT_CONTRAINDICATED
#define NONE            VERDICT_NONE

static void no_quote(struct evidence *e)
{
	SAMPLE_FAIL(&e->quote, ERROR_TPM_RC, "no quote today");
}

static void no_answer(struct evidence *e)
{
	SAMPLE_FAIL(&e->session, ERROR_TIMEOUT, "ReadClock did not return");
}

static void no_guest(struct evidence *e)
{
	SAMPLE_FAIL(&e->guest, ERROR_PERMISSION, "not let in");
}

static void no_log(struct evidence *e)
{
	SAMPLE_FAIL(&e->event_log, ERROR_PERMISSION, "not let in");
}

static void no_certificates(struct evidence *e)
{
	SAMPLE_FAIL(&e->certificates, ERROR_TPM_RC, "no certificates today");
}

static void no_srk(struct evidence *e)
{
	SAMPLE_FAIL(&e->srk, ERROR_TPM_AUTH, "an owner authorization is set");
	e->persistent.objects.items[0].handle = 0x81000002;
}

static void other_srk(struct evidence *e)
{
	e->srk.name.data[5] ^= 1;
}

static void repeat_random(struct evidence *e)
{
	e->random.sha256.data[0]--;
}

static void no_measurements(struct evidence *e)
{
	for (size_t i = 0; i < e->pcrs.bank_count; i++)
		memset(e->pcrs.banks[i].values, 0, 8 * sizeof(e->pcrs.banks[i].values[0]));
	no_log(e);
}

/* Reset under its system so long ago that the time alone no longer tells. */
static void reset_long_ago(struct evidence *e)
{
	no_measurements(e);
	e->clock.time_ms = e->clock.uptime_ms / 4 * 3;
}

struct row {
	const char *name;
	/* What was kept. */
	enum verdict_status status;
	enum continuity continuity;
	enum reason_code code;
	/* What comes: announced, signed, or behind the back of the signature. */
	enum event event;
	void (*then)(struct evidence *e), (*now)(struct evidence *e), (*alter)(struct evidence *e);
	/* What is shown then. */
	enum verdict_status shown;
	enum reason_code reasons[3]; /* the first ones */
};

#define KEPT(what, why) CONTRAINDICATED, CONTINUITY_##what, REASON_##why

static const struct row rows[] = {
	{"nothing kept", NONE, CONTINUITY_UNVERIFIED, REASON_NO_QUOTE, .shown = AFFIRMING,
		.reasons = {REASON_SAME_TPM}},
	{"a warning", WARNING, CONTINUITY_CRASHED, REASON_CRASHED, .shown = AFFIRMING,
		.reasons = {REASON_SAME_TPM}},
	/* What only a person ends */
	{"rolled back, looks right", KEPT(ROLLED_BACK, CLOCK_BEHIND), .shown = CONTRAINDICATED,
		.reasons = {REASON_CLOCK_BEHIND, REASON_UNRESOLVED, REASON_SAME_TPM}},
	{"rolled back, random repeated once", KEPT(ROLLED_BACK, RANDOM_REPEATED),
		.shown = CONTRAINDICATED,
		.reasons = {REASON_RANDOM_REPEATED, REASON_UNRESOLVED, REASON_SAME_TPM}},
	{"rolled back, restarted", KEPT(ROLLED_BACK, BEACON_BEHIND), .now = story_reboot,
		.shown = CONTRAINDICATED,
		.reasons = {REASON_BEACON_BEHIND, REASON_UNRESOLVED, REASON_RESTARTED_ORDERLY}},
	{"rolled back, no quote", KEPT(ROLLED_BACK, UPTIME_BEHIND), .alter = no_quote,
		.shown = CONTRAINDICATED,
		.reasons = {REASON_UPTIME_BEHIND, REASON_UNRESOLVED, REASON_NO_QUOTE}},
	{"rolled back, silent", KEPT(ROLLED_BACK, COUNTERS_REPEATED), .alter = no_answer,
		.shown = CONTRAINDICATED,
		.reasons = {REASON_COUNTERS_REPEATED, REASON_UNRESOLVED, REASON_NO_ANSWER}},
	{"rolled back, and again", KEPT(ROLLED_BACK, RANDOM_REPEATED), .now = repeat_random,
		.shown = CONTRAINDICATED, .reasons = {REASON_RANDOM_REPEATED}},
	{"restarted in a migration", KEPT(RESTARTED, RESTARTED_ORDERLY), .shown = CONTRAINDICATED,
		.reasons = {REASON_RESTARTED_ORDERLY, REASON_UNRESOLVED, REASON_SAME_TPM}},
	{"for a reason of a later version", CONTRAINDICATED, CONTINUITY_ROLLED_BACK, REASON_COUNT,
		.shown = CONTRAINDICATED,
		.reasons = {REASON_COUNT, REASON_UNRESOLVED, REASON_SAME_TPM}},
	/* An answer */
	{"missing, answers", KEPT(MISSING, NO_DEVICE), .shown = AFFIRMING,
		.reasons = {REASON_SAME_TPM}},
	{"missing, answers and does not quote", KEPT(MISSING, NO_DEVICE), .alter = no_quote,
		.shown = NONE, .reasons = {REASON_NO_QUOTE}},
	{"missing, now silent", KEPT(MISSING, NO_DEVICE), .alter = no_answer,
		.shown = CONTRAINDICATED, .reasons = {REASON_NO_ANSWER}},
	{"missing, now rolled back", KEPT(MISSING, NO_DEVICE), .now = repeat_random,
		.shown = CONTRAINDICATED, .reasons = {REASON_RANDOM_REPEATED}},
	/* Proof */
	{"replaced, put back", KEPT(REPLACED, EK_CHANGED), .shown = AFFIRMING,
		.reasons = {REASON_SAME_TPM}},
	{"replaced, no quote", KEPT(REPLACED, EK_CHANGED), .alter = no_quote,
		.shown = CONTRAINDICATED,
		.reasons = {REASON_EK_CHANGED, REASON_UNRESOLVED, REASON_NO_QUOTE}},
	{"replaced, silent", KEPT(REPLACED, EK_CHANGED), .alter = no_answer,
		.shown = CONTRAINDICATED,
		.reasons = {REASON_EK_CHANGED, REASON_UNRESOLVED, REASON_NO_ANSWER}},
	{"replaced, put back, no certificates", KEPT(REPLACED, EK_CHANGED),
		.alter = no_certificates, .shown = CONTRAINDICATED,
		.reasons = {REASON_EK_CHANGED, REASON_UNRESOLVED, REASON_SAME_TPM}},
	{"another VM's, given back", KEPT(CLONED, OTHER_VM), .shown = AFFIRMING,
		.reasons = {REASON_SAME_TPM}},
	{"another VM's, no certificates", KEPT(CLONED, OTHER_VM), .alter = no_certificates,
		.shown = CONTRAINDICATED,
		.reasons = {REASON_OTHER_VM, REASON_UNRESOLVED, REASON_SAME_TPM}},
	{"cleared, state put back", KEPT(CLEARED, OWNER_SEED_CHANGED), .shown = AFFIRMING,
		.reasons = {REASON_SAME_TPM}},
	{"cleared, seed unknown", KEPT(CLEARED, OWNER_SEED_CHANGED), .alter = no_srk,
		.shown = CONTRAINDICATED,
		.reasons = {REASON_OWNER_SEED_CHANGED, REASON_UNRESOLVED, REASON_SAME_TPM}},
	{"cleared, announced afterwards", KEPT(CLEARED, OWNER_SEED_CHANGED), .event = EVENT_CLEAR,
		.alter = other_srk, .shown = AFFIRMING, .reasons = {REASON_OWNER_SEED_CHANGED}},
	{"cleared, and still", KEPT(CLEARED, OWNER_SEED_CHANGED), .alter = other_srk,
		.shown = CONTRAINDICATED, .reasons = {REASON_OWNER_SEED_CHANGED}},
	{"reset, restarted", KEPT(RESET_UNDER_GUEST, BOOT_PCRS_WRONG), .now = story_reboot,
		.shown = AFFIRMING, .reasons = {REASON_RESTARTED_ORDERLY}},
	{"reset, no log", KEPT(RESET_UNDER_GUEST, BOOT_PCRS_WRONG), .now = story_reboot,
		.alter = no_log, .shown = CONTRAINDICATED,
		.reasons = {REASON_BOOT_PCRS_WRONG, REASON_UNRESOLVED, REASON_RESTARTED_ORDERLY}},
	{"reset, boot unknown", KEPT(RESET_UNDER_GUEST, BOOT_PCRS_CHANGED), .now = story_reboot,
		.alter = no_guest, .shown = CONTRAINDICATED,
		.reasons = {REASON_BOOT_PCRS_CHANGED, REASON_UNRESOLVED}},
	{"reset, of which time tells no longer", KEPT(RESET_UNDER_GUEST, TIME_RESTARTED),
		.then = reset_long_ago, .shown = CONTRAINDICATED,
		.reasons = {REASON_TIME_RESTARTED, REASON_UNRESOLVED}},
	{"reset, restarted, measured", KEPT(RESET_UNDER_GUEST, TIME_RESTARTED), .now = story_reboot,
		.shown = AFFIRMING, .reasons = {REASON_RESTARTED_ORDERLY}},
	{"reset, restarted, never measured", KEPT(RESET_UNDER_GUEST, TIME_RESTARTED),
		.then = no_measurements, .now = story_reboot, .alter = no_log, .shown = AFFIRMING,
		.reasons = {REASON_RESTARTED_ORDERLY}},
	{"reset, now rolled back", KEPT(RESET_UNDER_GUEST, BOOT_PCRS_WRONG), .now = repeat_random,
		.alter = no_log, .shown = CONTRAINDICATED, .reasons = {REASON_RANDOM_REPEATED}},
};

static void make(const struct row *row, struct evidence *baseline, struct evidence *evidence)
{
	const struct forge forge = forge_tpm(1);

	if (row->then) {
		row->then(baseline);
		row->then(evidence);
	}
	story_later(evidence);
	if (row->now)
		row->now(evidence);
	forge_quote(baseline, &forge);
	forge_quote(evidence, &forge);
	if (row->alter)
		row->alter(evidence);
}

static void check_row(const struct row *row)
{
	EVIDENCE_SCOPED *baseline = forge_evidence(1), *evidence = forge_evidence(1);
	struct verdict kept, verdict;

	continuity_conclude(&kept, row->continuity, EVENT_NONE, row->code, "as it was told");
	kept.status = row->status;
	make(row, baseline, evidence);
	continuity_judge(baseline, evidence, row->event, NULL, 0, &verdict);
	verdict_carry(&kept, baseline, evidence, &verdict);
	assert_string_equal(verdict_status_name(verdict.status), verdict_status_name(row->shown));
	for (size_t i = 0; i < COUNT(row->reasons) && row->reasons[i]; i++)
		assert_string_equal(
			reason_name(verdict.reasons[i].code), reason_name(row->reasons[i]));
	/* A baseline never moves over what stays. */
	assert_int_equal(continuity_moves_baseline(&verdict),
		row->shown == AFFIRMING || row->shown == WARNING);
	if (row->shown == CONTRAINDICATED && verdict.reasons[1].code == REASON_UNRESOLVED) {
		assert_int_equal(verdict.continuity, row->continuity);
		assert_string_equal(verdict.reasons[0].sentence, "as it was told");
	}
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		print_message("%s\n", rows[i].name);
		check_row(&rows[i]);
	}
}

/* However long it stays, its list of reasons does not grow, nor does it end by being told again. */
static void test_stays(void **state)
{
	EVIDENCE_SCOPED *baseline = forge_evidence(1), *evidence = forge_evidence(1);
	const struct forge forge = forge_tpm(1);
	struct verdict kept, verdict;

	(void)state;
	continuity_conclude(&kept, CONTINUITY_ROLLED_BACK, EVENT_NONE, REASON_RANDOM_REPEATED,
		"the same random bytes");
	forge_quote(baseline, &forge);
	for (unsigned i = 0; i < 20; i++) {
		story_later(evidence);
		forge_quote(evidence, &forge);
		continuity_judge(baseline, evidence, EVENT_NONE, NULL, 0, &verdict);
		verdict_carry(&kept, baseline, evidence, &verdict);
		assert_int_equal(verdict.status, CONTRAINDICATED);
		assert_int_equal(verdict.reason_count, 3);
		kept = verdict;
	}
}

/* Without a baseline nothing shows that it is over; what left one behind says that it is gone. */
static void test_no_baseline(void **state)
{
	static const struct {
		enum verdict_status status;
		enum continuity continuity;
		enum reason_code code;
		enum verdict_status shown;
		enum reason_code reasons[2];
	} lost[] = {
		{KEPT(REPLACED, EK_CHANGED), CONTRAINDICATED,
			{REASON_EK_CHANGED, REASON_UNRESOLVED}},
		{KEPT(REPLACED, UUID_CHANGED), CONTRAINDICATED,
			{REASON_UUID_CHANGED, REASON_UNRESOLVED}},
		{KEPT(RESET_UNDER_GUEST, COUNTERS_MOVED), CONTRAINDICATED,
			{REASON_COUNTERS_MOVED, REASON_UNRESOLVED}},
		/* Told at a first sight, too, and so never with a baseline */
		{KEPT(CLONED, OTHER_VM), NONE, {REASON_FIRST_SEEN}},
		{KEPT(MISSING, NO_DEVICE), NONE, {REASON_FIRST_SEEN}},
		{AFFIRMING, CONTINUITY_CONTINUOUS, REASON_SAME_TPM, WARNING,
			{REASON_FIRST_SEEN, REASON_BASELINE_LOST}},
		{NONE, CONTINUITY_FIRST_SEEN, REASON_FIRST_SEEN, WARNING,
			{REASON_FIRST_SEEN, REASON_BASELINE_LOST}},
		{NONE, CONTINUITY_UNVERIFIED, REASON_NO_QUOTE, NONE, {REASON_FIRST_SEEN}},
	};
	EVIDENCE_SCOPED *evidence = forge_evidence(1);
	struct verdict kept, verdict;

	(void)state;
	for (size_t i = 0; i < COUNT(lost); i++) {
		continuity_conclude(&kept, lost[i].continuity, EVENT_NONE, lost[i].code, "told");
		kept.status = lost[i].status;
		continuity_judge(NULL, evidence, EVENT_NONE, NULL, 0, &verdict);
		verdict_carry(&kept, NULL, evidence, &verdict);
		assert_int_equal(verdict.status, lost[i].shown);
		for (size_t j = 0; j < 2 && lost[i].reasons[j]; j++)
			assert_string_equal(reason_name(verdict.reasons[j].code),
				reason_name(lost[i].reasons[j]));
		assert_int_equal(
			continuity_moves_baseline(&verdict), lost[i].shown != CONTRAINDICATED);
	}
}

static void test_nothing_was_kept(void **state)
{
	EVIDENCE_SCOPED *evidence = forge_evidence(1);
	struct verdict verdict;

	(void)state;
	continuity_judge(NULL, evidence, EVENT_NONE, NULL, 0, &verdict);
	verdict_carry(NULL, NULL, evidence, &verdict);
	assert_int_equal(verdict.continuity, CONTINUITY_FIRST_SEEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_stays),
		cmocka_unit_test(test_no_baseline),
		cmocka_unit_test(test_nothing_was_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

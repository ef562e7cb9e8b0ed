/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/model/judgement.h"

#include "core/verdict/judge.h"
#include "tests/model/evidence.h"
#include "tests/unit/fixture/sample.h"

#define BIT(id) (1U << (id))

#define CAUSES_BACK                                                                                \
	(BIT(CAUSE_BACK) | BIT(CAUSE_BACK_UNDER) | BIT(CAUSE_BACK_ASLEEP) | BIT(CAUSE_BACK_TPM) |  \
		BIT(CAUSE_BACK_VM))

static struct evidence *baseline, *evidence;

void judge_init(void)
{
	baseline = sample_evidence();
	evidence = sample_evidence();
}

void judge_free(void)
{
	evidence_free(baseline);
	evidence_free(evidence);
}

const char *fault_name(enum fault fault)
{
	static const char *const names[] = {
		"right", "false alarm", "missed", "wrong code", "not told"};

	return names[fault];
}

static void compare(const struct story *story, enum event event, struct verdict *ret_verdict)
{
	struct continuity_side then, now;

	evidence_from_view(baseline, &story->then);
	evidence_from_view(evidence, &story->now);
	continuity_recall(baseline, &then);
	continuity_recall(evidence, &now);
	now.was_asked_before = story->is_late;
	continuity_compare(&then, &now, event, ret_verdict);
}

/* What each cause may be called. A clock that was set and lost looks like an older state's, or like
 * a cleared one's. A state from before a clear has another owner seed as well; and where the boot
 * PCRs are zero, the TPM was reset whatever else happened. */
static uint32_t fitting(const struct pair *pair)
{
	static const uint32_t codes[CAUSE_COUNT] = {
		[CAUSE_CLEAR] = BIT(CONTINUITY_CLEARED),
		[CAUSE_REPLACED] = BIT(CONTINUITY_REPLACED),
		[CAUSE_CLONED] = BIT(CONTINUITY_CLONED),
		[CAUSE_RESET_UNDER] = BIT(CONTINUITY_RESET_UNDER_GUEST),
		[CAUSE_BACK] = BIT(CONTINUITY_ROLLED_BACK),
		[CAUSE_BACK_UNDER] =
			BIT(CONTINUITY_ROLLED_BACK) | BIT(CONTINUITY_RESET_UNDER_GUEST),
		[CAUSE_BACK_ASLEEP] = BIT(CONTINUITY_ROLLED_BACK),
		[CAUSE_BACK_TPM] = BIT(CONTINUITY_ROLLED_BACK) | BIT(CONTINUITY_RESET_UNDER_GUEST),
		[CAUSE_BACK_VM] = BIT(CONTINUITY_ROLLED_BACK),
	};
	uint32_t fits = 0;

	for (unsigned cause = 0; cause < CAUSE_COUNT; cause++) {
		if (pair->causes & BIT(cause))
			fits |= codes[cause];
	}
	if (pair->has_lost_clock)
		fits |= BIT(CONTINUITY_ROLLED_BACK) | BIT(CONTINUITY_CLEARED);
	if (pair->relations.owner && pair->causes & CAUSES_BACK)
		fits |= BIT(CONTINUITY_CLEARED);
	if (pair->relations.pcrs == 2 && pair->causes & CAUSES_BACK)
		fits |= BIT(CONTINUITY_RESET_UNDER_GUEST);
	return fits;
}

static bool says(const struct verdict *verdict, enum reason_code code)
{
	for (size_t i = 0; i < verdict->reason_count; i++) {
		if (verdict->reasons[i].code == code)
			return true;
	}
	return false;
}

/* A running TPM that was set back alone, or with its VM, and has caught up is told in
 * docs/verdicts.md and nowhere else: every verdict would have to say it. Where there is a beacon,
 * the first look after an older file was put in shows it. */
static bool is_untold(const struct pair *pair, const struct verdict *verdict)
{
	uint32_t from_file = BIT(CAUSE_BACK) | BIT(CAUSE_BACK_ASLEEP);
	bool is_restarted = verdict->continuity == CONTINUITY_RESTARTED ||
			    verdict->continuity == CONTINUITY_CRASHED;

	return pair->causes & from_file && is_restarted && pair->relations.beacon != 1 &&
	       !says(verdict, REASON_ROLLBACK_NOT_EXCLUDED);
}

static uint32_t intact_causes(enum event event)
{
	if (event == EVENT_LIVE_MIGRATION)
		return BIT(CAUSE_QUIET);
	return event == EVENT_CLEAR ? CAUSES_INTACT | BIT(CAUSE_CLEAR) : CAUSES_INTACT;
}

static bool is_intact(enum telling telling, enum event event)
{
	static const enum cause causes[] = {
		CAUSE_QUIET, CAUSE_BOOT, CAUSE_CLOCK, CAUSE_CLEAR, CAUSE_COUNT};

	return telling != TELLS_FAULT && intact_causes(event) & BIT(causes[telling]);
}

bool judge_may_ask(const struct pair *pair, enum telling telling, enum event event)
{
	uint32_t others = pair->causes & ~BIT(CAUSE_CLOCK);

	if (!pair->stories[telling].length || !others)
		return false;
	return event == EVENT_NONE || is_intact(telling, event);
}

/* A clock that somebody set, and that a crash set back, looks like an older state: to be taken for
 * one is right, too. Two things are not worth an event of their own, and must be a warning at
 * least: a firmware that measures no more, which looks as if the TPM was reset; and a TPM whose
 * time falls behind its system's by more than hosts' clocks do here, which looks as if it was
 * started later. */
static bool is_open(const struct pair *pair, const struct verdict *verdict)
{
	bool is_told = pair->relations.pcrs == 2 || says(verdict, REASON_CLOCK_LAGS);

	return pair->causes & BIT(CAUSE_CLOCK) || (is_told && verdict->status == VERDICT_WARNING);
}

enum fault judge_story(const struct pair *pair, enum telling telling, enum event event,
	struct finding *ret_finding)
{
	struct verdict *verdict = &ret_finding->verdict;
	bool is_possible = pair->causes & intact_causes(event);
	bool is_contra;

	compare(&pair->stories[telling], event, verdict);
	is_contra = verdict->status == VERDICT_CONTRAINDICATED;
	ret_finding->telling = telling;
	ret_finding->fault = FAULT_NONE;
	if (is_possible && is_contra)
		ret_finding->fault = FAULT_FALSE_ALARM;
	else if (!is_possible && !is_contra && !is_open(pair, verdict))
		ret_finding->fault = FAULT_MISSED;
	else if (!is_possible && is_contra && !(fitting(pair) & BIT(verdict->continuity)))
		ret_finding->fault = FAULT_WRONG_CODE;
	else if (is_possible && is_untold(pair, verdict))
		ret_finding->fault = FAULT_UNTOLD;
	return ret_finding->fault;
}

bool judge_overlap(const struct pair *pair, struct finding *ret_finding)
{
	compare(&pair->stories[TELLS_QUIET], EVENT_NONE, &ret_finding->verdict);
	ret_finding->telling = TELLS_QUIET;
	ret_finding->fault = ret_finding->verdict.status == VERDICT_CONTRAINDICATED
				     ? FAULT_FALSE_ALARM
				     : FAULT_NONE;
	return ret_finding->fault != FAULT_NONE;
}

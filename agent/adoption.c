/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/adoption.h"

#include <inttypes.h>
#include <stdio.h>

#include "agent/state/candidate.h"
#include "agent/state/service.h"
#include "agent/state/state.h"
#include "core/log.h"
#include "core/signed/name.h"
#include "core/verdict/judge.h"
#include "platform/system.h"

#define LOCK_US UINT64_C(10000000)

int adoption_make(const char *directory, const struct evidence *before,
	const struct evidence *evidence, const char *sentence, struct error *err)
{
	struct verdict verdict;
	int rc = before ? state_write_old_baseline(directory, before, err) : 0;

	continuity_conclude(
		&verdict, CONTINUITY_FIRST_SEEN, EVENT_NONE, REASON_ACCEPTED, "%s", sentence);
	verdict.is_quote_verified = true;
	if (!rc)
		rc = state_write_baseline(directory, evidence, err);
	if (!rc)
		rc = state_write_verdict(directory, &verdict, evidence->iat, err);
	return rc ? rc : state_drop_candidate(directory, err);
}

/* Whether this is another state than the one that could be accepted before: an operator who
 * accepted that one did not see this. */
static bool is_another(const struct evidence *before, const struct evidence *evidence)
{
	struct verdict since;

	continuity_judge(before, evidence, EVENT_NONE, NULL, 0, &since);
	return since.status == VERDICT_CONTRAINDICATED;
}

/* The numbers go before the evidence that they are of: they must not stand beside a later one. */
static int replace(
	const char *directory, bool is_signed, const struct evidence *evidence, struct error *err)
{
	EVIDENCE_SCOPED *before = NULL;
	struct state_candidate numbers = {0};
	struct error ignored;
	bool is_new = state_read_candidate(directory, &before, &numbers, &ignored) != 0;
	int rc = 0;

	if (is_new || is_another(before, evidence)) {
		numbers = (struct state_candidate){
			.past_claim = numbers.last_claim, .last_claim = numbers.last_claim};
		rc = state_write_candidate_numbers(directory, &numbers, err);
	}
	return rc || !is_signed ? rc : state_write_candidate(directory, evidence, err);
}

void adoption_note(const char *directory, bool is_held, const struct verdict *verdict,
	const struct evidence *evidence)
{
	struct error err;
	int rc = is_held ? replace(directory, verdict->is_quote_verified, evidence, &err)
			 : state_drop_candidate(directory, &err);

	if (rc)
		log_write(LOG_LEVEL_WARNING, "what may be accepted is not kept: %s", err.message);
}

/* A claim keeps its number while the keys are the same: one of before says nothing of now. */
static bool count(const struct message_result *answer, struct state_candidate *numbers)
{
	const struct state_candidate before = *numbers;

	if (!numbers->report)
		numbers->report = answer->number;
	if (!numbers->claim && answer->claim != numbers->past_claim)
		numbers->claim = answer->claim;
	if (answer->claim)
		numbers->last_claim = answer->claim;
	return before.report != numbers->report || before.claim != numbers->claim ||
	       before.last_claim != numbers->last_claim;
}

static bool covers_number(
	const struct state_candidate *numbers, const struct message_result *answer)
{
	const uint64_t report = answer->accepted_report, claim = answer->accepted_claim;

	if (report)
		return numbers->report && report >= numbers->report;
	return claim && numbers->claim && claim >= numbers->claim;
}

/* An acceptance ends the alarm that the operator was shown, so its reason must be the one that is
 * kept here. */
static bool covers(const struct verdict *kept, const struct state_candidate *numbers,
	const struct message_result *answer)
{
	if (answer->verdict.status == VERDICT_CONTRAINDICATED)
		return false;
	if (kept->status != VERDICT_CONTRAINDICATED || !kept->reason_count)
		return false;
	return kept->reasons[0].code == answer->accepted_reason && covers_number(numbers, answer);
}

static void refuse(const struct message_result *answer)
{
	const bool is_claim = !answer->accepted_report;

	log_write(LOG_LEVEL_WARNING,
		"an operator accepted %s %" PRIu64
		" at the collector, but nobody saw there what this service holds against this "
		"vTPM: look, and run `vtpm-agent accept`",
		is_claim ? "claim" : "report",
		is_claim ? answer->accepted_claim : answer->accepted_report);
}

/* What is there but cannot be read is not replaced: that would hide what it was kept to show. What
 * was cut off and is done again must not keep the new one as the old. */
static int keep_old(const char *directory, struct state_candidate *numbers, struct error *err)
{
	EVIDENCE_SCOPED *before = NULL;
	int rc = state_read_baseline(directory, &before, err);

	if (rc)
		return rc == -ERROR_NOT_FOUND ? 0 : rc;
	if (numbers->has_old)
		return 0;
	rc = state_write_old_baseline(directory, before, err);
	numbers->has_old = true;
	return rc ? rc : state_write_candidate_numbers(directory, numbers, err);
}

static int adopt(const char *state, const struct evidence *evidence,
	struct state_candidate *numbers, const struct message_result *answer, struct error *err)
{
	const char *directory = state_directory(state);
	const bool is_claim = !answer->accepted_report;
	struct state_service said = {0};
	struct error ignored;
	char sentence[160];
	int rc;

	snprintf(sentence, sizeof(sentence),
		"an operator accepted this vTPM at the collector, by %s %" PRIu64,
		is_claim ? "claim" : "report",
		is_claim ? answer->accepted_claim : answer->accepted_report);
	rc = keep_old(directory, numbers, err);
	if (!rc)
		rc = adoption_make(directory, NULL, evidence, sentence, err);
	if (rc)
		return rc;
	state_read_service(directory, &said, &ignored);
	state_tell(state, &said);
	log_write(LOG_LEVEL_INFO, "ENROLLED: this vTPM is now the baseline: %s", sentence);
	return 0;
}

static int hear(const char *state, const struct evidence *sent, const struct message_result *answer,
	bool *ret_is_adopted, struct error *err)
{
	const char *directory = state_directory(state);
	EVIDENCE_SCOPED *candidate = NULL;
	struct state_candidate numbers;
	struct verdict kept;
	bool is_covered;
	uint64_t iat;
	int rc = state_read_candidate(directory, &candidate, &numbers, err);

	if (rc)
		return rc == -ERROR_NOT_FOUND ? 0 : rc;
	if (count(answer, &numbers))
		rc = state_write_candidate_numbers(directory, &numbers, err);
	if (rc || !adoption_is_told(answer))
		return rc;
	rc = state_read_verdict(directory, &kept, &iat, err);
	if (rc)
		return rc;
	is_covered = covers(&kept, &numbers, answer);
	if (!is_covered || !name_is_same(&candidate->ak.key.name, &sent->ak.key.name)) {
		refuse(answer);
		return 0;
	}
	rc = adopt(state, candidate, &numbers, answer, err);
	*ret_is_adopted = !rc;
	return rc;
}

bool adoption_is_told(const struct message_result *answer)
{
	return answer->accepted_report || answer->accepted_claim;
}

int adoption_hear(const char *state, const struct evidence *evidence,
	const struct message_result *answer, bool *ret_is_adopted, struct error *err)
{
	const char *directory = state_directory(state);
	intptr_t lock;
	int rc = platform_lock_take(directory, platform_monotonic_us() + LOCK_US, &lock, err);

	*ret_is_adopted = false;
	if (rc)
		return rc;
	rc = hear(state, evidence, answer, ret_is_adopted, err);
	platform_lock_end(lock);
	return rc;
}

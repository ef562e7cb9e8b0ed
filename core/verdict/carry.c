/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/carry.h"

#include <stdio.h>
#include <string.h>

#include "core/checks/checks.h"
#include "core/measured/boot_pcrs.h"
#include "core/verdict/likeness.h"

/* What ends a contraindicated state. The zero value is the strictest: no later evidence can undo
 * that the TPM was set back, or what a host did in a migration that is over. */
enum ending {
	BY_A_PERSON = 0,
	BY_AN_ANSWER, /* of the TPM that gave none */
	BY_PROOF,     /* a baseline, a quote of its key, a verdict, and nothing that the baseline
		       * has is lacking */
	BY_PARTS,     /* proof, and the parts that decided can be read */
	BY_COMPARING, /* the same, beside a baseline */
	BY_THE_SEED,  /* proof of the baseline's owner seed; or a clear that was announced */
	BY_A_RESTART, /* proof, and the TPM was switched on with its system */
};

#define PART(name) offsetof(struct evidence, name)

struct rule {
	enum reason_code code;
	enum ending ending;
	size_t part_count, parts[3]; /* that the evidence needs */
};

/* What is not in the table is ended by a person. */
static const struct rule rules[] = {
	{REASON_NO_DEVICE, BY_AN_ANSWER, 0, {0}},
	{REASON_NO_DRIVER, BY_AN_ANSWER, 0, {0}},
	{REASON_NO_ANSWER, BY_AN_ANSWER, 0, {0}},
	{REASON_IO_ERROR, BY_AN_ANSWER, 0, {0}},
	{REASON_TPM_12, BY_AN_ANSWER, 0, {0}},
	{REASON_NOT_STARTED, BY_AN_ANSWER, 0, {0}},
	{REASON_FAILURE_MODE, BY_AN_ANSWER, 0, {0}},
	{REASON_EK_CHANGED, BY_PROOF, 0, {0}},
	{REASON_EK_OF_OTHER_VM, BY_PROOF, 0, {0}},
	{REASON_OTHER_VM, BY_PARTS, 2, {PART(certificates), PART(smbios)}},
	{REASON_UUID_CHANGED, BY_COMPARING, 1, {PART(smbios)}},
	{REASON_OWNER_SEED_CHANGED, BY_THE_SEED, 0, {0}},
	{REASON_COUNTERS_MOVED, BY_COMPARING, 2, {PART(guest), PART(clock)}},
	{REASON_BOOT_PCRS_CHANGED, BY_COMPARING, 2, {PART(guest), PART(pcrs)}},
	{REASON_BOOT_PCRS_WRONG, BY_PARTS, 3, {PART(guest), PART(pcrs), PART(event_log)}},
	{REASON_TIME_RESTARTED, BY_A_RESTART, 3, {PART(guest), PART(pcrs), PART(clock)}},
};

static const struct rule *find(enum reason_code code)
{
	static const struct rule other = {REASON_NONE, BY_A_PERSON, 0, {0}};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (rules[i].code == code)
			return &rules[i];
	}
	return &other;
}

static bool has_parts(const struct rule *rule, const struct evidence *evidence)
{
	for (size_t i = 0; i < rule->part_count; i++) {
		const struct record_part *part =
			(const struct record_part *)((const uint8_t *)evidence + rule->parts[i]);

		if (part->state != PART_READ)
			return false;
	}
	return true;
}

/* The time alone would tell so sooner or later, since the TPM that was reset is on ever longer. */
static bool is_on_since_boot(const struct evidence *evidence)
{
	struct checks checks;

	if (boot_pcrs_measured(evidence->pcrs.banks, evidence->pcrs.bank_count))
		return true;
	checks_run(evidence, &(struct checks_options){0}, &checks);
	for (size_t i = 0; i < checks.count; i++) {
		if (strcmp(checks.items[i].id, "tpm-time") == 0)
			return checks.items[i].result == CHECK_PASS;
	}
	return false;
}

static bool has_ended(const struct rule *rule, const struct evidence *baseline,
	const struct evidence *evidence, const struct verdict *verdict)
{
	/* Several faults may have come one after the other, of which the last one is remembered: so
	 * evidence that ends it lacks nothing by which any of them would show. */
	bool is_proven = verdict->is_quote_verified && !verdict->is_poorer &&
			 verdict->continuity != CONTINUITY_UNVERIFIED;

	switch (rule->ending) {
	case BY_AN_ANSWER:
		return evidence->session.part.state == PART_READ;
	case BY_PROOF:
		return is_proven && baseline;
	case BY_PARTS:
		return is_proven && has_parts(rule, evidence);
	case BY_COMPARING:
		return is_proven && baseline && has_parts(rule, evidence);
	case BY_THE_SEED:
		if (verdict->status == VERDICT_AFFIRMING && verdict->event == EVENT_CLEAR)
			return true;
		return is_proven && baseline &&
		       likeness_of_owner_seeds(baseline, evidence) == LIKENESS_SAME;
	case BY_A_RESTART:
		return is_proven && has_parts(rule, evidence) && is_on_since_boot(evidence);
	default:
		return false;
	}
}

/* A fault that is told by itself needs no memory of one that would tell itself again, and what only
 * a person ends comes before all others. */
static bool outweighs(const struct verdict *verdict, const struct verdict *kept)
{
	enum reason_code code = verdict->reasons[0].code, before = kept->reasons[0].code;
	enum ending ending = find(code)->ending, ending_before = find(before)->ending;

	if (verdict->status != VERDICT_CONTRAINDICATED)
		return false;
	if (code == before || ending_before == BY_AN_ANSWER)
		return true;
	if (ending_before == BY_PROOF)
		return ending != BY_AN_ANSWER;
	return ending_before != BY_A_PERSON && ending == BY_A_PERSON;
}

static void append(struct verdict *verdict, const struct reason *reason)
{
	if (verdict->reason_count < VERDICT_REASONS_MAX)
		verdict->reasons[verdict->reason_count++] = *reason;
}

static void put_in_front(const struct verdict *kept, struct verdict *verdict)
{
	const struct verdict fresh = *verdict;
	const struct reason *standing = &kept->reasons[0];
	struct reason why = {.code = REASON_UNRESOLVED};

	snprintf(why.sentence, sizeof(why.sentence),
		find(standing->code)->ending == BY_A_PERSON
			? "that was seen before, and no person has decided since: no later "
			  "evidence can show that it is over"
			: "that was seen before, and this evidence lacks what could show that it "
			  "is over");
	verdict->status = VERDICT_CONTRAINDICATED;
	verdict->continuity = kept->continuity;
	verdict->reason_count = 0;
	append(verdict, standing);
	append(verdict, &why);
	for (size_t i = 0; i < fresh.reason_count; i++) {
		if (fresh.reasons[i].code != standing->code)
			append(verdict, &fresh.reasons[i]);
	}
}

/* What was kept before left a baseline behind, which is not there any more: whatever happened to
 * the TPM since has nothing to show by. */
static void note_lost_baseline(const struct verdict *kept, struct verdict *verdict)
{
	if (verdict->continuity != CONTINUITY_FIRST_SEEN || !continuity_moves_baseline(kept))
		return;
	verdict->status = VERDICT_WARNING;
	verdict_add(verdict, REASON_BASELINE_LOST,
		"there was a baseline, and it is gone: what happened since the last verdict (%s) "
		"cannot be told",
		continuity_name(kept->continuity));
}

void verdict_carry(const struct verdict *kept, const struct evidence *baseline,
	const struct evidence *evidence, struct verdict *verdict)
{
	if (kept && kept->reason_count && !baseline)
		note_lost_baseline(kept, verdict);
	if (!kept || kept->status != VERDICT_CONTRAINDICATED || !kept->reason_count)
		return;
	if (outweighs(verdict, kept))
		return;
	if (!has_ended(find(kept->reasons[0].code), baseline, evidence, verdict))
		put_in_front(kept, verdict);
}

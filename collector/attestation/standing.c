/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/attestation/standing.h"

#include <inttypes.h>
#include <stdio.h>

#include "collector/store/store_lines.h"
#include "core/signed/name.h"
#include "core/verdict/carry.h"
#include "core/verdict/likeness.h"

#define CLOCKS_DIFFER_MS 60000 /* more than those of synchronised hosts do */

/* The TPM goes on from the baseline, in its boot, and the last report's was behind that: no TPM
 * comes from there to here without a restart, nor does its clock run faster than ours. After a
 * restart the counters may be the baseline's by chance. */
static bool is_another_copy(const struct judgement *judgement, const struct store_vm *vm)
{
	const struct attest_quote *baseline = &judgement->baseline->quote,
				  *now = &judgement->side->quote;
	enum likeness boots;
	uint64_t elapsed_ms =
		judgement->now_ms > vm->received_ms ? judgement->now_ms - vm->received_ms : 0;

	if (vm->continuity != CONTINUITY_ROLLED_BACK)
		return false;
	if (judgement->verdict.continuity != CONTINUITY_CONTINUOUS)
		return false;
	boots = likeness_of_boots(judgement->baseline->evidence, judgement->side->evidence);
	if (boots != LIKENESS_SAME)
		return false;
	if (vm->reset_count != baseline->reset_count)
		return vm->reset_count < baseline->reset_count;
	if (vm->restart_count != baseline->restart_count)
		return vm->restart_count < baseline->restart_count;
	return now->clock_ms > vm->clock_ms + elapsed_ms + CLOCKS_DIFFER_MS;
}

/* What stands beside two copies, or without them. The baseline stayed since, so that its number
 * says which reports that may be. */
static void recall(const struct store_vm *vm, bool are_two, struct verdict *ret_kept)
{
	char since[40] = "an earlier report";
	enum continuity continuity = are_two ? vm->lines.behind : vm->continuity;

	if (vm->baseline.id)
		snprintf(since, sizeof(since), "a report after #%" PRIu64, vm->baseline.id);
	continuity_conclude(ret_kept, continuity, EVENT_NONE,
		reason_parse(are_two ? vm->lines.behind_reason : vm->reason), "%s: %s", since,
		continuity_sentence(continuity));
	ret_kept->status = vm->status;
	if (are_two && !*vm->lines.behind_reason)
		ret_kept->status = VERDICT_NONE;
}

/* Whatever else a report says, the copies come first. Where one of them was seen to run on an older
 * state, silence does not show which of the two is left. */
static void say_two_copies(struct verdict *verdict, bool is_older, const char *what, bool was_seen)
{
	const struct verdict fresh = *verdict;

	continuity_conclude(verdict, is_older ? CONTINUITY_ROLLED_BACK : CONTINUITY_CLONED,
		fresh.event, REASON_TWO_COPIES, "%s", what);
	verdict->is_quote_verified = fresh.is_quote_verified;
	verdict->is_obfuscated = fresh.is_obfuscated;
	verdict->is_poorer = fresh.is_poorer;
	if (was_seen)
		verdict_add(verdict, REASON_UNRESOLVED, "%s",
			is_older ? "that was seen before, and no person has decided since: no "
				   "later evidence can show that it is over"
				 : "that was seen before, no person has decided since, and the "
				   "other one was not silent for long enough");
	for (size_t i = 0; i < fresh.reason_count; i++)
		verdict_add(verdict, fresh.reasons[i].code, "%s", fresh.reasons[i].sentence);
}

/* Who reports: the VM's own keys, or others that somebody vouches for. */
enum who { NOBODY_KNOWN, OWN, OTHER };

static enum who who_reports(const struct judgement *judgement, const struct store_vm *vm)
{
	if (!judgement->claim)
		return NOBODY_KNOWN;
	if (!name_is_same(&vm->ak_name, &judgement->claim->ak_name))
		return OTHER;
	return *judgement->owner ? NOBODY_KNOWN : OWN;
}

/* A vTPM that was replaced may be put back. Where the other one comes again thereafter, both run.
 */
static bool note_other(const struct judgement *judgement, enum who who, const struct verdict *kept,
	struct store_vm *vm)
{
	enum reason_code before = kept->reasons[0].code;
	struct store_lines *lines = &vm->lines;
	bool was_other = before == REASON_EK_CHANGED || before == REASON_EK_OF_OTHER_VM;

	if (who == OWN && was_other && kept->status == VERDICT_CONTRAINDICATED)
		lines->other_ms = vm->received_ms;
	if (who != OTHER || !lines->other_ms)
		return false;
	return !judgement->alone_ms || judgement->now_ms < lines->other_ms + judgement->alone_ms;
}

static bool is_over(const struct judgement *judgement, enum who who, const struct store_vm *vm)
{
	return who == OWN &&
	       copies_are_over(vm, &judgement->shown, judgement->alone_ms, judgement->now_ms);
}

/* Behind two copies nothing is forgotten: it ends by what it would end by without them. */
static void keep_behind(const struct verdict *verdict, struct store_lines *lines)
{
	bool is_kept = verdict && verdict->status == VERDICT_CONTRAINDICATED;

	lines->behind = is_kept ? verdict->continuity : CONTINUITY_UNVERIFIED;
	snprintf(lines->behind_reason, sizeof(lines->behind_reason), "%s",
		is_kept ? reason_name(verdict->reasons[0].code) : "");
}

bool standing_carry_waiting(struct judgement *judgement, const struct store_vm *vm)
{
	struct verdict kept;

	if (vm->status != VERDICT_CONTRAINDICATED)
		return false;
	recall(vm, false, &kept);
	verdict_carry(&kept, NULL, judgement->side->evidence, &judgement->verdict);
	return judgement->verdict.status == VERDICT_CONTRAINDICATED;
}

void standing_carry(struct judgement *judgement, struct store_vm *vm)
{
	bool were_two = reason_parse(vm->reason) == REASON_TWO_COPIES;
	enum who who = who_reports(judgement, vm);
	bool are_two =
		who == OWN && copies_note(vm, &judgement->shown,
				      judgement->side->evidence->guest.boot_id, judgement->now_ms);
	struct verdict kept, *verdict = &judgement->verdict;
	bool is_older, are_others;

	recall(vm, were_two, &kept);
	is_older = were_two && vm->continuity == CONTINUITY_ROLLED_BACK;
	are_others = note_other(judgement, who, &kept, vm);
	if (!were_two && judgement->claim && judgement->baseline)
		are_two = are_two || is_another_copy(judgement, vm);
	if (!store_begins_anew(vm))
		verdict_carry(&kept, judgement->baseline ? judgement->baseline->evidence : NULL,
			judgement->side->evidence, verdict);
	is_older = is_older || verdict->continuity == CONTINUITY_ROLLED_BACK;
	if (were_two)
		are_two = is_older || !is_over(judgement, who, vm);
	if (are_others || (were_two && who == OTHER))
		vm->lines.switched_ms = judgement->now_ms;
	keep_behind(are_two || are_others ? verdict : NULL, &vm->lines);
	if (are_two || are_others)
		say_two_copies(verdict, is_older,
			are_others ? "two vTPMs report as this VM" : "two copies report as this VM",
			were_two);
}

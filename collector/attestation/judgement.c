/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/attestation/judgement.h"

#include <stdio.h>
#include <string.h>

#include "collector/attestation/standing.h"
#include "collector/proof/disks.h"
#include "core/signed/name.h"
#include "core/verdict/likeness.h"

/* What was asked for before an announcement tells nothing of what was announced. A distress report
 * is asked for by nobody. */
static bool is_of_announcement(const struct judgement *judgement, const struct store_vm *vm)
{
	return vm->announced != EVENT_NONE &&
	       (!judgement->claim || judgement->announcement_ms == vm->announced_until_ms);
}

/* A clear is the one event that makes right what is contraindicated. Whoever clears a TPM could say
 * so, too: that one is an operator's to announce. */
static enum event told_event(const struct judgement *judgement)
{
	enum event told = judgement->claim ? (enum event)judgement->claim->event : EVENT_NONE;

	return told == EVENT_CLEAR ? EVENT_NONE : told;
}

/* Whether what was announced goes before what the guest was told. */
static bool heeds_announcement(const struct judgement *judgement, const struct store_vm *vm)
{
	return is_of_announcement(judgement, vm) && judgement->now_ms < vm->announced_until_ms;
}

static bool has_ek(const struct store_vm *vm, const uint8_t ek[STORE_HASH_SIZE])
{
	for (size_t i = 0; i < vm->ek_count; i++) {
		if (memcmp(vm->eks[i], ek, STORE_HASH_SIZE) == 0)
			return true;
	}
	return false;
}

/* Keys never change silently, and belong to one VM. The AK follows from the endorsement seed and
 * has just signed. Until a VM is accepted it has none. */
static bool judge_keys(struct judgement *judgement, const struct store_vm *vm, enum event event)
{
	if (*judgement->owner) {
		continuity_conclude(&judgement->verdict, CONTINUITY_CLONED, event,
			REASON_EK_OF_OTHER_VM, "this vTPM is known as the one of VM %s",
			judgement->owner);
		judgement->verdict.is_quote_verified = true;
		return true;
	}
	if (!vm->ak_name.len || name_is_same(&vm->ak_name, &judgement->claim->ak_name))
		return false;
	if (has_ek(vm, judgement->claim->ek.data))
		continuity_conclude(&judgement->verdict, CONTINUITY_UNVERIFIED, event,
			REASON_AK_CHANGED, "the EK is this VM's, the attestation key is not");
	else
		continuity_conclude(&judgement->verdict, CONTINUITY_REPLACED, event,
			REASON_EK_CHANGED,
			"neither EK nor attestation key are those this VM is known by");
	judgement->verdict.is_quote_verified = true;
	return true;
}

static void learn_keys(const struct challenge_claim *claim, struct store_vm *vm)
{
	vm->ak_name = claim->ak_name;
	if (!has_ek(vm, claim->ek.data) && vm->ek_count < STORE_EKS_MAX)
		memcpy(vm->eks[vm->ek_count++], claim->ek.data, STORE_HASH_SIZE);
}

/* What was asked for before a fault was reported cannot show that it is over. */
static bool is_overtaken_by_fault(const struct judgement *judgement, const struct store_vm *vm)
{
	return vm->status == VERDICT_CONTRAINDICATED && vm->head.id > judgement->head &&
	       judgement->verdict.status != VERDICT_CONTRAINDICATED;
}

/* What is said of an accepted VM by who is not proven to be it. Without authority it changes
 * nothing that is shown; but somebody may be right, so that it is not lost either. */
static void make_claim(struct judgement *judgement, struct store_vm *vm)
{
	const struct challenge_claim *claim = judgement->claim;
	struct store_claim *kept = &judgement->kept_claim;

	/* Reports are told the time as they come and judged as they are queued. */
	if (vm->claimed_ms < judgement->now_ms)
		vm->claimed_ms = judgement->now_ms;
	judgement->is_claim = true;
	judgement->is_kept = false;
	*kept = (struct store_claim){.sender = judgement->sender,
		.is_bound = judgement->is_bound,
		.received_ms = vm->claimed_ms,
		.challenged_ms = judgement->challenged_ms,
		.continuity = judgement->verdict.continuity};
	snprintf(kept->reason, sizeof(kept->reason), "%s",
		reason_name(judgement->verdict.reasons[0].code));
	snprintf(kept->hostname, sizeof(kept->hostname), "%s",
		judgement->side->evidence->guest.hostname);
	if (claim) {
		kept->ak_name = claim->ak_name;
		kept->has_ek = true;
		memcpy(kept->ek, claim->ek.data, sizeof(kept->ek));
	}
}

/* While a VM waits for its acceptance, its reports are those of the vTPM that came first. */
static bool is_of_another(const struct challenge_claim *claim, const struct store_vm *vm)
{
	return vm->has_pending_ek && memcmp(vm->pending_ek, claim->ek.data, STORE_HASH_SIZE) != 0;
}

/* Other keys than the VM's, or those that another VM has by now. Who has authority over it is
 * believed that its vTPM was replaced. A VM of which nothing was heard yet has nothing that a
 * stranger could change. */
static void judge_stranger(struct judgement *judgement, struct store_vm *vm)
{
	bool is_told = judgement->verdict.continuity != CONTINUITY_UNVERIFIED;
	bool has_authority = judgement->has_authority || judgement->claim->is_vouched_for ||
			     name_is_same(&vm->ak_name, &judgement->claim->ak_name);
	bool has_others =
		vm->enrolment == STORE_ENROLMENT_ACCEPTED || is_of_another(judgement->claim, vm);

	if (has_others && !(is_told && has_authority))
		make_claim(judgement, vm);
	else
		judgement->is_kept = is_told;
}

static bool has_reason(const struct verdict *verdict, enum reason_code code)
{
	for (size_t i = 0; i < verdict->reason_count; i++) {
		if (verdict->reasons[i].code == code)
			return true;
	}
	return false;
}

/* A report that does not show what was announced beforehand may well be of before it: then it is as
 * any other. After it, somebody asks. */
static void compare(struct judgement *judgement, const struct store_vm *vm, enum event event)
{
	continuity_compare(judgement->baseline, judgement->side, event, &judgement->verdict);
	if (!judgement->heeds || vm->asked_ms)
		return;
	if (!has_reason(&judgement->verdict, REASON_EVENT_NOT_SEEN))
		return;
	judgement->heeds = false;
	continuity_compare(
		judgement->baseline, judgement->side, told_event(judgement), &judgement->verdict);
}

/* Somebody asked, and announced nothing. */
static bool answers_question(const struct judgement *judgement, const struct store_vm *vm)
{
	return vm->asked_ms && vm->announced == EVENT_NONE &&
	       judgement->announcement_ms == vm->announced_until_ms &&
	       judgement->verdict.event == EVENT_NONE;
}

/* A migration leaves nothing in a TPM by which it could be seen: only who asks behind it ends its
 * announcement. */
static bool ends_announcement(const struct judgement *judgement, const struct store_vm *vm)
{
	return judgement->now_ms >= vm->announced_until_ms || answers_question(judgement, vm) ||
	       (judgement->heeds && (vm->asked_ms || vm->announced != EVENT_LIVE_MIGRATION));
}

static void judge_signed(struct judgement *judgement, struct store_vm *vm, enum event event)
{
	const struct challenge_claim *claim = judgement->claim;
	bool is_clone, waits;

	/* What is not proven changes nothing. */
	if (!judgement->side->is_verified) {
		continuity_conclude(&judgement->verdict, CONTINUITY_UNVERIFIED, event,
			judgement->side->fault, "%.250s", judgement->side->error.message);
		return;
	}
	judgement->is_kept = true;
	if (judge_keys(judgement, vm, event)) {
		judge_stranger(judgement, vm);
		return;
	}
	compare(judgement, vm, event);
	if (is_overtaken_by_fault(judgement, vm))
		continuity_conclude(&judgement->verdict, CONTINUITY_UNVERIFIED, event,
			REASON_OVERTAKEN,
			"another report overtook this one and tells of a fault: what was asked "
			"for before cannot show that it is over");
	/* A damaged baseline: an operator can accept this report in its place. */
	if (judgement->verdict.continuity == CONTINUITY_UNVERIFIED) {
		judgement->is_kept = judgement->verdict.reasons[0].code == REASON_BAD_BASELINE;
		return;
	}
	/* Another EK is another vTPM, and has no past here. */
	waits = vm->enrolment != STORE_ENROLMENT_ACCEPTED && !is_of_another(claim, vm);
	if (waits && standing_carry_waiting(judgement, vm))
		return;
	is_clone = judgement->verdict.continuity == CONTINUITY_CLONED;
	if (vm->enrolment != STORE_ENROLMENT_ACCEPTED && !is_clone)
		vm->enrolment = judgement->is_lapsed
					? enrol_wait("it was forgotten while it was silent",
						  &judgement->verdict)
					: enrol_decide(judgement->enrol, vm->uuid, claim->ek.data,
						  claim->distrust, &judgement->verdict);
	if (vm->enrolment != STORE_ENROLMENT_ACCEPTED) {
		if (is_of_another(claim, vm))
			make_claim(judgement, vm);
		return;
	}
	if (!is_clone)
		learn_keys(claim, vm);
	judgement->moves_baseline = true;
}

/* It was late, or came again: the TPM answered since, in the same boot of the system. A clock that
 * somebody set, or an uptime that was set back with the VM, alone does not hide a fault. */
static bool is_late_distress(const struct judgement *judgement)
{
	const struct evidence *then, *now = judgement->side->evidence;

	if (!judgement->baseline)
		return false;
	then = judgement->baseline->evidence;
	return likeness_of_boots(then, now) == LIKENESS_SAME &&
	       now->guest.uptime_ms < then->guest.uptime_ms && now->iat <= then->iat;
}

/* What is not signed can only worsen what is shown, and that only by who may speak for the VM. */
static void judge_distress(struct judgement *judgement, struct store_vm *vm, enum event event)
{
	if (is_late_distress(judgement)) {
		continuity_conclude(&judgement->verdict, CONTINUITY_UNVERIFIED, event,
			REASON_OVERTAKEN,
			"this was read before the VM's last good report, in the same boot: the TPM "
			"has answered since");
		return;
	}
	continuity_compare(judgement->baseline, judgement->side, event, &judgement->verdict);
	judgement->is_kept = vm->revision && judgement->verdict.status >= vm->status &&
			     judgement->verdict.status == VERDICT_CONTRAINDICATED;
	if (judgement->is_kept && !judgement->has_authority) {
		judgement->is_kept = false;
		if (vm->enrolment == STORE_ENROLMENT_ACCEPTED)
			make_claim(judgement, vm);
	}
}

/* Who reports with what an operator accepted is told so, until he shows that he heard it. What is
 * contraindicated since is not what was accepted. */
static void tell_acceptance(struct judgement *judgement, struct store_vm *vm)
{
	struct store_acceptance *accepted = &vm->lines.accepted;
	const bool is_heard = judgement->shown.root && judgement->shown.report.id > accepted->head;

	if (is_heard || judgement->verdict.status == VERDICT_CONTRAINDICATED)
		*accepted = (struct store_acceptance){0};
	if (judgement->claim && judgement->verdict.is_quote_verified)
		judgement->accepted = *accepted;
}

static void show(const struct judgement *judgement, struct store_vm *vm)
{
	const struct attest_quote *quote = &judgement->side->quote;

	vm->status = judgement->verdict.status;
	vm->continuity = judgement->verdict.continuity;
	snprintf(vm->reason, sizeof(vm->reason), "%s",
		reason_name(judgement->verdict.reasons[0].code));
	vm->received_ms = judgement->now_ms;
	if (!judgement->claim)
		return; /* it shows no event, and is no guest's own name for itself */
	if (ends_announcement(judgement, vm)) {
		vm->announced = EVENT_NONE;
		vm->announced_until_ms = 0;
		vm->asked_ms = 0;
	}
	snprintf(vm->hostname, sizeof(vm->hostname), "%s",
		judgement->side->evidence->guest.hostname);
	disks_note(judgement->side->evidence, vm);
	if (!judgement->verdict.is_quote_verified)
		return;
	vm->reset_count = quote->reset_count;
	vm->restart_count = quote->restart_count;
	vm->clock_ms = quote->clock_ms;
	vm->is_safe = quote->is_safe;
}

void judgement_make(struct judgement *judgement, struct store_vm *vm)
{
	bool was_accepted = vm->enrolment == STORE_ENROLMENT_ACCEPTED;
	enum event event;

	judgement->heeds = heeds_announcement(judgement, vm);
	event = judgement->heeds ? vm->announced : told_event(judgement);
	judgement->is_kept = false;
	judgement->is_claim = false;
	judgement->moves_baseline = false;
	judgement->accepted = (struct store_acceptance){0};
	if (vm->enrolment == STORE_ENROLMENT_UNKNOWN)
		vm->enrolment = STORE_ENROLMENT_PENDING;
	if (judgement->claim)
		judge_signed(judgement, vm, event);
	else
		judge_distress(judgement, vm, event);
	if (judgement->is_kept)
		copies_settle(vm);
	if (judgement->is_kept && was_accepted)
		standing_carry(judgement, vm);
	else if (judgement->is_kept && !judgement->claim)
		standing_carry_waiting(judgement, vm);
	judgement->moves_baseline =
		judgement->moves_baseline && continuity_moves_baseline(&judgement->verdict);
	if (!judgement->is_kept)
		return;
	tell_acceptance(judgement, vm);
	show(judgement, vm);
}

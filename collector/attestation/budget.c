/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/attestation/budget.h"

#include <string.h>

#include "collector/proof/disks.h"
#include "collector/store/store_silence.h"

#define HOUR_MS (3600 * 1000UL)

static bool is_accepted(const struct store_vm *vm)
{
	return vm->enrolment == STORE_ENROLMENT_ACCEPTED;
}

/* A clock that was set back begins a new hour, and so does being let in: what anybody sent while
 * the VM waited is not charged to it. */
static bool is_new_hour(const struct store_vm *vm, uint64_t now_ms)
{
	if (is_accepted(vm) && vm->has_pending_ek)
		return true;
	return now_ms < vm->hour_ms || now_ms - vm->hour_ms >= HOUR_MS;
}

/* Whether the VM has used `part` halves of its hour. */
static enum limit spent(const struct budget *budget, const struct store_vm *vm, uint64_t now_ms,
	uint64_t bytes, unsigned part)
{
	if (is_new_hour(vm, now_ms))
		return LIMIT_NONE;
	if (budget->reports && vm->hour_reports >= (budget->reports * part + 1) / 2)
		return LIMIT_REPORTS_PER_VM;
	if (budget->bytes && vm->hour_bytes + bytes > budget->bytes * part / 2)
		return LIMIT_BYTES_PER_VM;
	return LIMIT_NONE;
}

static bool is_same_verdict(const struct judgement *judgement, const struct store_vm *vm)
{
	const struct verdict *verdict = &judgement->verdict;

	return vm->head.id && verdict->status == vm->status &&
	       verdict->continuity == vm->continuity &&
	       !strcmp(reason_name(verdict->reasons[0].code), vm->reason);
}

/* A receipt of another report than the newest: there may be two copies. */
static bool is_behind(const struct judgement *judgement, const struct store_vm *vm)
{
	const struct store_link *shown = &judgement->shown.report;

	return judgement->shown.root && memcmp(shown, &vm->head, sizeof(*shown)) != 0;
}

/* Somebody waits for a report of this VM, and not in vain. */
static bool is_waited_for(const struct judgement *judgement, const struct store_vm *before)
{
	return before->asked_ms && judgement->now_ms < before->announced_until_ms;
}

/* Whether it says what the VM's newest report says, and nobody waits for it, or waited in vain. */
static bool is_unchanged(const struct judgement *judgement, const struct store_vm *before,
	const struct store_vm *after)
{
	const struct attest_quote *quote = &judgement->side->quote;

	if (judgement->verdict.event != EVENT_NONE || before->announced != EVENT_NONE)
		return false;
	if (before->asked_ms || !is_same_verdict(judgement, before))
		return false;
	if (!disks_are_same(before, after) || store_silence_changes(before, judgement->next_s))
		return false;
	if (!judgement->claim)
		return true;
	if (!is_accepted(before))
		return before->has_pending_ek &&
		       !memcmp(before->pending_ek, judgement->claim->ek.data, STORE_HASH_SIZE);
	if (is_behind(judgement, before))
		return false;
	return quote->reset_count == before->reset_count &&
	       quote->restart_count == before->restart_count && before->ek_count == after->ek_count;
}

static struct budget_decision refuse(
	enum limit limit, const struct store_vm *before, uint64_t now_ms)
{
	struct budget_decision decision = {.answer = BUDGET_REFUSE, .limit = limit, .retry_s = 300};

	if (limit == LIMIT_REPORTS_PER_VM || limit == LIMIT_BYTES_PER_VM)
		decision.retry_s = (unsigned)((before->hour_ms + HOUR_MS - now_ms) / 1000 + 1);
	return decision;
}

static struct budget_decision decide_pending(const struct budget *budget,
	const struct judgement *judgement, const struct store_vm *before, bool is_unchanged,
	uint64_t bytes)
{
	const bool drops = judgement->claim && before->head.id;
	const uint64_t replaced = drops ? before->pending_bytes : 0;
	uint64_t all = atomic_load(&budget->room->pending_bytes);
	enum limit limit = spent(budget, before, judgement->now_ms, bytes, 2);

	all -= all < replaced ? all : replaced;
	if (is_unchanged)
		return (struct budget_decision){.answer = BUDGET_NOTE};
	if (room_is_short(budget->room))
		limit = LIMIT_STORE_SIZE;
	else if (budget->pending_bytes && all + bytes > budget->pending_bytes)
		limit = LIMIT_PENDING_SIZE;
	else if (!before->head.id && budget->pending &&
		 atomic_load(&budget->room->pending) >= budget->pending)
		limit = LIMIT_PENDING;
	if (limit)
		return refuse(limit, before, judgement->now_ms);
	return (struct budget_decision){.answer = BUDGET_KEEP, .drops = drops};
}

struct budget_decision budget_decide(const struct budget *budget, const struct judgement *judgement,
	const struct store_vm *before, const struct store_vm *after, uint64_t bytes)
{
	const bool is_same = is_unchanged(judgement, before, after);
	const bool is_short = room_is_short(budget->room);
	enum limit limit = spent(budget, before, judgement->now_ms, bytes, 2);
	bool is_urgent, is_worse;

	if (!is_accepted(after))
		return decide_pending(budget, judgement, before, is_same, bytes);
	if (is_same && (is_short || spent(budget, before, judgement->now_ms, bytes, 1)))
		return (struct budget_decision){.answer = BUDGET_NOTE};
	/* What is left of a store belongs to what changes of VMs that are known. */
	if (is_short && !is_accepted(before))
		return refuse(LIMIT_STORE_SIZE, before, judgement->now_ms);
	/* What is worse comes at most three times. What is waited for may take the hour's budget
	 * once more: it may come again and again, and answer nothing. */
	is_worse = judgement->verdict.status > before->status;
	is_urgent = is_waited_for(judgement, before) || before->awaited_s || before->silent_ms;
	if (is_urgent)
		limit = spent(budget, before, judgement->now_ms, bytes, 4);
	if (limit && !is_worse && is_accepted(before))
		return refuse(limit, before, judgement->now_ms);
	return (struct budget_decision){.answer = BUDGET_KEEP};
}

static void begin_hour(struct store_vm *vm, uint64_t now_ms)
{
	if (!is_new_hour(vm, now_ms))
		return;
	vm->hour_ms = now_ms;
	vm->hour_reports = vm->hour_bytes = 0;
}

/* What was asked for before an event was announced says nothing of it. */
static void hear(const struct judgement *judgement, struct store_vm *vm)
{
	const bool is_of_before = judgement->claim && vm->announced != EVENT_NONE &&
				  judgement->announcement_ms != vm->announced_until_ms;
	const uint32_t awaited_s = is_of_before ? vm->awaited_s : 0;

	store_silence_hear(vm, judgement->next_s);
	if (awaited_s)
		store_silence_await(vm, awaited_s);
}

void budget_charge(
	const struct judgement *judgement, bool drops, uint64_t bytes, struct store_vm *vm)
{
	vm->seen_ms = judgement->now_ms;
	begin_hour(vm, judgement->now_ms);
	vm->hour_reports++;
	vm->hour_bytes += bytes;
	hear(judgement, vm);
	if (is_accepted(vm)) {
		vm->has_pending_ek = false;
		vm->pending_bytes = 0;
		return;
	}
	vm->pending_bytes = bytes + (drops ? 0 : vm->pending_bytes);
	if (!judgement->claim)
		return;
	vm->has_pending_ek = true;
	memcpy(vm->pending_ek, judgement->claim->ek.data, STORE_HASH_SIZE);
}

enum limit budget_limit_log(
	const struct budget *budget, const struct store_vm *vm, uint64_t now_ms, uint64_t bytes)
{
	if (room_is_short(budget->room))
		return LIMIT_STORE_SIZE;
	if (budget->bytes && !is_new_hour(vm, now_ms) && vm->hour_bytes + bytes > budget->bytes / 2)
		return LIMIT_BYTES_PER_VM;
	return LIMIT_NONE;
}

enum limit budget_charge_log(
	const struct budget *budget, uint64_t now_ms, uint64_t bytes, struct store_vm *vm)
{
	enum limit limit = budget_limit_log(budget, vm, now_ms, bytes);

	if (limit)
		return limit;
	begin_hour(vm, now_ms);
	vm->hour_bytes += bytes;
	return LIMIT_NONE;
}

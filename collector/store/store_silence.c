/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/store/store_silence.h"

#include <inttypes.h>
#include <stdio.h>

/* More than a look and the wait for the next one take, less than a VM must promise. */
#define GAP_MS  45000
/* Behind an outage whoever promised nothing has this time to be heard. */
#define BACK_MS UINT64_C(3600000)

static uint64_t promise_ms(const struct store_vm *vm)
{
	return 2000 * (uint64_t)vm->interval_s;
}

static uint64_t wait_ms(const struct store_vm *vm)
{
	return 1000 * (uint64_t)vm->awaited_s;
}

static uint64_t later(uint64_t left, uint64_t right)
{
	return left > right ? left : right;
}

static uint64_t earlier(uint64_t left, uint64_t right)
{
	if (!left || !right)
		return left ? left : right;
	return left < right ? left : right;
}

/* Whoever nobody accepted is forgotten some day, and missed by nobody. */
static bool is_missed(const struct store_vm *vm)
{
	return vm->enrolment == STORE_ENROLMENT_ACCEPTED && !vm->silent_ms;
}

/* The index is written when a VM's time comes nearer, and when it was looked at: not at each
 * report, which only moves it further away. */
static void expect(struct store_vm *vm)
{
	uint64_t due_ms = earlier(vm->interval_s ? vm->seen_ms + promise_ms(vm) : 0,
		vm->awaited_s ? vm->announced_until_ms : 0);

	if (!is_missed(vm) || !due_ms)
		vm->check_ms = 0;
	else
		vm->check_ms = earlier(vm->check_ms, due_ms);
}

static uint32_t bounded(uint32_t next_s)
{
	if (next_s < STORE_NEXT_LEAST_S)
		return STORE_NEXT_LEAST_S;
	return next_s < STORE_NEXT_MOST_S ? next_s : STORE_NEXT_MOST_S;
}

void store_silence_hear(struct store_vm *vm, uint32_t next_s)
{
	if (next_s)
		vm->interval_s = bounded(next_s);
	vm->awaited_s = 0;
	vm->silent_ms = 0;
	expect(vm);
}

bool store_silence_changes(const struct store_vm *vm, uint32_t next_s)
{
	return vm->silent_ms || vm->awaited_s || (next_s && bounded(next_s) != vm->interval_s);
}

void store_silence_await(struct store_vm *vm, uint32_t seconds)
{
	vm->awaited_s = seconds;
	expect(vm);
}

/* A time that is still to come is of before the clock was set back. */
static uint64_t due_ms(
	uint64_t begin_ms, uint64_t span_ms, const struct store_watch *watch, uint64_t now_ms)
{
	if (!span_ms)
		return 0;
	if (begin_ms > now_ms || begin_ms < watch->since_ms)
		begin_ms = watch->since_ms;
	return begin_ms + span_ms;
}

bool store_silence_look(
	struct store_vm *vm, const struct store_watch *watch, uint64_t now_ms, char ret_why[128])
{
	const uint64_t promised_ms = due_ms(vm->seen_ms, promise_ms(vm), watch, now_ms);
	const uint64_t awaited_ms =
		due_ms(vm->announced_until_ms - wait_ms(vm), wait_ms(vm), watch, now_ms);
	char seen[TEXT_TIME_SIZE];

	vm->check_ms = is_missed(vm) ? earlier(promised_ms, awaited_ms) : 0;
	if (!vm->check_ms || vm->check_ms > now_ms)
		return false;
	text_time_ms(vm->seen_ms, seen);
	if (vm->check_ms == awaited_ms)
		snprintf(ret_why, 128, "no report since %s, and %s was announced", seen,
			event_name(vm->announced));
	else
		snprintf(ret_why, 128, "no report since %s, and one was due within %" PRIu32 " s",
			seen, vm->interval_s);
	vm->silent_ms = vm->seen_ms < now_ms ? vm->seen_ms : now_ms;
	vm->check_ms = 0;
	return true;
}

bool store_silence_is_over(const struct store_vm *vm, const struct store_watch *watch,
	uint64_t event_ms, uint64_t span_ms, uint64_t now_ms)
{
	const uint64_t patience_ms = later(promise_ms(vm), BACK_MS);
	const uint64_t begin_ms = later(vm->silent_ms, later(event_ms, vm->claimed_ms));

	/* What is contraindicated ends by a person alone. */
	if (!vm->silent_ms || vm->status == VERDICT_CONTRAINDICATED || !watch->since_ms)
		return false;
	return now_ms >= begin_ms + span_ms && now_ms >= watch->since_ms + patience_ms;
}

bool store_silence_is_heard(const struct store_vm *vm, uint64_t now_ms)
{
	return !vm->silent_ms && now_ms <= vm->seen_ms + later(promise_ms(vm), BACK_MS);
}

void store_watch_go_on(struct store_watch *watch, uint64_t now_ms)
{
	const uint64_t apart_ms =
		now_ms < watch->ran_ms ? watch->ran_ms - now_ms : now_ms - watch->ran_ms;

	/* Instances' clocks differ a little. */
	if (apart_ms > GAP_MS)
		watch->since_ms = now_ms;
	watch->ran_ms = now_ms;
}

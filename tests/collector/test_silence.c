/* SPDX-License-Identifier: BSD-2-Clause */
/* When a VM is silent, by what was promised, what was announced, and since when anybody listens. */
#include "tests/unit/unit.h"

#include <string.h>

#include "collector/store/store_silence.h"

#define MINUTE UINT64_C(60000)
#define HOUR   (60 * MINUTE)
#define START  (1000 * HOUR)

static struct store_vm heard(uint64_t seen_ms, uint32_t next_s)
{
	struct store_vm vm = {.enrolment = STORE_ENROLMENT_ACCEPTED, .seen_ms = seen_ms};

	store_silence_hear(&vm, next_s);
	return vm;
}

static bool is_silent(struct store_vm *vm, uint64_t since_ms, uint64_t now_ms)
{
	const struct store_watch watch = {.since_ms = since_ms, .ran_ms = now_ms};
	char why[128] = "";
	bool is = store_silence_look(vm, &watch, now_ms, why);

	assert_int_equal(is, *why != 0);
	assert_int_equal(is, vm->silent_ms != 0);
	return is;
}

static void test_twice_what_was_promised(void **state)
{
	static const struct {
		uint32_t promised_s, heeded_s;
	} rows[] = {
		{300, 300}, {1, 60}, {59, 60}, {60, 60}, {2592000, 2592000}, {UINT32_MAX, 2592000}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct store_vm vm = heard(START, rows[i].promised_s);
		uint64_t due_ms = START + 2000 * (uint64_t)rows[i].heeded_s;

		assert_int_equal(vm.interval_s, rows[i].heeded_s);
		assert_int_equal(vm.check_ms, due_ms);
		assert_false(is_silent(&vm, START - HOUR, due_ms - 1));
		assert_int_equal(vm.check_ms, due_ms);
		assert_true(is_silent(&vm, START - HOUR, due_ms));
		assert_int_equal(vm.silent_ms, START);
		assert_int_equal(vm.check_ms, 0);
	}
}

static void test_who_promised_nothing(void **state)
{
	struct store_vm vm = heard(START, 0), pending = {.enrolment = STORE_ENROLMENT_PENDING};

	(void)state;
	assert_int_equal(vm.check_ms, 0);
	assert_false(is_silent(&vm, START, START + 9000 * HOUR));
	/* Nobody misses whom nobody accepted. */
	store_silence_hear(&pending, 60);
	assert_int_equal(pending.check_ms, 0);
	assert_false(is_silent(&pending, START, START + 9000 * HOUR));
	/* A report without a promise leaves the last one. */
	vm = heard(START, 300);
	store_silence_hear(&vm, 0);
	assert_int_equal(vm.interval_s, 300);
}

/* A report moves the time further away without writing when to look. */
static void test_looks_late_and_seldom(void **state)
{
	struct store_vm vm = heard(START, 300);
	uint64_t check_ms = vm.check_ms;

	(void)state;
	vm.seen_ms += 5 * MINUTE;
	store_silence_hear(&vm, 300);
	assert_int_equal(vm.check_ms, check_ms);
	assert_false(store_silence_changes(&vm, 300));
	assert_false(is_silent(&vm, START, check_ms));
	assert_int_equal(vm.check_ms, check_ms + 5 * MINUTE);
	assert_true(store_silence_changes(&vm, 301));
	store_silence_hear(&vm, 60);
	assert_int_equal(vm.check_ms, vm.seen_ms + 2 * MINUTE);
}

static void test_an_announcement(void **state)
{
	struct store_vm vm = heard(START, 0);

	(void)state;
	vm.announced_until_ms = START + 15 * MINUTE;
	vm.announced = EVENT_COLD_MIGRATION;
	store_silence_await(&vm, 600);
	assert_true(store_silence_changes(&vm, 0));
	assert_false(is_silent(&vm, START, START + 15 * MINUTE - 1));
	assert_true(is_silent(&vm, START, START + 15 * MINUTE));
	store_silence_hear(&vm, 0);
	assert_int_equal(vm.silent_ms + vm.awaited_s + vm.check_ms, 0);
	/* It is withdrawn. */
	store_silence_await(&vm, 600);
	store_silence_await(&vm, 0);
	assert_false(is_silent(&vm, START, START + HOUR));
	/* Half of its time nobody listened. */
	store_silence_await(&vm, 600);
	assert_false(is_silent(&vm, START + 10 * MINUTE, START + 15 * MINUTE));
	assert_int_equal(vm.check_ms, START + 20 * MINUTE);
	assert_true(is_silent(&vm, START + 10 * MINUTE, START + 20 * MINUTE));
}

/* Behind a gap, and behind a clock that was set back, everybody has his time anew. */
static void test_gaps(void **state)
{
	struct store_watch watch = {0};
	struct store_vm vm = heard(START, 300);

	(void)state;
	store_watch_go_on(&watch, START);
	assert_int_equal(watch.since_ms, START);
	store_watch_go_on(&watch, START + 5000);
	assert_int_equal(watch.since_ms, START);
	assert_int_equal(watch.ran_ms, START + 5000);
	store_watch_go_on(&watch, START + HOUR);
	assert_int_equal(watch.since_ms, START + HOUR);
	assert_false(is_silent(&vm, watch.since_ms, START + HOUR));
	assert_int_equal(vm.check_ms, START + HOUR + 10 * MINUTE);
	store_watch_go_on(&watch, START - HOUR);
	assert_int_equal(watch.since_ms, START - HOUR);
	assert_false(is_silent(&vm, watch.since_ms, START - HOUR + 10 * MINUTE - 1));
	assert_true(is_silent(&vm, watch.since_ms, START - HOUR + 10 * MINUTE));
	assert_int_equal(vm.silent_ms, START - HOUR + 10 * MINUTE);
}

static void test_silent_for_so_long_that_it_is_over(void **state)
{
	static const struct {
		uint64_t silent_ms, event_ms, since_ms, now_ms;
		bool is_over;
	} rows[] = {
		{START, START + HOUR, START, START + 25 * HOUR, true},
		{START, START + HOUR, START, START + 25 * HOUR - 1, false},
		{START, 0, START, START + 24 * HOUR, true},
		{0, 0, START, START + 900 * HOUR, false},
		/* Found silent late, behind an outage: it has its time anew. */
		{START, START + 800 * HOUR, START + 700 * HOUR, START + 801 * HOUR, false},
		/* The collector was away until now: it may be heard at once. */
		{START, START, START + 100 * HOUR, START + 101 * HOUR - 1, false},
		{START, START, START + 100 * HOUR, START + 101 * HOUR, true},
		{START, START, 0, START + 101 * HOUR, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct store_vm vm = {.silent_ms = rows[i].silent_ms};
		const struct store_watch watch = {.since_ms = rows[i].since_ms};

		assert_int_equal(store_silence_is_over(
					 &vm, &watch, rows[i].event_ms, 24 * HOUR, rows[i].now_ms),
			rows[i].is_over);
	}
}

/* Whoever promised a report in four hours has twice that. */
static void test_as_patient_as_it_promised(void **state)
{
	const struct store_vm vm = {.silent_ms = START, .interval_s = 4 * 3600};
	const struct store_watch watch = {.since_ms = START + 100 * HOUR};

	(void)state;
	assert_false(store_silence_is_over(&vm, &watch, START, 24 * HOUR, START + 108 * HOUR - 1));
	assert_true(store_silence_is_over(&vm, &watch, START, 24 * HOUR, START + 108 * HOUR));
}

/* What only a person may end, and whom somebody else's keys claimed to be not long ago. */
static void test_spared(void **state)
{
	const struct store_watch watch = {.since_ms = START};
	struct store_vm vm = {.silent_ms = START, .status = VERDICT_WARNING};

	(void)state;
	assert_true(store_silence_is_over(&vm, &watch, START, 24 * HOUR, START + 900 * HOUR));
	vm.status = VERDICT_CONTRAINDICATED;
	assert_false(store_silence_is_over(&vm, &watch, START, 24 * HOUR, START + 900 * HOUR));
	vm.status = VERDICT_AFFIRMING;
	vm.claimed_ms = START + 17 * HOUR;
	assert_false(store_silence_is_over(&vm, &watch, START, 24 * HOUR, START + 41 * HOUR - 1));
	assert_true(store_silence_is_over(&vm, &watch, START, 24 * HOUR, START + 41 * HOUR));
}

static void test_who_is_heard(void **state)
{
	struct store_vm vm = heard(START, 4 * 3600);

	(void)state;
	assert_true(store_silence_is_heard(&vm, START + 8 * HOUR));
	assert_false(store_silence_is_heard(&vm, START + 8 * HOUR + 1));
	vm.silent_ms = START;
	assert_false(store_silence_is_heard(&vm, START));
	vm = heard(START, 0);
	assert_true(store_silence_is_heard(&vm, START + HOUR));
	assert_false(store_silence_is_heard(&vm, START + HOUR + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silent_for_so_long_that_it_is_over),
		cmocka_unit_test(test_as_patient_as_it_promised),
		cmocka_unit_test(test_spared),
		cmocka_unit_test(test_who_is_heard),
		cmocka_unit_test(test_twice_what_was_promised),
		cmocka_unit_test(test_who_promised_nothing),
		cmocka_unit_test(test_looks_late_and_seldom),
		cmocka_unit_test(test_an_announcement),
		cmocka_unit_test(test_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

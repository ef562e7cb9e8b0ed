/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is forgotten since nothing was heard of him, who is spared, and what keeps all of them. */
#include "collector/forget.h"

#include <semaphore.h>
#include <stdio.h>

#include "platform/system.h"
#include "tests/collector/fixture.h"

#define DAY_MS    UINT64_C(86400000)
#define MINUTE_MS 60000
#define DAYS      30
#define HEARD     1 /* this VM reports */

static struct store_vm to_be; /* what edit() makes of a VM */

static void edit(struct store_vm *vm)
{
	vm->enrolment = STORE_ENROLMENT_ACCEPTED;
	vm->status = to_be.status;
	vm->seen_ms = to_be.seen_ms;
	vm->silent_ms = to_be.silent_ms;
	vm->claimed_ms = to_be.claimed_ms;
}

static void add(struct fixture *fixture, unsigned int number, struct store_vm vm)
{
	struct order order = order_make(1, "e");

	order.edit = edit;
	order.appraisal.status = vm.status;
	to_be = vm;
	fixture_write(fixture, &order, fixture_uuid(number));
}

static void add_silent(struct fixture *fixture, unsigned int number)
{
	const uint64_t then_ms = platform_wall_clock_ms() - 40 * DAY_MS;

	add(fixture, number, (struct store_vm){.seen_ms = then_ms, .silent_ms = then_ms});
}

/* The silent ones are so for 40 days. */
static void add_fleet(struct fixture *fixture, unsigned int silent, unsigned int heard)
{
	const uint64_t now_ms = platform_wall_clock_ms();

	for (unsigned int i = 0; i < heard; i++)
		add(fixture, HEARD + i, (struct store_vm){.seen_ms = now_ms});
	for (unsigned int i = 0; i < silent; i++)
		add_silent(fixture, 1000 + i);
}

struct run {
	struct store *store;
	enum forget_brake brake;
	sem_t done;
};

static void work(struct ticker *ticker, bool is_due, void *context)
{
	struct run *run = context;

	(void)is_due;
	forget_silent(run->store, DAYS, &run->brake, ticker);
	sem_post(&run->done);
}

/* The last look was `ago_ms` ago. */
static enum forget_brake pass_behind(struct fixture *fixture, int64_t ago_ms)
{
	const uint64_t now_ms = platform_wall_clock_ms();
	const struct store_watch watch = {
		.since_ms = now_ms - 90 * DAY_MS, .ran_ms = now_ms - (uint64_t)ago_ms};
	struct run run = {.store = fixture->store};
	struct ticker *ticker;

	assert_int_equal(store_write_watch(fixture->store, &watch, &fixture->err), 0);
	sem_init(&run.done, 0, 0);
	assert_int_equal(ticker_start(&ticker, "test", 0, work, &run, &fixture->err), 0);
	ticker_wake(ticker);
	sem_wait(&run.done);
	ticker_stop(ticker);
	sem_destroy(&run.done);
	return run.brake;
}

static enum forget_brake pass(struct fixture *fixture)
{
	return pass_behind(fixture, 0);
}

static uint64_t count_silent(struct fixture *fixture)
{
	struct store_counts counts;

	assert_int_equal(store_count_vms(fixture->store, &counts, &fixture->err), 0);
	return counts.silent;
}

static void test_the_silent_go(void **state)
{
	struct fixture *fixture = *state;

	add_fleet(fixture, 10, 1);
	assert_int_equal(pass(fixture), FORGET_BRAKE_NONE);
	assert_int_equal(count_silent(fixture), 0);
	fixture_vm(fixture, HEARD);
}

static void judge_token(struct store_change *change, void *context)
{
	static const struct store_audit audit = {.action = STORE_TOKEN_ACTION};

	change->tokens = context;
	change->token_count = 1;
	change->audit = &audit;
}

static bool make_token(struct fixture *fixture, unsigned int vm, uint64_t ms)
{
	struct store_token token = {.made_ms = ms, .digest = {(uint8_t)vm, (uint8_t)(vm >> 8)}};
	struct store_item item = {.judge = judge_token, .context = &token};
	struct store_batch batch = {.items = &item, .item_count = 1};

	snprintf(token.uuid, sizeof(token.uuid), "%s", fixture_uuid(vm));
	return store_write(fixture->store, &batch, &fixture->err) == 0;
}

static void test_spared(void **state)
{
	struct fixture *fixture = *state;
	const uint64_t then_ms = platform_wall_clock_ms() - 40 * DAY_MS;

	add_fleet(fixture, 3, 1);
	add(fixture, 2001,
		(struct store_vm){.seen_ms = then_ms,
			.silent_ms = then_ms,
			.status = VERDICT_CONTRAINDICATED});
	add(fixture, 2002,
		(struct store_vm){.seen_ms = then_ms,
			.silent_ms = then_ms,
			.claimed_ms = then_ms + 11 * DAY_MS});
	assert_true(make_token(fixture, 1000, then_ms));
	assert_true(make_token(fixture, 1001, then_ms + 11 * DAY_MS));
	assert_int_equal(pass(fixture), FORGET_BRAKE_NONE);
	assert_int_equal(count_silent(fixture), 3);
	fixture_vm(fixture, 2001);
	fixture_vm(fixture, 2002);
	fixture_vm(fixture, 1001);
}

/* Nobody has looked yet who is silent, since the collector was away or its clock was set. */
static void test_a_gap_that_ends_now(void **state)
{
	struct fixture *fixture = *state;

	add_fleet(fixture, 3, 1);
	pass_behind(fixture, 5 * MINUTE_MS);
	assert_int_equal(count_silent(fixture), 3);
	pass_behind(fixture, -5 * MINUTE_MS);
	assert_int_equal(count_silent(fixture), 3);
}

static void test_nobody_is_heard(void **state)
{
	struct fixture *fixture = *state;

	add_fleet(fixture, 3, 0);
	assert_int_equal(pass(fixture), FORGET_BRAKE_UNHEARD);
	assert_int_equal(count_silent(fixture), 3);
}

static void test_more_than_a_tenth(void **state)
{
	struct fixture *fixture = *state;

	add_fleet(fixture, 11, 98);
	assert_int_equal(pass(fixture), FORGET_BRAKE_MANY);
	assert_int_equal(count_silent(fixture), 11);
	add(fixture, HEARD + 98, (struct store_vm){.seen_ms = platform_wall_clock_ms()});
	assert_int_equal(pass(fixture), FORGET_BRAKE_NONE);
	assert_int_equal(count_silent(fixture), 0);
}

static void test_an_older_copy(void **state)
{
	struct fixture *fixture = *state;

	add_fleet(fixture, 3, 1);
	store_note_lost(fixture->store, 4711);
	assert_int_equal(pass(fixture), FORGET_BRAKE_LOST);
	assert_int_equal(count_silent(fixture), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH(test_the_silent_go),
		ON_EACH(test_spared),
		ON_EACH(test_a_gap_that_ends_now),
		ON_EACH(test_nobody_is_heard),
		ON_EACH(test_more_than_a_tenth),
		ON_EACH(test_an_older_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

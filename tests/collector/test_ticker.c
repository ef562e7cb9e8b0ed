/* SPDX-License-Identifier: BSD-2-Clause */
/* When a ticker works: at once, in its time, when it is woken, and no more when it is stopped. */
#include "tests/unit/unit.h"

#include <stdatomic.h>

#include "collector/ticker.h"
#include "platform/system.h"

#define NEVER_MS 3600000
#define SOON_MS  50

struct log {
	atomic_uint due, woken, rested;
	unsigned rest_ms;
};

static void work(struct ticker *ticker, bool is_due, void *context)
{
	struct log *log = context;

	atomic_fetch_add(is_due ? &log->due : &log->woken, 1);
	if (log->rest_ms)
		atomic_fetch_add(&log->rested, ticker_rest(ticker, log->rest_ms));
}

static struct ticker *start(struct log *log, unsigned every_ms)
{
	struct ticker *ticker = NULL;
	struct error err;

	assert_int_equal(ticker_start(&ticker, "a test", every_ms, work, log, &err), 0);
	return ticker;
}

/* Up to ten seconds. */
static void wait_for(atomic_uint *count, unsigned wanted)
{
	for (unsigned i = 0; i < 10000 && atomic_load(count) < wanted; i++)
		platform_sleep_us(1000);
	assert_int_equal(atomic_load(count), wanted);
}

static void test_at_once_and_when_woken(void **state)
{
	struct log log = {0};
	struct ticker *ticker = start(&log, NEVER_MS);

	(void)state;
	wait_for(&log.due, 1);
	for (unsigned i = 1; i < 4; i++) {
		ticker_wake(ticker);
		wait_for(&log.woken, i);
	}
	ticker_stop(ticker);
	assert_int_equal(atomic_load(&log.due), 1);
}

static void test_only_when_woken(void **state)
{
	struct log log = {0};
	struct ticker *ticker = start(&log, 0);

	(void)state;
	platform_sleep_us(SOON_MS * 1000);
	assert_int_equal(atomic_load(&log.due) + atomic_load(&log.woken), 0);
	ticker_wake(ticker);
	wait_for(&log.woken, 1);
	platform_sleep_us(SOON_MS * 1000);
	ticker_stop(ticker);
	assert_int_equal(atomic_load(&log.due) + atomic_load(&log.woken), 1);
}

/* Somebody who wakes it all the time does not keep it from what is due. */
static void test_due_though_woken(void **state)
{
	struct log log = {0};
	struct ticker *ticker = start(&log, SOON_MS);

	(void)state;
	for (unsigned i = 0; i < 10000 && atomic_load(&log.due) < 3; i++) {
		ticker_wake(ticker);
		platform_sleep_us(1000);
	}
	ticker_stop(ticker);
	assert_true(atomic_load(&log.due) >= 3 && atomic_load(&log.due) <= 4);
	assert_true(atomic_load(&log.woken) >= 4 && atomic_load(&log.woken) <= 10000);
}

/* Rest is not for whoever wakes it to end, but for the stop. */
static void test_rest(void **state)
{
	struct log log = {.rest_ms = SOON_MS};
	uint64_t begin_ms = platform_monotonic_ms();
	struct ticker *ticker = start(&log, NEVER_MS);

	(void)state;
	wait_for(&log.due, 1);
	ticker_wake(ticker);
	wait_for(&log.rested, 1);
	assert_true(platform_monotonic_ms() - begin_ms >= SOON_MS);
	wait_for(&log.woken, 1); /* after the rest */
	ticker_stop(ticker);

	log = (struct log){.rest_ms = NEVER_MS};
	ticker = start(&log, NEVER_MS);
	wait_for(&log.due, 1);
	ticker_stop(ticker);
	assert_int_equal(atomic_load(&log.rested), 0);
	ticker_stop(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_once_and_when_woken),
		cmocka_unit_test(test_only_when_woken),
		cmocka_unit_test(test_due_though_woken),
		cmocka_unit_test(test_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

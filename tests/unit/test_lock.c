/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory that one process at a time has for itself. */
#include "platform/system.h"
#include "tests/unit/unit.h"

#define DIRECTORY "."
#define WAIT_US   300000

static void test_one_at_a_time(void **state)
{
	uint64_t begin_us = platform_monotonic_us();
	intptr_t first = -2, second = -2;
	struct error err;

	(void)state;
	assert_int_equal(platform_lock_take(DIRECTORY, begin_us, &first, &err), 0);
	assert_int_equal(
		platform_lock_take(DIRECTORY, begin_us + WAIT_US, &second, &err), -ERROR_TIMEOUT);
	assert_true(platform_monotonic_us() - begin_us >= WAIT_US);
	assert_int_equal(second, -2);
	platform_lock_end(first);
	assert_int_equal(platform_lock_take(DIRECTORY, 0, &second, &err), 0);
	platform_lock_end(second);
}

static void test_nothing_to_lock(void **state)
{
	uint64_t begin_us = platform_monotonic_us();
	intptr_t lock;
	struct error err;

	(void)state;
	assert_int_equal(platform_lock_take("no-such-directory", begin_us + WAIT_US, &lock, &err),
		-ERROR_NOT_FOUND);
	assert_true(platform_monotonic_us() - begin_us < WAIT_US);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_nothing_to_lock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

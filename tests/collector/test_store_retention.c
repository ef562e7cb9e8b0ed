/* SPDX-License-Identifier: BSD-2-Clause */
/* What every store deletes in time of its reports. */
#include "tests/collector/fixture.h"

static size_t expire_all(struct fixture *fixture, uint64_t before_ms, size_t limit)
{
	uint64_t cursor = 0;
	size_t deleted, sum = 0;

	do {
		int rc = store_expire_appraisals(
			fixture->store, before_ms, limit, &cursor, &deleted, &fixture->err);

		assert_int_equal(rc, 0);
		sum += deleted;
	} while (cursor);
	return sum;
}

static void test_retention_keeps_chain_head_and_baseline(void **state)
{
	struct fixture *fixture = *state;
	struct order order = order_make(1, "a");
	struct whole_check check;

	order.is_baseline = true;
	fixture_write(fixture, &order, fixture_uuid(1));
	fixture_appraisal(fixture, 2, 2, "old");
	fixture_appraisal(fixture, 1, 3, "b");
	fixture_appraisal(fixture, 1, 4, "c");
	fixture_appraisal(fixture, 1, 10, "d");
	/* The clock was set back: what came behind a younger one stays with it. */
	fixture_appraisal(fixture, 1, 5, "e");
	fixture_appraisal(fixture, 1, 11, "f");
	assert_int_equal(expire_all(fixture, 9, 2), 2);
	assert_string_equal(fixture_timeline(fixture, 1, 0, 10), "f,e,d");
	assert_string_equal(fixture_timeline(fixture, 2, 0, 10), "old");
	order = (struct order){.is_silent = true};
	fixture_write(fixture, &order, fixture_uuid(1));
	assert_string_equal(order.baseline, "a");
	assert_int_equal(fixture_faults(fixture, &check), 0);
	assert_int_equal(check.appraisals, 4);
	assert_int_equal(expire_all(fixture, 9, 100), 0);
	/* With another baseline, the former one may go; then everything but the heads. */
	order = order_make(12, "g");
	order.is_baseline = true;
	fixture_write(fixture, &order, fixture_uuid(1));
	assert_int_equal(expire_all(fixture, 9, 3), 1);
	assert_int_equal(expire_all(fixture, 1000, 3), 3);
	assert_string_equal(fixture_timeline(fixture, 1, 0, 10), "g");
	fixture_appraisal(fixture, 1, 13, "h");
	fixture_reopen(fixture);
	assert_string_equal(fixture_timeline(fixture, 1, 0, 10), "h,g");
	assert_int_equal(fixture_faults(fixture, &check), 0);
	assert_int_equal(check.appraisals, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH(test_retention_keeps_chain_head_and_baseline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

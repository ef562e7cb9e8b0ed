/* SPDX-License-Identifier: BSD-2-Clause */
/* The verification's steps: how far each goes, and what may happen between two. What they find is
 * test_store_sqlite.c's. */
#include "collector/store/store_private.h"
#include "fixture.h"

#define REPORTS (2 * STORE_VERIFY_STEP + 10)

static void fill(struct fixture *fixture)
{
	for (unsigned int i = 1; i <= REPORTS; i++)
		fixture_appraisal(fixture, 1, i, "a");
}

static void step(struct fixture *fixture, struct store_verification *verification)
{
	if (store_verify_history(fixture->store, fixture_uuid(1), verification, &fixture->err))
		fail_msg("%s", fixture->err.message);
}

/* Everything received before `ms` goes. */
static void expire(struct fixture *fixture, uint64_t ms)
{
	uint64_t cursor = 0;
	size_t deleted;

	assert_int_equal(store_expire_appraisals(fixture->store, ms, STORE_BATCH_MAX, &cursor,
				 &deleted, &fixture->err),
		0);
	assert_int_equal(deleted, ms - 1);
}

static void test_history_goes_on_where_it_was(void **state)
{
	static const uint64_t counts[] = {STORE_VERIFY_STEP, 2 * STORE_VERIFY_STEP, REPORTS};
	struct store_verification verification = {0};
	struct fixture *fixture = *state;

	fill(fixture);
	for (size_t i = 0; i < COUNT(counts); i++) {
		assert_false(verification.is_done);
		step(fixture, &verification);
		assert_int_equal(verification.count, counts[i]);
	}
	assert_true(verification.is_done);
	assert_int_equal(verification.fault_count, 0);
}

static void test_audit_log_goes_on_where_it_was(void **state)
{
	static const uint64_t counts[] = {STORE_VERIFY_STEP, 2 * STORE_VERIFY_STEP, REPORTS};
	struct order order = {.is_silent = true, .audit = {.action = "accept", .actor = "bob"}};
	struct store_verification verification = {0};
	struct fixture *fixture = *state;

	for (unsigned int i = 1; i <= REPORTS; i++) {
		order.audit.at_ms = i;
		fixture_write(fixture, &order, "");
	}
	for (size_t i = 0; i < COUNT(counts); i++) {
		assert_false(verification.is_done);
		assert_int_equal(
			store_verify_audit(fixture->store, &verification, &fixture->err), 0);
		assert_int_equal(verification.count, counts[i]);
	}
	assert_true(verification.is_done);
	assert_int_equal(verification.fault_count, 0);
}

static void test_nothing_is_right(void **state)
{
	struct store_verification history = {0}, audit = {0};
	struct fixture *fixture = *state;

	assert_int_equal(
		store_verify_history(fixture->store, fixture_uuid(1), &history, &fixture->err),
		-ERROR_NOT_FOUND);
	assert_int_equal(store_verify_audit(fixture->store, &audit, &fixture->err), 0);
	assert_true(audit.is_done);
	assert_int_equal(audit.fault_count, 0);
}

/* What comes meanwhile is the next verification's; what goes is nobody's. */
static void test_reports_come_and_go_between_steps(void **state)
{
	static const struct {
		uint64_t expired_before; /* the second step would begin with report 74 */
		uint64_t count;
	} rows[] = {{74, STORE_VERIFY_STEP + 1}, {75, STORE_VERIFY_STEP}, {100, STORE_VERIFY_STEP},
		{REPORTS, STORE_VERIFY_STEP}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct store_verification verification = {0};
		struct fixture *fixture = *state;

		fill(fixture);
		step(fixture, &verification);
		assert_int_equal(verification.at.id, 74);
		fixture_appraisal(fixture, 1, REPORTS + 1, "b");
		expire(fixture, rows[i].expired_before);
		step(fixture, &verification);
		assert_true(verification.is_done);
		assert_int_equal(verification.fault_count, 0);
		assert_int_equal(verification.count, rows[i].count);
		store_close(fixture->store);
		fixture->store = NULL;
		assert_int_equal(store_memory_open(&fixture->store, &fixture->err), 0);
	}
}

/* A caller that goes on with another hash than the last step said. */
static void test_wrong_place_is_no_way_round(void **state)
{
	struct store_verification verification = {0};
	struct fixture *fixture = *state;

	fill(fixture);
	step(fixture, &verification);
	verification.at.hash[0] ^= 1;
	step(fixture, &verification);
	assert_int_equal(verification.faults[0].where, 74);
	assert_string_equal(
		verification.faults[0].what, "the report is not the one that was linked");
}

/* A store in which somebody writes the VM's record between any two looks at it. */
static struct {
	const struct store_ops *real;
	struct store_ops ops;
	uint64_t written, until; /* times; and then no more */
} busy;

static int read_busy_vm(
	struct store *store, const char *uuid, struct store_vm *ret_vm, struct error *err)
{
	int rc = busy.real->read_vm(store, uuid, ret_vm, err);

	if (busy.written < busy.until)
		busy.written++;
	ret_vm->revision += busy.written;
	return rc;
}

static int verify_busy(struct fixture *fixture, uint64_t until, struct store_verification *ret)
{
	int rc;

	*ret = (struct store_verification){0};
	busy.real = fixture->store->ops;
	busy.ops = *busy.real;
	busy.ops.read_vm = read_busy_vm;
	busy.written = 0;
	busy.until = until;
	fixture->store->ops = &busy.ops;
	rc = store_verify_history(fixture->store, fixture_uuid(1), ret, &fixture->err);
	fixture->store->ops = busy.real;
	return rc;
}

/* What is seen while the record changes may be no fault; what stays once it does not, is. */
static void test_record_changes_all_the_time(void **state)
{
	struct store_verification verification;
	struct fixture *fixture = *state;

	fixture_appraisal(fixture, 1, 1, "a");
	assert_int_equal(verify_busy(fixture, UINT64_MAX, &verification), -ERROR_TIMEOUT);
	assert_int_equal(verification.fault_count, 0);
	assert_false(verification.is_done);
	assert_int_equal(verify_busy(fixture, 3, &verification), 0);
	assert_true(verification.fault_count > 0);
	assert_int_equal(verify_busy(fixture, 0, &verification), 0);
	assert_int_equal(verification.fault_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH(test_history_goes_on_where_it_was),
		ON_EACH(test_audit_log_goes_on_where_it_was),
		ON_EACH(test_nothing_is_right),
		ON_EACH(test_wrong_place_is_no_way_round),
		ON_EACH(test_record_changes_all_the_time),
		cmocka_unit_test_setup_teardown(
			test_reports_come_and_go_between_steps, fixture_memory, fixture_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

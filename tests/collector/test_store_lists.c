/* SPDX-License-Identifier: BSD-2-Clause */
/* What every store lists: VMs, reports and audit events, in pages, and how many there are. */
#include <stdio.h>

#include "tests/collector/fixture.h"

static bool append_uuid(const struct store_vm *vm, void *context)
{
	buf_printf(context, "%s,", vm->uuid + 34);
	return true;
}

static void test_list_pages_and_filters(void **state)
{
	struct fixture *fixture = *state;
	struct store_query query = {.limit = 4};
	BUF_SCOPED text = {0};

	for (unsigned int i = 9; i >= 1; i--) {
		struct order order = order_make(1, "x");

		order.appraisal.status = i % 2 ? VERDICT_AFFIRMING : VERDICT_CONTRAINDICATED;
		fixture_write(fixture, &order, fixture_uuid(i));
	}
	for (unsigned int after = 0; after < 12; after += 4) {
		snprintf(query.after, sizeof(query.after), "%s", after ? fixture_uuid(after) : "");
		assert_int_equal(
			store_list_vms(fixture->store, &query, append_uuid, &text, &fixture->err),
			0);
		buf_append_text(&text, ";");
	}
	query = (struct store_query){
		.has_status = true, .status = VERDICT_CONTRAINDICATED, .limit = 2};
	snprintf(query.after, sizeof(query.after), "%s", fixture_uuid(2));
	store_list_vms(fixture->store, &query, append_uuid, &text, &fixture->err);
	assert_string_equal((char *)text.data, "01,02,03,04,;05,06,07,08,;09,;04,06,");
	query.limit = 0;
	assert_int_equal(store_list_vms(fixture->store, &query, append_uuid, &text, &fixture->err),
		-ERROR_INTERNAL);
}

static void name_host(struct store_vm *vm)
{
	snprintf(vm->hostname, sizeof(vm->hostname), "Web-%s", vm->uuid + 35);
}

static void test_list_searches(void **state)
{
	static const struct {
		const char *search, *after, *found;
		bool has_status;
	} cases[] = {
		{"web-1", "", "01,11,", false},
		{"00000000-0000-4000-8000-00000000001", "", "10,11,12,", false},
		{"0000-4000", "", "", false},
		{"eb-1", "00000000-0000-4000-8000-000000000001", "11,", false},
		{"web-", "", "02,04,06,08,10,12,", true},
		{"%", "", "", false},
		{"' or 1=1 --", "", "", false},
	};
	struct fixture *fixture = *state;

	for (unsigned int i = 1; i <= 12; i++) {
		struct order order = order_make(1, "x");

		order.edit = name_host;
		order.appraisal.status = i % 2 ? VERDICT_AFFIRMING : VERDICT_CONTRAINDICATED;
		fixture_write(fixture, &order, fixture_uuid(i));
	}
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct store_query query = {.limit = 100,
			.has_status = cases[i].has_status,
			.status = VERDICT_CONTRAINDICATED};
		BUF_SCOPED text = {0};

		snprintf(query.search, sizeof(query.search), "%s", cases[i].search);
		snprintf(query.after, sizeof(query.after), "%s", cases[i].after);
		assert_int_equal(
			store_list_vms(fixture->store, &query, append_uuid, &text, &fixture->err),
			0);
		assert_string_equal(text.data ? (char *)text.data : "", cases[i].found);
	}
}

static void seal_disks(struct store_vm *vm)
{
	unsigned number = (unsigned)(vm->uuid[35] - '0');

	name_host(vm);
	vm->disks_sealed = 3;
	vm->disks_failing = number % 3;
}

static void list_disks(struct fixture *fixture, const struct store_query *query, struct buf *text)
{
	if (store_list_vms(fixture->store, query, append_uuid, text, &fixture->err))
		fail_msg("%s", fixture->err.message);
	buf_append_text(text, ";");
}

static void test_lists_disks_that_will_not_open(void **state)
{
	struct fixture *fixture = *state;
	struct store_query query = {.limit = 3, .has_failing_disks = true};
	struct store_counts counts;
	BUF_SCOPED text = {0};

	for (unsigned int i = 1; i <= 9; i++) {
		struct order order = order_make(1, "x");

		order.edit = seal_disks;
		order.appraisal.status = i % 2 ? VERDICT_AFFIRMING : VERDICT_CONTRAINDICATED;
		fixture_write(fixture, &order, fixture_uuid(i));
	}
	list_disks(fixture, &query, &text);
	snprintf(query.after, sizeof(query.after), "%s", fixture_uuid(4));
	list_disks(fixture, &query, &text);
	*query.after = 0;
	query.limit = 9;
	query.has_status = true;
	query.status = VERDICT_CONTRAINDICATED;
	list_disks(fixture, &query, &text);
	query.has_status = false;
	snprintf(query.search, sizeof(query.search), "web-7");
	list_disks(fixture, &query, &text);
	assert_string_equal((char *)text.data, "01,02,04,;05,07,08,;02,04,08,;07,;");
	assert_int_equal(store_count_vms(fixture->store, &counts, &fixture->err), 0);
	assert_int_equal(counts.disks_vms, 6);
	assert_int_equal(counts.disks_failing, 9);
}

static void fall_silent(struct store_vm *vm)
{
	unsigned number = (unsigned)(vm->uuid[35] - '0');

	seal_disks(vm);
	vm->seen_ms = 1000 - number;
	vm->silent_ms = number % 2 ? 0 : 1000;
}

static void test_lists_who_is_silent(void **state)
{
	struct fixture *fixture = *state;
	struct store_query query = {.limit = 3, .is_silent = true};
	struct store_counts counts;
	BUF_SCOPED text = {0};

	for (unsigned int i = 1; i <= 9; i++) {
		struct order order = order_make(1, "x");

		order.edit = fall_silent;
		order.appraisal.status = i % 3 ? VERDICT_AFFIRMING : VERDICT_CONTRAINDICATED;
		fixture_write(fixture, &order, fixture_uuid(i));
	}
	list_disks(fixture, &query, &text);
	snprintf(query.after, sizeof(query.after), "%s", fixture_uuid(6));
	list_disks(fixture, &query, &text);
	*query.after = 0;
	query.has_failing_disks = true;
	list_disks(fixture, &query, &text);
	query.has_failing_disks = false;
	query.has_status = true;
	query.status = VERDICT_CONTRAINDICATED;
	list_disks(fixture, &query, &text);
	query.has_status = false;
	snprintf(query.search, sizeof(query.search), "web-4");
	list_disks(fixture, &query, &text);
	assert_string_equal((char *)text.data, "02,04,06,;08,;02,04,08,;06,;04,;");
	assert_int_equal(store_count_vms(fixture->store, &counts, &fixture->err), 0);
	assert_int_equal(counts.silent, 4);
	assert_int_equal(counts.oldest_ms, 991);
}

static void be_due(struct store_vm *vm)
{
	vm->check_ms = 100 * (uint64_t)(vm->uuid[35] - '0');
}

static bool count_uuid(const char *uuid, void *context)
{
	unsigned *seen = context;

	*seen |= 1U << (uuid[35] - '0');
	return true;
}

static unsigned list_due(struct fixture *fixture, uint64_t now_ms, size_t limit)
{
	unsigned seen = 0;

	if (store_list_due(fixture->store, now_ms, limit, count_uuid, &seen, &fixture->err))
		fail_msg("%s", fixture->err.message);
	return seen;
}

static void test_lists_who_is_due(void **state)
{
	struct fixture *fixture = *state;
	struct order order = order_make(1, "x");
	unsigned some;

	order.edit = be_due;
	for (unsigned int i = 0; i <= 4; i++)
		fixture_write(fixture, &order, fixture_uuid(i + 10));
	assert_int_equal(list_due(fixture, 99, 9), 0);
	assert_int_equal(list_due(fixture, 200, 9), 1 << 1 | 1 << 2);
	some = list_due(fixture, 900, 2);
	assert_int_equal(__builtin_popcount(some), 2);
	/* It moves with each write. */
	order.edit = NULL;
	fixture_write(fixture, &order, fixture_uuid(12));
	assert_int_equal(list_due(fixture, 200, 9), 1 << 1 | 1 << 2);
	order.edit = fall_silent;
	fixture_write(fixture, &order, fixture_uuid(12));
	assert_int_equal(list_due(fixture, 200, 9), 1 << 1 | 1 << 2);
}

static void test_keeps_the_watch(void **state)
{
	struct fixture *fixture = *state;
	struct store_watch watch = {7, 7};

	assert_int_equal(store_read_watch(fixture->store, &watch, &fixture->err), 0);
	assert_int_equal(watch.since_ms + watch.ran_ms, 0);
	for (uint64_t at = 5000; at < 7000; at += 1000) {
		watch = (struct store_watch){.since_ms = 4000, .ran_ms = at};
		assert_int_equal(store_write_watch(fixture->store, &watch, &fixture->err), 0);
		watch = (struct store_watch){0};
		assert_int_equal(store_read_watch(fixture->store, &watch, &fixture->err), 0);
		assert_int_equal(watch.since_ms, 4000);
		assert_int_equal(watch.ran_ms, at);
	}
}

static void roll_back(struct store_vm *vm)
{
	vm->continuity = CONTINUITY_ROLLED_BACK;
}

static void test_counts(void **state)
{
	struct fixture *fixture = *state;
	struct store_counts counts;

	for (unsigned int i = 1; i <= 5; i++) {
		struct order order = order_make(1, "x");

		order.appraisal.status = i < 4 ? VERDICT_AFFIRMING : VERDICT_CONTRAINDICATED;
		order.edit = i == 5 ? roll_back : NULL;
		fixture_write(fixture, &order, fixture_uuid(i));
	}
	assert_int_equal(store_count_vms(fixture->store, &counts, &fixture->err), 0);
	assert_int_equal(counts.vms[VERDICT_AFFIRMING][fixture_vm(fixture, 1).continuity], 3);
	assert_int_equal(counts.vms[VERDICT_CONTRAINDICATED][CONTINUITY_ROLLED_BACK], 1);
	assert_int_equal(counts.vms[VERDICT_WARNING][CONTINUITY_ROLLED_BACK], 0);
}

static bool append_evidence(const struct store_appraisal *appraisal, void *context)
{
	buf_printf(context, "%s:%.*s,", appraisal->uuid + 34, (int)appraisal->evidence.len,
		(const char *)appraisal->evidence.bytes);
	return true;
}

static void test_reports_of_all(void **state)
{
	struct fixture *fixture = *state;
	uint64_t first = fixture_appraisal(fixture, 1, 1, "a");
	BUF_SCOPED text = {0};

	fixture_appraisal(fixture, 2, 2, "b");
	fixture_appraisal(fixture, 1, 3, "c");
	fixture_appraisal(fixture, 3, 4, "d");
	assert_int_equal(
		store_list_appraisals(fixture->store, 0, 2, append_evidence, &text, &fixture->err),
		0);
	buf_append_text(&text, ";");
	assert_int_equal(store_list_appraisals(
				 fixture->store, first, 9, append_evidence, &text, &fixture->err),
		0);
	assert_string_equal((char *)text.data, "01:a,02:b,;02:b,01:c,03:d,");
	assert_int_equal(store_list_appraisals(fixture->store, first, STORE_BATCH_MAX + 1,
				 append_evidence, &text, &fixture->err),
		-ERROR_TOO_LARGE);
}

static void test_timeline_walks_one_vm(void **state)
{
	struct fixture *fixture = *state;
	uint64_t second;

	fixture_appraisal(fixture, 1, 1, "a");
	fixture_appraisal(fixture, 2, 2, "other");
	second = fixture_appraisal(fixture, 1, 3, "b");
	fixture_appraisal(fixture, 1, 4, "c");
	assert_string_equal(fixture_timeline(fixture, 1, 0, 10), "c,b,a");
	assert_string_equal(fixture_timeline(fixture, 1, 0, 2), "c,b");
	assert_string_equal(fixture_timeline(fixture, 1, second, 10), "b,a");
	assert_string_equal(fixture_timeline(fixture, 2, second, 10), "");
}

static bool append_audit(const struct store_audit *audit, void *context)
{
	buf_printf(context, "%s %s %s %s %d;", audit->action, audit->actor,
		*audit->uuid ? audit->uuid + 34 : "-", audit->detail, (int)audit->at_ms);
	return true;
}

static void test_audit(void **state)
{
	struct fixture *fixture = *state;
	struct order trust = {.is_silent = true,
		.audit = {.action = "trust-ca", .actor = "admin", .detail = "x'y\"", .at_ms = 5}};
	struct order accept = {.is_silent = true,
		.audit = {.action = "accept", .actor = "bob", .detail = "new EK", .at_ms = 6}};
	struct whole_check check;
	BUF_SCOPED text = {0};

	snprintf(accept.audit.uuid, TEXT_UUID_SIZE, "%s", fixture_uuid(3));
	fixture_write(fixture, &trust, "");
	fixture_write(fixture, &accept, fixture_uuid(3));
	store_list_audit(fixture->store, 0, 10, append_audit, &text, &fixture->err);
	store_list_audit(fixture->store, 1, 10, append_audit, &text, &fixture->err);
	assert_string_equal((char *)text.data,
		"trust-ca admin - x'y\" 5;accept bob 03 new EK 6;accept bob 03 new EK 6;");
	assert_int_equal(fixture_faults(fixture, &check), 0);
	assert_int_equal(check.events, 2);
	trust.edit = roll_back;
	assert_int_equal(store_write(fixture->store,
				 &(struct store_batch){
					 .items = (struct store_item[]){order_item(&trust, "")},
					 .item_count = 1},
				 &fixture->err),
		-ERROR_INTERNAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH(test_list_pages_and_filters),
		ON_EACH(test_list_searches),
		ON_EACH(test_counts),
		ON_EACH(test_lists_disks_that_will_not_open),
		ON_EACH(test_lists_who_is_silent),
		ON_EACH(test_lists_who_is_due),
		ON_EACH(test_keeps_the_watch),
		ON_EACH(test_reports_of_all),
		ON_EACH(test_timeline_walks_one_vm),
		ON_EACH(test_audit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

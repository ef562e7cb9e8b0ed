/* SPDX-License-Identifier: BSD-2-Clause */
/* What others are told of a VM: nothing good of what was so once. tests/collector/test_result.py
 * verifies the signatures with another library. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "collector/ear/key.h"
#include "collector/ear/result.h"
#include "collector/ear/sign.h"
#include "tests/unit/unit.h"

#define NOW_MS UINT64_C(1796000000000)
#define SECOND UINT64_C(1000)
#define EPOCH  (UINT64_C(1) << 32)

/* A VM that reports every 300 s and did 10 s ago. */
static struct store_vm make_vm(void)
{
	struct store_vm vm = {.uuid = "6f9619ff-8b86-4011-b42d-00c04fc964ff",
		.enrolment = STORE_ENROLMENT_ACCEPTED,
		.status = VERDICT_AFFIRMING,
		.continuity = CONTINUITY_CONTINUOUS,
		.reason = "same-tpm",
		.received_ms = NOW_MS - 4000 * SECOND,
		.seen_ms = NOW_MS - 10 * SECOND,
		.interval_s = 300,
		.head = {.id = 7}};

	return vm;
}

static void wait_for_acceptance(struct store_vm *vm)
{
	vm->enrolment = STORE_ENROLMENT_PENDING;
}

static void be_silent(struct store_vm *vm)
{
	vm->silent_ms = NOW_MS - 20 * SECOND;
}

static void announce(struct store_vm *vm)
{
	vm->announced = EVENT_LIVE_MIGRATION;
	vm->announced_until_ms = NOW_MS + 60 * SECOND;
	vm->awaited_s = 900;
}

static void ask(struct store_vm *vm)
{
	vm->asked_ms = 1;
	vm->announced_until_ms = NOW_MS + 60 * SECOND;
}

static void ask_once(struct store_vm *vm)
{
	vm->asked_ms = 1;
	vm->announced_until_ms = NOW_MS - 60 * SECOND;
}

/* A report came since, and the announcement goes on: it may come still. */
static void migrate(struct store_vm *vm)
{
	announce(vm);
	vm->awaited_s = 0;
}

static void migrate_at_last(struct store_vm *vm)
{
	migrate(vm);
	vm->announced_until_ms = NOW_MS;
}

static void be_late(struct store_vm *vm)
{
	vm->seen_ms = NOW_MS - 600 * SECOND;
}

static void be_in_time(struct store_vm *vm)
{
	vm->seen_ms = NOW_MS - 599 * SECOND;
}

static void promise_nothing(struct store_vm *vm)
{
	vm->interval_s = 0;
	vm->seen_ms = NOW_MS - EAR_UNPROMISED_S * SECOND;
}

static void promise_nothing_yet(struct store_vm *vm)
{
	vm->interval_s = 0;
	vm->seen_ms = NOW_MS - (EAR_UNPROMISED_S - 1) * SECOND;
}

static void be_of_tomorrow(struct store_vm *vm)
{
	vm->seen_ms = NOW_MS + 61 * SECOND;
}

static void be_accepted_later(struct store_vm *vm)
{
	vm->status = VERDICT_NONE;
	vm->continuity = CONTINUITY_FIRST_SEEN;
}

static void be_accepted_by_a_claim(struct store_vm *vm)
{
	be_accepted_later(vm);
	vm->head.id = 0;
}

static void warn(struct store_vm *vm)
{
	vm->status = VERDICT_WARNING;
}

static void be_replaced(struct store_vm *vm)
{
	vm->status = VERDICT_CONTRAINDICATED;
	vm->continuity = CONTINUITY_REPLACED;
}

static void be_cloned(struct store_vm *vm)
{
	vm->status = VERDICT_CONTRAINDICATED;
	vm->continuity = CONTINUITY_CLONED;
}

static void be_rolled_back(struct store_vm *vm)
{
	vm->status = VERDICT_CONTRAINDICATED;
	vm->continuity = CONTINUITY_ROLLED_BACK;
}

static void be_reported_since(struct store_vm *vm)
{
	vm->head.id = EPOCH;
}

static void nothing(struct store_vm *vm)
{
	(void)vm;
}

/* What speaks for a VM or against it; each with what is then said. */
static const struct row {
	const char *name;
	void (*change)(struct store_vm *vm);
	uint64_t lost;
	const char *doubt, *status;
	int identity;
	int expires; /* seconds from now */
} rows[] = {
	{"good", nothing, 0, NULL, "affirming", 2, 300},
	{"warned of", warn, 0, NULL, "warning", 2, 300},
	{"nearly late", be_in_time, 0, NULL, "affirming", 2, 1},
	{"late", be_late, 0, "old", "none", 0, 300},
	{"late without a promise", promise_nothing, 0, "old", "none", 0, 300},
	{"in time without a promise", promise_nothing_yet, 0, NULL, "affirming", 2, 1},
	{"silent", be_silent, 0, "silent", "none", 0, 300},
	{"waits for its acceptance", wait_for_acceptance, 0, "waiting", "none", 0, 300},
	{"accepted later", be_accepted_later, 0, NULL, "none", 0, 300},
	{"accepted by a claim", be_accepted_by_a_claim, 0, NULL, "none", 0, 300},
	{"announced", announce, 0, "awaited", "none", 0, 300},
	{"reported, and it may come still", migrate, 0, "awaited", "none", 0, 300},
	{"reported, and its time is over", migrate_at_last, 0, NULL, "affirming", 2, 300},
	{"asked for", ask, 0, "awaited", "none", 0, 300},
	{"asked for in vain", ask_once, 0, "awaited", "none", 0, 300},
	{"a report was lost", nothing, 7, "lost-report", "none", 0, 300},
	{"one of another VM was lost before", nothing, 6, NULL, "affirming", 2, 300},
	{"a copy was put back", nothing, EPOCH - 1, "lost-report", "none", 0, 300},
	{"reported to the copy", be_reported_since, EPOCH - 1, NULL, "affirming", 2, 300},
	{"the clock was set back", be_of_tomorrow, 0, "clock", "none", 0, 300},
	{"replaced", be_replaced, 0, NULL, "contraindicated", 97, 300},
	{"cloned", be_cloned, 0, NULL, "contraindicated", 96, 300},
	{"rolled back", be_rolled_back, 0, NULL, "contraindicated", 0, 300},
	{"replaced, and a report was lost", be_replaced, 9, "lost-report", "contraindicated", 97,
		300},
};

static int64_t number(const json_t *json, const char *name)
{
	const json_t *value = json_object_get(json, name);

	assert_true(json_is_integer(value));
	return json_integer_value(value);
}

static void check(const struct row *row)
{
	struct store_vm vm = make_vm();
	struct ear_question question = {
		.vm = &vm, .now_ms = NOW_MS, .policy = "first-use", .lost = row->lost};
	const json_t *appraisal, *verdict;
	json_t *claims;

	row->change(&vm);
	claims = ear_claims(&question);
	assert_non_null(claims);
	appraisal = json_object_get(json_object_get(claims, "submods"), "vtpm");
	verdict = json_object_get(appraisal, "vtpm-agent.verdict");
	assert_string_equal(
		json_string_value(json_object_get(appraisal, "ear.status")), row->status);
	assert_int_equal(number(json_object_get(appraisal, "ear.trustworthiness-vector"),
				 "instance-identity"),
		row->identity);
	if (row->doubt)
		assert_string_equal(
			json_string_value(json_object_get(verdict, "doubt")), row->doubt);
	else
		assert_true(json_is_null(json_object_get(verdict, "doubt")));
	assert_string_equal(json_string_value(json_object_get(verdict, "status")),
		verdict_status_name(vm.status));
	assert_int_equal(number(claims, "iat") - (int64_t)(NOW_MS / 1000), 0);
	assert_int_equal(number(claims, "exp") - (int64_t)(NOW_MS / 1000), row->expires);
	json_decref(claims);
}

static void test_what_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].name);
		check(&rows[i]);
	}
}

/* Nothing contraindicated is forgotten for a doubt, and in doubt nothing is affirmed. */
static void test_no_doubt_lifts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct store_vm vm = make_vm();
		struct ear_question question = {
			.vm = &vm, .now_ms = NOW_MS, .policy = "first-use", .lost = rows[i].lost};
		json_t *claims, *appraisal;

		rows[i].change(&vm);
		vm.status = VERDICT_CONTRAINDICATED;
		claims = ear_claims(&question);
		appraisal = json_object_get(json_object_get(claims, "submods"), "vtpm");
		assert_string_equal(json_string_value(json_object_get(appraisal, "ear.status")),
			"contraindicated");
		assert_true(number(claims, "exp") > (int64_t)(NOW_MS / 1000));
		json_decref(claims);
	}
}

static void test_key(void **state)
{
	struct store_result_key key, other;
	BUF_SCOPED token = {0};
	struct error err;
	json_t *claims = json_pack("{s:s}", "a", "b");

	(void)state;
	assert_int_equal(ear_key_make(NOW_MS, &key, &err), 0);
	assert_int_equal(ear_key_make(NOW_MS, &other, &err), 0);
	assert_memory_not_equal(key.kid, other.kid, sizeof(key.kid));
	assert_int_equal(ear_key_check(&key, &err), 0);
	assert_int_equal(ear_sign(&key, claims, &token, &err), 0);
	/* The half of another key: what it signs would verify by no key that is published. */
	memcpy(key.secret, other.secret, sizeof(key.secret));
	assert_int_equal(ear_sign(&key, claims, &token, &err), -(int)ERROR_MALFORMED);
	memcpy(key.x, other.x, sizeof(key.x));
	assert_int_equal(ear_key_check(&key, &err), -(int)ERROR_MALFORMED);
	assert_int_equal(ear_sign(&key, claims, &token, &err), -(int)ERROR_MALFORMED);
	memset(key.secret, 0, sizeof(key.secret));
	assert_int_equal(ear_sign(&key, claims, &token, &err), -(int)ERROR_MALFORMED);
	json_decref(claims);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_said),
		cmocka_unit_test(test_no_doubt_lifts),
		cmocka_unit_test(test_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The checks together: their order, their counts, and how they are told. */
#include "core/checks/checks.h"

#include <jansson.h>
#include <string.h>

#include "tests/unit/fixture/checks_rows.h"
#include "tests/unit/fixture/sample.h"
#include "tests/unit/unit.h"

/* 20 checks apply to the healthy sample; "started" only where it is not. */
static void test_the_order_and_the_counts(void **state)
{
	static const char *const order[] = {"device", "model", "version", "responsive",
		"failure-mode", "self-test", "random", "lockout", "hierarchies", "slots",
		"pcr-banks", "boot-pcrs", "secure-boot", "secure-boot-certificates", "tpm-time",
		"ek", "ek-certificate", "certificate-uuid", "attestation", "disk-unlock"};
	EVIDENCE_SCOPED *evidence = sample_evidence();
	const struct checks_options options = {0};
	struct checks checks;

	(void)state;
	checks_run(evidence, &options, &checks);
	assert_int_equal(checks.count, COUNT(order));
	for (size_t i = 0; i < COUNT(order); i++)
		assert_string_equal(checks.items[i].id, order[i]);
	assert_int_equal(checks_count(&checks, CHECK_PASS), COUNT(order));
	assert_int_equal(checks_count(&checks, CHECK_FAIL), 0);
	*sample_property(evidence, TCG_PT_LOCKOUT_COUNTER) = 2;
	evidence->self_test.result = TCG_RC_FAILURE;
	SAMPLE_FAIL(&evidence->event_log, ERROR_PERMISSION, "open: denied");
	checks_run(evidence, &options, &checks);
	assert_int_equal(checks_count(&checks, CHECK_FAIL), 1);
	assert_int_equal(checks_count(&checks, CHECK_WARN), 1);
	assert_int_equal(checks_count(&checks, CHECK_UNKNOWN), 1);
	/* The first of the worst: not the warning that stands before it. */
	assert_string_equal(checks_decisive(&checks)->id, "self-test");
}

static bool count_sentences(const struct checks *checks, const char *text, size_t *ret_count)
{
	*ret_count = 0;
	for (size_t i = 0; i < checks->count; i++)
		*ret_count += strstr(checks->items[i].sentence, text) != NULL;
	return *ret_count;
}

/* Each part with each kind of error: some check says why, once, and none calls it healthy. */
static void test_every_failed_part_is_told(void **state)
{
	const struct checks_options options = {0};
	size_t parts = 0;

	(void)state;
	for (bool is_there = true; is_there; parts++) {
		for (enum error_code code = ERROR_INTERNAL; code < ERROR_CODE_COUNT; code++) {
			EVIDENCE_SCOPED *evidence = sample_evidence();
			const char *name;
			struct record_part *part = sample_part(evidence, parts, &name);
			struct checks checks;
			size_t told;

			is_there = part != NULL;
			if (!is_there)
				break;
			part->state = PART_FAILED;
			error_set(&part->error, code, "the reason of %s", name);
			checks_run(evidence, &options, &checks);
			if (!count_sentences(&checks, part->error.message, &told))
				fail_msg("%s, %s: no check tells", name, error_code_name(code));
			if (!count_sentences(&checks, name, &told))
				fail_msg("%s is not named", name);
			assert_int_not_equal(checks_count(&checks, CHECK_PASS), checks.count);
		}
	}
	assert_int_equal(parts, 23);
}

/* What a TPM may refuse is unknown; anything else that it does not tell is a warning. */
static void test_parts_that_no_other_check_tells(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	const struct checks_options options = {0};
	struct checks checks;

	(void)state;
	SAMPLE_FAIL(&evidence->srk, ERROR_TPM_AUTH, "an authorization");
	SAMPLE_FAIL(&evidence->smbios, ERROR_IO, "input/output error");
	checks_run(evidence, &options, &checks);
	assert_string_equal(checks.items[checks.count - 1].id, "parts");
	assert_string_equal(
		checks.items[checks.count - 1].sentence, "not read: srk (an authorization)");
	assert_int_equal(checks_status(&checks), VERDICT_AFFIRMING);
	SAMPLE_FAIL(&evidence->nv, ERROR_TOO_LARGE, "more than 256 handles");
	checks_run(evidence, &options, &checks);
	assert_string_equal(checks.items[checks.count - 1].sentence,
		"not read: nv, srk (more than 256 handles)");
	assert_int_equal(checks_status(&checks), VERDICT_WARNING);
}

/* Through a TCTI the files of this machine say nothing of the TPM. */
static void test_parts_of_another_machine(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	const struct checks_options options = {0};
	struct checks checks;

	(void)state;
	fault_through_tcti(evidence);
	SAMPLE_FAIL(&evidence->event_log, ERROR_IO, "input/output error");
	checks_run(evidence, &options, &checks);
	assert_string_not_equal(checks.items[checks.count - 1].id, "parts");
}

static void test_no_checks_at_all(void **state)
{
	const struct checks none = {0};

	(void)state;
	assert_int_equal(checks_status(&none), VERDICT_NONE);
	assert_null(checks_decisive(&none));
}

static void test_verdicts_and_exit_codes(void **state)
{
	static const struct {
		enum verdict_status status;
		const char *name;
		enum exit_code exit_code;
	} verdicts[] = {
		{VERDICT_NONE, "none", 3},
		{VERDICT_AFFIRMING, "affirming", 0},
		{VERDICT_WARNING, "warning", 1},
		{VERDICT_CONTRAINDICATED, "contraindicated", 2},
		{(enum verdict_status)99, "none", 3},
	};
	static const char *const results[] = {[CHECK_UNKNOWN] = "unknown",
		[CHECK_PASS] = "pass",
		[CHECK_WARN] = "warn",
		[CHECK_FAIL] = "fail",
		[CHECK_FAIL + 1] = "unknown"};

	(void)state;
	for (size_t i = 0; i < COUNT(verdicts); i++) {
		assert_string_equal(verdict_status_name(verdicts[i].status), verdicts[i].name);
		assert_int_equal(verdict_exit_code(verdicts[i].status), verdicts[i].exit_code);
	}
	for (size_t i = 0; i < COUNT(results); i++)
		assert_string_equal(check_result_name((enum check_result)i), results[i]);
}

static void test_json(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	const struct checks_options options = {0};
	struct checks checks;
	json_t *json, *first, *second;

	(void)state;
	fault_session(evidence, ERROR_DEVICE_MISSING, "open: \xff \x1b");
	checks_run(evidence, &options, &checks);
	json = checks_to_json(&checks);
	assert_int_equal(json_array_size(json), checks.count);
	first = json_array_get(json, 0);
	assert_string_equal(json_string_value(json_object_get(first, "id")), "device");
	assert_string_equal(json_string_value(json_object_get(first, "result")), "fail");
	assert_string_equal(
		json_string_value(json_object_get(first, "sentence")), "no TPM device: open: ? ?");
	assert_string_equal(
		json_string_value(json_object_get(first, "remedy")), checks.items[0].remedy);
	second = json_array_get(json, 1);
	assert_string_equal(json_string_value(json_object_get(second, "result")), "pass");
	assert_null(json_object_get(second, "remedy"));
	json_decref(json);
}

/* A sentence that a long message fills is cut, not overrun. */
static void test_long_messages(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	const struct checks_options options = {0};
	struct checks checks;
	char message[512];
	json_t *json;

	(void)state;
	for (size_t i = 0; i + 2 < sizeof(message); i += 2)
		memcpy(message + i, "\xc3\xbc", 3);
	fault_session(evidence, ERROR_DEVICE_MISSING, message);
	checks_run(evidence, &options, &checks);
	assert_int_equal(strlen(checks.items[0].sentence), sizeof(checks.items[0].sentence) - 1);
	json = checks_to_json(&checks);
	assert_non_null(json);
	json_decref(json);
	json = evidence_to_json(evidence);
	assert_non_null(json);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_order_and_the_counts),
		cmocka_unit_test(test_every_failed_part_is_told),
		cmocka_unit_test(test_parts_that_no_other_check_tells),
		cmocka_unit_test(test_parts_of_another_machine),
		cmocka_unit_test(test_no_checks_at_all),
		cmocka_unit_test(test_verdicts_and_exit_codes),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_long_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

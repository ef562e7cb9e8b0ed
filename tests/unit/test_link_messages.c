/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said to a collector, and what is made of its answers. */
#include "tests/unit/unit.h"

#include <string.h>

#include "core/verdict/json.h"
#include "link/messages.h"

/* Written and read back, a verdict is the same. */
static void test_verdicts(void **state)
{
	struct verdict read,
		verdict = {
			.is_quote_verified = true,
			.reason_count = 1,
			.reasons = {{.code = REASON_EK_CHANGED, .sentence = "another"}},
		};

	(void)state;
	for (unsigned i = 0; i < CONTINUITY_COUNT * EVENT_COUNT; i++) {
		struct error err = {0};
		json_t *json;

		verdict.continuity = (enum continuity)(i % CONTINUITY_COUNT);
		verdict.event = (enum event)(i / CONTINUITY_COUNT);
		verdict.status = (enum verdict_status)(i % (VERDICT_CONTRAINDICATED + 1));
		json = verdict_to_json(&verdict);
		assert_int_equal(verdict_from_json(json, &read, &err), 0);
		json_decref(json);
		assert_int_equal(read.continuity, verdict.continuity);
		assert_int_equal(read.event, verdict.event);
		assert_int_equal(read.status, verdict.status);
		assert_true(read.is_quote_verified);
		assert_int_equal(read.reason_count, 1);
		assert_int_equal(read.reasons[0].code, REASON_EK_CHANGED);
		assert_string_equal(read.reasons[0].sentence, "another");
	}
}

static void test_refusals(void **state)
{
	static const struct {
		unsigned status;
		enum error_code code;
	} rows[] = {{401, ERROR_PERMISSION}, {403, ERROR_PERMISSION}, {409, ERROR_TIMEOUT},
		{429, ERROR_TIMEOUT}, {500, ERROR_TIMEOUT}, {503, ERROR_TIMEOUT},
		{400, ERROR_UNSUPPORTED}, {302, ERROR_UNSUPPORTED}, {299, ERROR_UNSUPPORTED}};
	static const char problem[] = "{\"detail\": \"the detail\"}";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct error err = {0};

		assert_int_equal(message_refuse(rows[i].status, problem, strlen(problem), &err),
			-(int)rows[i].code);
		assert_non_null(strstr(err.message, "the detail"));
		assert_int_equal(
			message_refuse(rows[i].status, "<html>", 6, &err), -(int)rows[i].code);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

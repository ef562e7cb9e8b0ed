/* SPDX-License-Identifier: BSD-2-Clause */
/* What is said to a collector, and what is made of its answers. */
#include "tests/unit/unit.h"

#include <jansson.h>
#include <string.h>

#include "core/json/text.h"
#include "core/json/tree.h"
#include "core/verdict/json.h"
#include "link/messages.h"

static int write_and_read(
	const struct verdict *verdict, struct verdict *ret_verdict, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	BUF_SCOPED text = {0};
	json_t *json = verdict_to_json(verdict);

	json_text_print(&text, json, false);
	json_decref(json);
	assert_int_equal(json_tree_parse(text.data, text.len, text.len, &tree, err), 0);
	return verdict_read(tree.root, ret_verdict, err);
}

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
	for (unsigned i = 0; i < (unsigned)CONTINUITY_COUNT * (unsigned)EVENT_COUNT; i++) {
		struct error err = {0};

		verdict.continuity = (enum continuity)(i % CONTINUITY_COUNT);
		verdict.event = (enum event)(i / CONTINUITY_COUNT);
		verdict.status = (enum verdict_status)(i % (VERDICT_CONTRAINDICATED + 1));
		assert_int_equal(write_and_read(&verdict, &read, &err), 0);
		assert_int_equal(read.continuity, verdict.continuity);
		assert_int_equal(read.event, verdict.event);
		assert_int_equal(read.status, verdict.status);
		assert_true(read.is_quote_verified);
		assert_int_equal(read.reason_count, 1);
		assert_int_equal(read.reasons[0].code, REASON_EK_CHANGED);
		assert_string_equal(read.reasons[0].sentence, "another");
	}
}

#define WORDS(status, continuity, event, proven, reasons)                                          \
	"{\"ear.status\": \"" status "\", \"continuity\": \"" continuity "\", \"event\": \"" event \
	"\", \"quote_verified\": true, \"proven\": [" proven "], \"reasons\": [" reasons "]}"
#define ONE(code) "{\"code\": \"" code "\", \"sentence\": \"a\"}"
#define FOUR      ONE("crashed") "," ONE("crashed") "," ONE("crashed") "," ONE("crashed")

/* What a later collector may say, and what none says. */
static void test_other_verdicts(void **state)
{
	static const struct {
		const char *text;
		struct verdict expected;
		enum error_code code;
	} rows[] = {
		{WORDS("warning", "crashed", "clear", "\"clock\", \"counters\"", ONE("crashed")),
			{VERDICT_WARNING, CONTINUITY_CRASHED, EVENT_CLEAR, true, false, false, 1,
				{{REASON_CRASHED, "a"}}, {0}},
			ERROR_NONE},
		{WORDS("better", "failed", "party", "\"pcrs\", 1", ONE("later") ", 1"), {0},
			ERROR_MALFORMED},
		{WORDS("better", "failed", "party", "\"pcrs\", 1", ONE("later")),
			{VERDICT_NONE, CONTINUITY_FAILED, EVENT_NONE, true, true, false, 1,
				{{REASON_COUNT, "a"}}, {0}},
			ERROR_NONE},
		{WORDS("none", "missing", "none", "",
			 FOUR "," FOUR "," FOUR "," FOUR "," ONE("none")),
			{VERDICT_NONE, CONTINUITY_MISSING, EVENT_NONE, true, true, false,
				VERDICT_REASONS_MAX, {{REASON_CRASHED, "a"}}, {0}},
			ERROR_NONE},
		{WORDS("none", "missing", "none", "",
			 "{\"code\": \"none\", \"sentence\": \"\\u001b\"}"),
			{VERDICT_NONE, CONTINUITY_MISSING, EVENT_NONE, true, true, false, 1,
				{{REASON_NONE, "\x1b"}}, {0}},
			ERROR_NONE},
		{WORDS("none", "another", "none", "", ONE("none")), {0}, ERROR_UNSUPPORTED},
		{WORDS("none", "missing", "none", "", ""), {0}, ERROR_MALFORMED},
		{WORDS("none", "missing", "none", "", "{\"code\": \"crashed\"}"), {0},
			ERROR_MALFORMED},
		{"{\"continuity\": \"missing\"}", {0}, ERROR_MALFORMED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct verdict *expected = &rows[i].expected;
		size_t len = strlen(rows[i].text);
		JSON_TREE_SCOPED tree = {0};
		struct verdict read = {0};
		struct error err = {0};

		assert_int_equal(json_tree_parse(rows[i].text, len, len, &tree, &err), 0);
		assert_int_equal(verdict_read(tree.root, &read, &err), -(int)rows[i].code);
		assert_int_equal(read.status, expected->status);
		assert_int_equal(read.continuity, expected->continuity);
		assert_int_equal(read.event, expected->event);
		assert_int_equal(read.is_quote_verified, expected->is_quote_verified);
		assert_int_equal(read.is_obfuscated, expected->is_obfuscated);
		assert_int_equal(read.reason_count, expected->reason_count);
		assert_int_equal(read.reasons[0].code, expected->reasons[0].code);
		assert_string_equal(read.reasons[0].sentence, expected->reasons[0].sentence);
	}
}

/* Each reason is read back as itself. */
static void test_every_reason(void **state)
{
	(void)state;
	for (unsigned code = 0; code < REASON_COUNT; code++) {
		struct verdict read, verdict = {.reason_count = 1,
					     .reasons = {{.code = (enum reason_code)code}}};
		struct error err = {0};

		assert_int_equal(write_and_read(&verdict, &read, &err), 0);
		assert_int_equal(read.reasons[0].code, code);
	}
}

#define ANSWER(members) "{\"version\": \"1.0\"" members "}"
#define NONCE           ", \"nonce\": \"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\""
#define CREDENTIAL(name, object, secret)                                                           \
	", \"credential\": {\"ek_name\": \"" name "\", \"id_object\": \"" object                   \
	"\", \"encrypted_secret\": \"" secret "\"}"

static void test_challenges(void **state)
{
	static const struct {
		const char *text;
		enum error_code code;
		size_t ek_name_len;
	} rows[] = {
		{ANSWER(", \"challenge\": \"a\"" NONCE), ERROR_NONE, 0},
		{ANSWER(", \"challenge\": \"a\", \"credential\": null" NONCE), ERROR_NONE, 0},
		{ANSWER(", \"challenge\": \"a\"" NONCE CREDENTIAL("000baa", "AA==", "AA==")),
			ERROR_NONE, 3},
		{ANSWER(", \"challenge\": \"a\"" NONCE CREDENTIAL("000b", "AA==", "AA==")),
			ERROR_MALFORMED, 0},
		{ANSWER(", \"challenge\": \"a\"" NONCE CREDENTIAL("000baa", "", "AA==")),
			ERROR_MALFORMED, 0},
		{ANSWER(", \"challenge\": \"a\"" NONCE CREDENTIAL("000baa", "AA==", "")),
			ERROR_MALFORMED, 0},
		{ANSWER(", \"challenge\": \"a\"" NONCE ", \"credential\": 1"), ERROR_MALFORMED, 0},
		{ANSWER(", \"challenge\": \"a\"" NONCE ", \"pcr_selection\": \"all\""), ERROR_NONE,
			0},
		{ANSWER(", \"challenge\": \"a\"" NONCE ", \"pcr_selection\": \"sha1\""),
			ERROR_UNSUPPORTED, 0},
		{ANSWER(", \"challenge\": \"a\", \"nonce\": \"AA==\""), ERROR_MALFORMED, 0},
		{ANSWER(", \"challenge\": \"a\""), ERROR_MALFORMED, 0},
		{ANSWER(NONCE), ERROR_MALFORMED, 0},
		{"{\"version\": \"2.0\"}", ERROR_UNSUPPORTED, 0},
		{"{\"version\": 1}", ERROR_MALFORMED, 0},
		{"[]", ERROR_MALFORMED, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct message_challenge challenge = {0};
		struct error err = {0};

		assert_int_equal(message_read_challenge(
					 rows[i].text, strlen(rows[i].text), &challenge, &err),
			-(int)rows[i].code);
		assert_string_equal(challenge.id, rows[i].code ? "" : "a");
		assert_int_equal(challenge.binding.nonce[31], rows[i].code ? 0 : 31);
		assert_int_equal(challenge.binding.ek_name.len, rows[i].ek_name_len);
	}
}

#define VERDICT ", \"verdict\": " WORDS("none", "missing", "none", "", ONE("none"))

static void test_answers(void **state)
{
	static const struct {
		const char *text;
		enum error_code code;
		uint64_t number;
	} rows[] = {
		{ANSWER(", \"report\": 7, \"enrolment\": \"e\", \"received\": \"r\"" VERDICT),
			ERROR_NONE, 7},
		{ANSWER(", \"report\": null, \"enrolment\": \"e\", \"received\": \"r\"" VERDICT),
			ERROR_NONE, 0},
		{ANSWER(", \"report\": \"7\", \"enrolment\": \"e\", \"received\": \"r\"" VERDICT),
			ERROR_MALFORMED, 0},
		{ANSWER(", \"enrolment\": \"e\", \"received\": \"r\"" VERDICT), ERROR_MALFORMED, 0},
		{ANSWER(", \"report\": -7, \"enrolment\": \"e\", \"received\": \"r\"" VERDICT),
			ERROR_MALFORMED, 0},
		{ANSWER(", \"report\": 7, \"received\": \"r\"" VERDICT), ERROR_MALFORMED, 0},
		{ANSWER(", \"report\": 7, \"enrolment\": \"e\"" VERDICT), ERROR_MALFORMED, 0},
		{ANSWER(", \"report\": 7, \"enrolment\": \"e\", \"received\": \"r\""),
			ERROR_MALFORMED, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct message_result answer = {0};
		struct error err = {0};

		assert_int_equal(
			message_read_result(rows[i].text, strlen(rows[i].text), &answer, &err),
			-(int)rows[i].code);
		assert_int_equal(answer.number, rows[i].number);
		assert_int_equal(answer.verdict.continuity,
			rows[i].code ? CONTINUITY_UNVERIFIED : CONTINUITY_MISSING);
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
		cmocka_unit_test(test_other_verdicts),
		cmocka_unit_test(test_every_reason),
		cmocka_unit_test(test_challenges),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

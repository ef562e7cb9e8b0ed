/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest may give its host to carry: what is about its own domain, and nothing else. */
#include "tests/unit/unit.h"

#include <string.h>

#include "core/base64.h"
#include "host/confirm/relay_check.h"

#define OURS   "6f9619ff-8b86-4011-b42d-00c04fc964ff"
#define THEIRS "6f9619ff-8b86-4011-b42d-00c04fc96400"

enum { QUESTION, DISTRESS, REPORT };

/* A message with `uuid` outside (NULL: none) and `inside` in its evidence, for `challenge`. */
static void write(
	int kind, const char *uuid, const char *inside, const char *challenge, struct buf *to)
{
	BUF_SCOPED evidence = {0};

	buf_printf(&evidence, "{\"smbios\": {\"uuid\": \"%s\"}}", inside);
	buf_append_text(to, "{\"version\": \"1.0\"");
	if (uuid)
		buf_printf(to, ", \"uuid\": \"%s\"", uuid);
	if (challenge)
		buf_printf(to, ", \"challenge\": \"%s\"", challenge);
	if (kind != QUESTION) {
		buf_append_text(to, ", \"evidence\": \"");
		base64_encode(to, evidence.data, evidence.len);
		buf_append_text(to, "\"");
	}
	buf_append_text(to, "}");
}

static void test_messages(void **state)
{
	static const struct {
		int kind;
		const char *uuid, *inside, *challenge;
		bool is_carried;
	} rows[] = {
		{QUESTION, OURS, "", NULL, true},
		{QUESTION, "6F9619FF-8B86-4011-B42D-00C04FC964FF", "", NULL, true},
		{QUESTION, THEIRS, "", NULL, false},
		{QUESTION, "", "", NULL, false},
		{QUESTION, NULL, "", NULL, false},
		{DISTRESS, OURS, OURS, NULL, true},
		{DISTRESS, THEIRS, OURS, NULL, false},
		{DISTRESS, OURS, THEIRS, NULL, false},
		{DISTRESS, OURS, "", NULL, false},
		{REPORT, NULL, OURS, "c", true},
		{REPORT, NULL, THEIRS, "c", false},
		{REPORT, NULL, OURS, "d", false},
		{REPORT, NULL, OURS, NULL, false},
		{REPORT, OURS, OURS, NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		BUF_SCOPED message = {0};
		struct error err = {0};
		bool is_distress = false;
		int rc;

		write(rows[i].kind, rows[i].uuid, rows[i].inside, rows[i].challenge, &message);
		rc = rows[i].kind == REPORT
			     ? relay_check_report(&message, OURS, "c", &err)
			     : relay_check_question(&message, OURS, &is_distress, &err);
		if (!rc != rows[i].is_carried)
			fail_msg("row %zu: %d %s", i, rc, err.message);
		if (rc)
			assert_int_equal(err.code, ERROR_MALFORMED);
		assert_int_equal(is_distress, !rc && rows[i].kind == DISTRESS);
	}
}

static void test_rubbish(void **state)
{
	static const char *const texts[] = {"", "{", "[]", "{\"uuid\": 1}",
		"{\"uuid\": \"" OURS "\", \"uuid\": \"" THEIRS "\"}",
		"{\"uuid\": \"" OURS "\", \"evidence\": 1}",
		"{\"uuid\": \"" OURS "\", \"evidence\": \"\"}",
		"{\"uuid\": \"" OURS "\", \"evidence\": \"e30=\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const struct buf message = {
			.data = (uint8_t *)(uintptr_t)texts[i], .len = strlen(texts[i])};
		struct error err = {0};
		bool is_distress = false;

		assert_int_not_equal(relay_check_question(&message, OURS, &is_distress, &err), 0);
		assert_int_not_equal(relay_check_report(&message, OURS, "c", &err), 0);
		assert_null(strchr(err.message, '\n'));
	}
}

static void test_answers(void **state)
{
	struct error err = {0};

	(void)state;
	assert_int_equal(relay_check_answer(OURS, OURS, &err), 0);
	assert_int_not_equal(relay_check_answer(THEIRS, OURS, &err), 0);
	assert_string_equal(err.message, "the collector's answer is of VM " THEIRS
					 ", and the domain is " OURS ": not believed");
	assert_int_not_equal(relay_check_answer("", OURS, &err), 0);
	assert_int_equal(relay_check_evidence(OURS, OURS, &err), 0);
	assert_int_equal(relay_check_evidence("", OURS, &err), 0);
	assert_int_not_equal(relay_check_evidence(THEIRS, OURS, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_rubbish),
		cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

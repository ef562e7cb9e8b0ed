/* SPDX-License-Identifier: BSD-2-Clause */
/* Every word that a page can have is explained, and a mistyped one is guessed. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "console/explain.h"
#include "console/suggestion.h"
#include "core/checks/checks.h"
#include "core/verdict/verdict.h"
#include "tests/unit/fixture/sample.h"

/* What is said of the word, in lines of at most `columns`. */
static void check_explained(const char *word, unsigned columns)
{
	BUF_SCOPED text = {0};
	struct error err;
	size_t column = 0;

	if (explain_word(word, columns, &text, &err))
		fail_msg("%s: %s", word, err.message);
	assert_memory_equal(text.data, word, strlen(word));
	assert_null(strstr((char *)text.data, "]("));
	assert_non_null(strstr((char *)text.data, "\n  "));
	for (size_t i = 0; i < text.len; i++) {
		column = text.data[i] == '\n' ? 0 : column + 1;
		if (column > columns)
			fail_msg("%s: beyond column %u", word, columns);
	}
}

static void test_every_word(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	struct checks checks;

	(void)state;
	for (unsigned i = REASON_NONE + 1; i < REASON_COUNT; i++)
		check_explained(reason_name((enum reason_code)i), 100);
	for (unsigned i = 0; i < CONTINUITY_COUNT; i++)
		check_explained(continuity_name((enum continuity)i), 100);
	for (unsigned i = VERDICT_NONE; i <= VERDICT_CONTRAINDICATED; i++)
		check_explained(verdict_status_name((enum verdict_status)i), 100);
	checks_run(evidence, &(struct checks_options){0}, &checks);
	assert_true(checks.count > 15);
	for (size_t i = 0; i < checks.count; i++)
		check_explained(checks.items[i].id, 100);
}

static void test_both_meanings_and_the_remedy(void **state)
{
	BUF_SCOPED text = {0};
	struct error err;

	(void)state;
	assert_int_equal(explain_word("crashed", 80, &text, &err), 0);
	assert_non_null(strstr((char *)text.data + 1, "\ncrashed (verdicts.md)\n"));
	assert_non_null(strstr((char *)text.data, "What to do:\n  The TPM was switched off"));
	buf_free(&text);
	assert_int_equal(explain_word("contraindicated", 80, &text, &err), 0);
	assert_string_equal((char *)text.data,
		"contraindicated (verdicts.md)\n"
		"  not the same vTPM, not in an allowed state, missing or broken\n");
}

static void test_unknown(void **state)
{
	static const struct {
		const char *word, *meant;
	} rows[] = {{"ek-chagned", "(did you mean ek-changed?)"},
		{"lokout", "(did you mean lockout?)"}, {"", NULL}, {"%s", NULL}, {"`", NULL},
		{"weather", NULL},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		BUF_SCOPED text = {0};
		struct error err;

		assert_int_equal(explain_word(rows[i].word, 80, &text, &err), -ERROR_USAGE);
		assert_int_equal(!strstr(err.message, "did you mean"), !rows[i].meant);
		if (rows[i].meant)
			assert_non_null(strstr(err.message, rows[i].meant));
	}
}

static void test_list(void **state)
{
	BUF_SCOPED text = {0};

	(void)state;
	explain_all(80, &text);
	assert_false(text.failed);
	assert_non_null(strstr((char *)text.data, " ek-changed"));
	assert_non_null(strstr((char *)text.data, "\nchecks.md\n  device model"));
}

static void test_suggestions(void **state)
{
	static const struct {
		const char *word, *candidates[3], *best;
	} rows[] = {
		{"stauts", {"start", "status", "stop"}, "status"}, /* neighbours swapped: one */
		{"repor", {"report", "relay", NULL}, "report"},
		{"sttus", {"status", NULL}, "status"},
		{"statuss", {"status", NULL}, "status"},
		{"lisr", {"list", NULL}, "list"},
		{"ru", {"run", NULL}, NULL},
		{"", {"run", NULL}, NULL},
		{"show", {"accept", "list", NULL}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct suggestion suggestion = {.word = rows[i].word};

		for (size_t j = 0; j < 3 && rows[i].candidates[j]; j++)
			suggestion_consider(&suggestion, rows[i].candidates[j]);
		if (rows[i].best)
			assert_string_equal(suggestion.best, rows[i].best);
		else if (suggestion.best)
			fail_msg("%s: %s", rows[i].word, suggestion.best);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_word),
		cmocka_unit_test(test_both_meanings_and_the_remedy),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_suggestions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/checks_rows.h"

#include <string.h>

#include "tests/unit/sample.h"
#include "tests/unit/unit.h"

struct table {
	const struct checks_row *rows;
	size_t count;
};

void fault_none(struct evidence *e)
{
	(void)e;
}

void fault_session(struct evidence *e, enum error_code code, const char *message)
{
	SAMPLE_FAIL(&e->session, code, message);
	memset(&e->properties, 0,
		offsetof(struct evidence, event_log) - offsetof(struct evidence, properties));
}

void fault_timeout(struct evidence *e)
{
	fault_session(e, ERROR_TIMEOUT, "timeout says why");
}

void fault_properties(struct evidence *e)
{
	SAMPLE_FAIL(&e->properties, ERROR_TPM_RC, "TPM2_GetCapability: no");
}

void fault_through_tcti(struct evidence *e)
{
	memcpy(e->device.transport, "tcti", 5);
	memcpy(e->device.path, "swtpm:", 7);
	e->device.version_major = 1; /* of the machine's own TPM */
	e->clock.time_ms = 0;
}

static const struct check *find(const struct checks *checks, const char *id)
{
	for (size_t i = 0; i < checks->count; i++) {
		if (strcmp(checks->items[i].id, id) == 0)
			return &checks->items[i];
	}
	return NULL;
}

/* The row under test, for a message that says which it was. */
static void assert_text(const struct table *table, size_t row, const char *text, const char *piece)
{
	if (!(piece ? strstr(text, piece) != NULL : !*text))
		fail_msg("row %zu (%s): \"%s\"", row, table->rows[row].id, text);
}

static void test_each_fault(void **state)
{
	const struct table *table = *state;

	for (size_t i = 0; i < table->count; i++) {
		const struct checks_row *row = &table->rows[i];
		EVIDENCE_SCOPED *evidence = sample_evidence();
		const struct checks_options options = {.expect_model = row->expect_model};
		const struct check *check, *decisive;
		struct checks checks;

		row->change(evidence);
		checks_run(evidence, &options, &checks);
		check = find(&checks, row->id);
		if (!check != (row->result < 0) || (check && (int)check->result != row->result))
			fail_msg("row %zu (%s): %s", i, row->id,
				check ? check->sentence : "not listed");
		if (check) {
			assert_text(table, i, check->sentence, row->sentence);
			assert_text(table, i, check->remedy, row->remedy);
		}
		decisive = checks_decisive(&checks);
		if (checks_status(&checks) != row->status || !decisive != !row->decisive ||
			(decisive && strcmp(decisive->id, row->decisive) != 0))
			fail_msg("row %zu (%s): %s because of %s", i, row->id,
				verdict_status_name(checks_status(&checks)),
				decisive ? decisive->id : "nothing");
	}
}

/* Whoever reads the document comes to the same checks as who wrote it. */
static void test_each_fault_is_alike_in_the_document(void **state)
{
	const struct table *table = *state;

	for (size_t i = 0; i < table->count; i++) {
		const struct checks_row *row = &table->rows[i];
		EVIDENCE_SCOPED *evidence = sample_evidence();
		EVIDENCE_SCOPED *back = NULL;
		const struct checks_options options = {.expect_model = row->expect_model};
		struct checks here, there;
		BUF_SCOPED text = {0};
		struct error err;
		json_t *json;

		row->change(evidence);
		json = evidence_to_json(evidence);
		record_print(&text, json, false);
		json_decref(json);
		assert_int_equal(evidence_parse(text.data, text.len, &back, &err), 0);
		checks_run(evidence, &options, &here);
		checks_run(back, &options, &there);
		assert_int_equal(here.count, there.count);
		for (size_t j = 0; j < here.count; j++) {
			assert_string_equal(here.items[j].id, there.items[j].id);
			assert_int_equal(here.items[j].result, there.items[j].result);
			assert_string_equal(here.items[j].sentence, there.items[j].sentence);
			assert_string_equal(here.items[j].remedy, there.items[j].remedy);
		}
	}
}

static void test_every_check_says_something(void **state)
{
	const struct table *table = *state;

	for (size_t i = 0; i < table->count; i++) {
		const struct checks_row *row = &table->rows[i];
		EVIDENCE_SCOPED *evidence = sample_evidence();
		const struct checks_options options = {.expect_model = row->expect_model};
		struct checks checks;

		row->change(evidence);
		checks_run(evidence, &options, &checks);
		for (size_t j = 0; j < checks.count; j++) {
			assert_true(*checks.items[j].title && *checks.items[j].sentence);
			/* In our own words, only what every terminal can show. */
			for (const char *c = checks.items[j].remedy; *c; c++)
				assert_in_range(*c, ' ', '~');
		}
	}
}

int checks_rows_test(const struct checks_row *rows, size_t count)
{
	struct table table = {rows, count};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(test_each_fault, &table),
		cmocka_unit_test_prestate(test_each_fault_is_alike_in_the_document, &table),
		cmocka_unit_test_prestate(test_every_check_says_something, &table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What is advised fits what is wrong, and is said once: every part of the evidence, failed for
 * every cause, through all checks and the verdict. */
#include <ctype.h>
#include <string.h>

#include "core/checks/checks.h"
#include "core/verdict/judge.h"
#include "core/verdict/reasons.h"
#include "tests/unit/fixture/forge.h"
#include "tests/unit/fixture/sample.h"
#include "tests/unit/fixture/story.h"
#include "tests/unit/unit.h"

/* Advice that is right for these causes alone. */
static const struct {
	const char *words;
	enum error_code causes[3];
} advice[] = {
	{"permission", {ERROR_PERMISSION, ERROR_TPM_BLOCKED}},
	{"program that has it open", {ERROR_DEVICE_BUSY}},
	{"<tpm> element", {ERROR_DEVICE_MISSING}},
	{"Load or bind the TPM's driver", {ERROR_DEVICE_UNBOUND}},
	{"load or bind the TPM's driver", {ERROR_DEVICE_UNBOUND}},
	{"hung NFS", {ERROR_TIMEOUT}},
	{"can write", {ERROR_TPM_FAILURE}},
	{"live migration", {ERROR_ANSWER_LOST}},
	{"TPM2_Startup", {ERROR_TPM_INITIALIZE}},
	{"version to 2.0", {ERROR_TPM_12}},
	{"without an authorization", {ERROR_TPM_AUTH}},
};

static bool is_cause(size_t which, enum error_code code)
{
	for (size_t i = 0; i < COUNT(advice[which].causes); i++) {
		if (advice[which].causes[i] == code)
			return true;
	}
	return false;
}

/* "event log: event log: …" */
static bool is_said_twice(const char *sentence)
{
	const char *end;

	for (const char *at = sentence; (end = strstr(at, ": ")); at = end + 2) {
		size_t len = (size_t)(end - at);

		if (len && strncmp(end + 2, at, len) == 0 && !isalnum((unsigned char)end[2 + len]))
			return true;
	}
	return false;
}

static void assert_fits(const char *part, enum error_code code, const char *what,
	const char *sentence, const char *remedy)
{
	for (size_t i = 0; i < COUNT(advice); i++) {
		if (strstr(remedy, advice[i].words) && !is_cause(i, code))
			fail_msg("%s, %s: %s says \"%s\" and advises \"%s\"", part,
				error_code_name(code), what, sentence, remedy);
	}
	if (is_said_twice(sentence))
		fail_msg("%s, %s: %s says \"%s\"", part, error_code_name(code), what, sentence);
}

/* Fails the part with this number; its name, or NULL behind the last one. */
static const char *fail_part(struct evidence *evidence, size_t which, enum error_code code)
{
	const char *name;
	struct record_part *part = sample_part(evidence, which, &name);

	if (!part)
		return NULL;
	part->state = PART_FAILED;
	error_set(&part->error, code, "what happened");
	return name;
}

static void test_checks(void **state)
{
	const struct checks_options options = {0};
	const char *name = "";
	size_t which = 0;

	(void)state;
	for (; name; which++) {
		for (enum error_code code = ERROR_INTERNAL; code < ERROR_CODE_COUNT; code++) {
			EVIDENCE_SCOPED *evidence = sample_evidence();
			struct checks checks;

			name = fail_part(evidence, which, code);
			if (!name)
				break;
			checks_run(evidence, &options, &checks);
			for (size_t i = 0; i < checks.count; i++)
				assert_fits(name, code, checks.items[i].id,
					checks.items[i].sentence, checks.items[i].remedy);
		}
	}
	assert_true(which > 20);
}

/* A quote may be missing for more than one cause, so its reason names the usual one beside. */
static bool is_told_by_sentence(enum reason_code code)
{
	return code == REASON_NO_QUOTE;
}

static void test_verdict(void **state)
{
	const char *name = "";
	size_t which = 0, told = 0;

	(void)state;
	for (; name; which++) {
		for (enum error_code code = ERROR_INTERNAL; code < ERROR_CODE_COUNT; code++) {
			EVIDENCE_SCOPED *baseline = forge_evidence(1);
			EVIDENCE_SCOPED *evidence = forge_evidence(1);
			const struct forge tpm = forge_tpm(1);
			struct verdict verdict;

			story_later(evidence);
			forge_quote(evidence, &tpm);
			name = fail_part(evidence, which, code);
			if (!name)
				break;
			continuity_judge(baseline, evidence, EVENT_NONE, NULL, 0, &verdict);
			for (size_t i = 0; i < verdict.reason_count; i++) {
				const struct reason *reason = &verdict.reasons[i];

				told += strstr(reason->sentence, "what happened") != NULL;
				if (!is_told_by_sentence(reason->code))
					assert_fits(name, code, reason_name(reason->code),
						reason->sentence, reason_remedy(reason->code));
			}
		}
	}
	assert_true(which > 20 && told > 100);
}

static void test_said_twice(void **state)
{
	(void)state;
	assert_true(is_said_twice("event log: event log: cut short"));
	assert_true(is_said_twice("a: TPM2_Quote: TPM2_Quote: no"));
	assert_false(is_said_twice("event log: events: one"));
	assert_false(is_said_twice("no: note: yes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_said_twice),
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

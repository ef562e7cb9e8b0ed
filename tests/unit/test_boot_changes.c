/* SPDX-License-Identifier: BSD-2-Clause */
/* What a verdict says of the boot: only of PCRs that differ, and as JSON and back. */
#include "core/verdict/boot.h"

#include <jansson.h>
#include <string.h>

#include "core/json/text.h"
#include "core/verdict/json.h"
#include "tests/unit/fixture/sample.h"
#include "tests/unit/unit.h"

struct pair {
	struct evidence *then, *now;
};

/* The later boot has another shimx64.efi, and so another PCR 4. */
static struct pair make_pair(void)
{
	struct pair pair = {sample_evidence(), sample_evidence()};

	pair.now->boot.facts.items.items[0].digest.data[0] ^= 1;
	pair.now->pcrs.banks[0].values[4][0] ^= 1;
	return pair;
}

static struct boot_difference find(struct pair *pair)
{
	struct boot_difference difference;

	boot_changes_find(pair->then, pair->now, &difference);
	evidence_free(pair->then);
	evidence_free(pair->now);
	return difference;
}

static void test_a_pcr_that_differs(void **state)
{
	struct pair pair = make_pair();
	struct boot_difference difference = find(&pair);

	(void)state;
	assert_int_equal(difference.changes.count, 1);
	assert_int_equal(difference.changes.items[0].pcr, 4);
	assert_string_equal(
		difference.changes.items[0].sentence, "boot loader or kernel: another shimx64.efi");
}

/* The log claims what the TPM does not show. */
static void test_a_pcr_that_is_the_same(void **state)
{
	static const struct boot_change none;
	struct pair pair = make_pair();
	struct boot_difference difference;

	(void)state;
	pair.now->pcrs.banks[0].values[4][0] ^= 1;
	difference = find(&pair);
	assert_int_equal(difference.changes.count, 0);
	assert_memory_equal(&difference.changes.items[0], &none, sizeof(none));
}

static void test_parts_that_are_not_there(void **state)
{
	struct pair pair = make_pair();

	(void)state;
	pair.then->boot.part.state = PART_ABSENT;
	assert_int_equal(find(&pair).changes.count, 0);
	pair = make_pair();
	pair.now->boot.part.state = PART_FAILED;
	assert_int_equal(find(&pair).changes.count, 0);
}

/* A PCR that no document has is none that is the same. */
static void test_no_bank_in_common(void **state)
{
	struct pair pair = make_pair();

	(void)state;
	pair.then->pcrs.bank_count = 0;
	assert_int_equal(find(&pair).changes.count, 1);
	pair = make_pair();
	pair.now->boot.facts.items.items[0].pcr = 60000;
	pair.then->boot.facts.items.items[0].pcr = 60000;
	assert_int_equal(find(&pair).changes.count, 0);
}

static void test_as_json_and_back(void **state)
{
	struct pair pair = make_pair();
	struct verdict verdict = {.reason_count = 1, .boot = find(&pair)}, back;
	JSON_TREE_SCOPED tree = {0};
	BUF_SCOPED text = {0};
	struct error err;
	json_t *json;

	(void)state;
	verdict.boot.left_out = 3;
	json = verdict_to_json(&verdict);
	json_text_print(&text, json, false);
	json_decref(json);
	assert_int_equal(json_tree_parse(text.data, text.len, 1 << 16, &tree, &err), 0);
	assert_int_equal(verdict_read(tree.root, &back, &err), 0);
	assert_memory_equal(&back.boot, &verdict.boot, sizeof(back.boot));
	assert_non_null(
		strstr((char *)text.data, "\"what\":\"application\",\"change\":\"another\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_pcr_that_differs),
		cmocka_unit_test(test_a_pcr_that_is_the_same),
		cmocka_unit_test(test_parts_that_are_not_there),
		cmocka_unit_test(test_no_bank_in_common),
		cmocka_unit_test(test_as_json_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "core/text_list.h"
#include "link/rota.h"

static void test_list_keeps_its_order(void **state)
{
	struct text_list list = {0};

	(void)state;
	assert_string_equal(text_list_at(&list, 0), "");
	assert_false(text_list_has(&list, ""));
	assert_true(text_list_add(&list, "https://a and more", 9));
	assert_true(text_list_add(&list, "https://b", 9));
	assert_int_equal(list.count, 2);
	assert_string_equal(text_list_at(&list, 0), "https://a");
	assert_string_equal(text_list_at(&list, 1), "https://b");
	assert_string_equal(text_list_at(&list, 2), "");
	assert_true(text_list_has(&list, "https://b"));
	assert_false(text_list_has(&list, "https://"));
}

static void test_list_takes_what_fits(void **state)
{
	struct text_list list = {0};
	char text[sizeof(list.texts)];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_false(text_list_add(&list, text, sizeof(text)));
	assert_int_equal(list.count, 0);
	assert_true(text_list_add(&list, text, sizeof(text) - 1));
	assert_false(text_list_add(&list, "", 0));
	assert_int_equal(list.count, 1);
}

/* The one that took over is kept for a while, and then the first is asked again. */
static void test_first_is_gone_back_to(void **state)
{
	struct rota rota = {.count = 3};

	(void)state;
	rota_begin(&rota, 5);
	assert_int_equal(rota.at, 0);
	rota_advance(&rota, 10);
	assert_int_equal(rota.at, 1);
	/* Leaving the second says nothing of the first. */
	rota_advance(&rota, 10 + ROTA_RETURN_US / 2);
	assert_int_equal(rota.at, 2);
	assert_int_equal(rota_remaining(&rota), 1);
	rota_begin(&rota, 10 + ROTA_RETURN_US - 1);
	assert_int_equal(rota.at, 2);
	rota_begin(&rota, 10 + ROTA_RETURN_US);
	assert_int_equal(rota.at, 0);
	/* It is down still: its time begins anew. */
	rota_advance(&rota, 10 + ROTA_RETURN_US);
	rota_begin(&rota, 11 + ROTA_RETURN_US);
	assert_int_equal(rota.at, 1);
}

static void test_last_is_followed_by_the_first(void **state)
{
	struct rota rota = {.count = 2, .at = 1};

	(void)state;
	rota_advance(&rota, 1);
	assert_int_equal(rota.at, 0);
	/* In this exchange the second one is not asked again. */
	assert_int_equal(rota_remaining(&rota), 1);
	rota_begin(&rota, 2);
	assert_int_equal(rota_remaining(&rota), 2);
	rota.at = 1;
	rota_reset(&rota);
	assert_int_equal(rota.at, 0);
	assert_int_equal(rota_remaining(&rota), 2);
}

static void test_what_another_one_may_do_better(void **state)
{
	static const struct {
		unsigned status;
		bool leaves;
	} rows[] = {{200, false}, {201, false}, {302, false}, {400, false}, {401, false},
		{403, false}, {409, false}, {429, false}, {500, true}, {502, true}, {503, true},
		{504, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(rota_leaves_status(rows[i].status), rows[i].leaves);
	for (unsigned code = 0; code < ERROR_CODE_COUNT; code++)
		assert_int_equal(rota_leaves_failed((enum error_code)code),
			code == ERROR_IO || code == ERROR_NOT_FOUND || code == ERROR_TIMEOUT ||
				code == ERROR_CRYPTO);
}

static void test_share_of_the_time(void **state)
{
	static const struct {
		size_t count, left;
		uint64_t left_ms, share_ms;
	} rows[] = {{2, 0, 30000, 15000}, {2, 1, 15000, 15000}, {1, 0, 3600000, 3600000},
		/* Who hangs does not have half of a long wait. */
		{2, 0, 3600000, 20000}, {2, 1, 3580000, 3580000},
		/* Eight may be slow, each of them. */
		{8, 0, 30000, 10000}, {8, 7, 500, 500}, {8, 0, 500, 500}, {2, 0, 0, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct rota rota = {.count = rows[i].count, .left = rows[i].left};

		assert_int_equal(rota_share_ms(&rota, rows[i].left_ms), rows[i].share_ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_keeps_its_order),
		cmocka_unit_test(test_list_takes_what_fits),
		cmocka_unit_test(test_first_is_gone_back_to),
		cmocka_unit_test(test_last_is_followed_by_the_first),
		cmocka_unit_test(test_what_another_one_may_do_better),
		cmocka_unit_test(test_share_of_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

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
	rota.at = 1;
	rota_reset(&rota);
	assert_int_equal(rota.at, 0);
	rota.count = 1;
	rota_advance(&rota, 1);
	assert_int_equal(rota.at, 0);
}

static void test_what_another_one_may_do_better(void **state)
{
	static const struct {
		unsigned status;
		uint32_t retry_after_s;
		bool leaves;
	} rows[] = {{200, 0, false}, {201, 0, false}, {302, 0, false}, {400, 0, false},
		{401, 0, false}, {403, 0, false}, {409, 0, false}, {429, 5, false}, {500, 0, true},
		{500, 5, true}, {502, 0, true}, {503, 0, true}, {503, 5, false}, {504, 0, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(
			rota_leaves_status(rows[i].status, rows[i].retry_after_s), rows[i].leaves);
	for (unsigned code = 0; code < ERROR_CODE_COUNT; code++)
		assert_int_equal(rota_leaves_failed((enum error_code)code),
			code == ERROR_IO || code == ERROR_NOT_FOUND || code == ERROR_TIMEOUT ||
				code == ERROR_CRYPTO);
}

static void test_last_one_has_all_that_is_left(void **state)
{
	(void)state;
	assert_int_equal(rota_share_ms(30000, 3), 10000);
	assert_int_equal(rota_share_ms(20000, 2), 10000);
	assert_int_equal(rota_share_ms(10000, 1), 10000);
	assert_int_equal(rota_share_ms(0, 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_keeps_its_order),
		cmocka_unit_test(test_list_takes_what_fits),
		cmocka_unit_test(test_first_is_gone_back_to),
		cmocka_unit_test(test_last_is_followed_by_the_first),
		cmocka_unit_test(test_what_another_one_may_do_better),
		cmocka_unit_test(test_last_one_has_all_that_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

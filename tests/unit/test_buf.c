/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "core/buf.h"

static void test_appends_stay_in_order_and_end_in_nul(void **state)
{
	BUF_SCOPED buf = {0};

	(void)state;
	buf_append_text(&buf, "ab");
	buf_append_u8(&buf, 1);
	buf_append_u16be(&buf, 0x0203);
	buf_append_u32be(&buf, 0x04050607);
	buf_printf(&buf, "%03d", 8);
	assert_false(buf.failed);
	assert_int_equal(buf.len, 12);
	assert_memory_equal(buf.data,
		"ab\1\2\3\4\5\6\7"
		"008",
		13);
}

static void test_growth_keeps_the_content(void **state)
{
	BUF_SCOPED buf = {0};

	(void)state;
	for (unsigned i = 0; i < 10000; i++)
		buf_append_u8(&buf, (uint8_t)i);
	assert_int_equal(buf.len, 10000);
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(buf.data[i], (uint8_t)i);
	assert_int_equal(buf.data[buf.len], 0);
}

static void test_impossible_size_fails_for_good(void **state)
{
	BUF_SCOPED buf = {0};

	(void)state;
	assert_null(buf_reserve(&buf, SIZE_MAX - 1));
	assert_true(buf.failed);
	buf_append_text(&buf, "late");
	assert_int_equal(buf.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_appends_stay_in_order_and_end_in_nul),
		cmocka_unit_test(test_growth_keeps_the_content),
		cmocka_unit_test(test_impossible_size_fails_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

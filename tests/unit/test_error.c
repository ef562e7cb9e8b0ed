/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "core/error.h"

static void test_set_returns_the_negative_code(void **state)
{
	struct error err = {.rc = 5};

	(void)state;
	assert_int_equal(error_set(&err, ERROR_IO, "read %s", "x"), -ERROR_IO);
	assert_int_equal(err.code, ERROR_IO);
	assert_int_equal(err.rc, 0);
	assert_string_equal(err.message, "read x");
}

static void test_wrap_keeps_code_and_rc(void **state)
{
	struct error err;

	(void)state;
	error_set(&err, ERROR_TPM_RC, "inner");
	err.rc = 0x101;
	assert_int_equal(error_wrap(&err, "outer %d", 1), -ERROR_TPM_RC);
	assert_int_equal(err.rc, 0x101);
	assert_string_equal(err.message, "outer 1: inner");
}

static void test_wrap_cuts_what_does_not_fit(void **state)
{
	struct error err;
	char big[1000];

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = 0;
	error_set(&err, ERROR_IO, "inner");
	error_wrap(&err, "%s", big);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

static void test_copy_fails_like_the_first_time(void **state)
{
	struct error kept, err;

	(void)state;
	error_set(&kept, ERROR_TPM_RC, "kept");
	kept.rc = 0x101;
	assert_int_equal(error_copy(&err, &kept), -ERROR_TPM_RC);
	assert_int_equal(err.code, ERROR_TPM_RC);
	assert_int_equal(err.rc, 0x101);
	assert_string_equal(err.message, "kept");
}

static void test_every_code_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned code = 0; code < ERROR_CODE_COUNT; code++)
		assert_int_equal(error_code_parse(error_code_name((enum error_code)code)), code);
	assert_string_equal(error_code_name(ERROR_CODE_COUNT), "unknown");
	assert_int_equal(error_code_parse("no such code"), ERROR_CODE_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_returns_the_negative_code),
		cmocka_unit_test(test_wrap_keeps_code_and_rc),
		cmocka_unit_test(test_wrap_cuts_what_does_not_fit),
		cmocka_unit_test(test_copy_fails_like_the_first_time),
		cmocka_unit_test(test_every_code_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "core/reader.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static void test_reads_both_byte_orders(void **state)
{
	struct reader reader = reader_of(bytes, sizeof(bytes));

	(void)state;
	assert_int_equal(reader_u8(&reader), 1);
	assert_int_equal(reader_u16be(&reader), 0x0203);
	assert_int_equal(reader_u16le(&reader), 0x0504);
	assert_int_equal(reader_u32be(&reader), 0x06070809);
	assert_int_equal(reader_u32le(&reader), 0x0d0c0b0a);
	assert_int_equal(reader_bytes(&reader, 3)[2], 16);
	assert_true(reader_is_done(&reader));
}

static void test_u64_in_both_byte_orders(void **state)
{
	struct reader reader = reader_of(bytes, 16);

	(void)state;
	assert_true(reader_u64be(&reader) == 0x0102030405060708);
	assert_true(reader_u64le(&reader) == 0x100f0e0d0c0b0a09);
	assert_true(reader_is_done(&reader));
}

static void test_failure_sticks(void **state)
{
	struct reader reader = reader_of(bytes, 3);

	(void)state;
	assert_int_equal(reader_u32be(&reader), 0);
	assert_true(reader.failed);
	assert_int_equal(reader_u8(&reader), 0);
	assert_null(reader_bytes(&reader, 0));
	assert_false(reader_is_done(&reader));
}

static void test_part_is_bounded_by_itself(void **state)
{
	struct reader reader = reader_of(bytes, 8), part = reader_part(&reader, 2);

	(void)state;
	assert_int_equal(reader_u32be(&part), 0);
	assert_true(part.failed);
	assert_int_equal(reader_u8(&reader), 3);
	part = reader_part(&reader, SIZE_MAX);
	assert_true(part.failed);
	assert_int_equal(part.left, 0);
}

static void test_nothing_is_readable_from_nothing(void **state)
{
	struct reader reader = reader_of(NULL, 0);

	(void)state;
	assert_true(reader_is_done(&reader));
	assert_int_equal(reader_u8(&reader), 0);
	assert_true(reader.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_both_byte_orders),
		cmocka_unit_test(test_u64_in_both_byte_orders),
		cmocka_unit_test(test_failure_sticks),
		cmocka_unit_test(test_part_is_bounded_by_itself),
		cmocka_unit_test(test_nothing_is_readable_from_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

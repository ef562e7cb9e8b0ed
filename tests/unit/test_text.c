/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "core/text.h"

static void test_hex_round_trip_and_bounds(void **state)
{
	uint8_t back[4];
	char hex[9], small[4];

	(void)state;
	text_hex("\x00\xab\xcd\xff", 4, hex, sizeof(hex));
	assert_string_equal(hex, "00abcdff");
	assert_int_equal(text_unhex("00ABcdFF", 8, back, sizeof(back)), 4);
	assert_memory_equal(back, "\x00\xab\xcd\xff", 4);
	text_hex("\x12\x34", 2, small, sizeof(small));
	assert_string_equal(small, "12");
	assert_int_equal(text_unhex("123", 3, back, sizeof(back)), -1);
	assert_int_equal(text_unhex("1g", 2, back, sizeof(back)), -1);
	assert_int_equal(text_unhex("0011223344", 10, back, sizeof(back)), -1);
}

static void test_uuid(void **state)
{
	static const char *const bad[] = {"", "0F0E0D0C-1111-2222-3333-44445555666",
		"0F0E0D0C-1111-2222-3333-4444555566667", "0F0E0D0C+1111-2222-3333-444455556666",
		"gF0E0D0C-1111-2222-3333-444455556666"};
	char uuid[TEXT_UUID_SIZE];

	(void)state;
	assert_true(text_uuid("0F0E0D0C-1111-2222-3333-444455556666", uuid));
	assert_string_equal(uuid, "0f0e0d0c-1111-2222-3333-444455556666");
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(text_uuid(bad[i], uuid));
}

static void test_uuid_placeholder(void **state)
{
	static const char *const nobodys[] = {"00000000-0000-0000-0000-000000000000",
		"ffffffff-ffff-ffff-ffff-ffffffffffff", "fefefefe-fefe-fefe-fefe-fefefefefefe",
		"03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009",
		"12345678-1234-5678-90ab-cddeefaabbcc"};
	static const char *const somebodys[] = {"", "0f0e0d0c-1111-2222-3333-444455556666",
		"00000000-0000-0000-0000-000000000001", "10000000-0000-0000-0000-000000000000",
		"11111111-1111-4111-8111-111111111111", "03000200-0400-0500-0006-000700080008"};

	(void)state;
	for (size_t i = 0; i < COUNT(nobodys); i++)
		assert_true(text_uuid_is_placeholder(nobodys[i]));
	for (size_t i = 0; i < COUNT(somebodys); i++)
		assert_false(text_uuid_is_placeholder(somebodys[i]));
}

static void test_time(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} rows[] = {{0, "1970-01-01T00:00:00Z"}, {1795509599, "2026-11-24T08:39:59Z"},
		{951782400, "2000-02-29T00:00:00Z"}, {951868800, "2000-03-01T00:00:00Z"},
		{4107542399, "2100-02-28T23:59:59Z"}, {4107542400, "2100-03-01T00:00:00Z"},
		{1735689599, "2024-12-31T23:59:59Z"}, {-1, "1969-12-31T23:59:59Z"},
		{-62167219200, "0000-01-01T00:00:00Z"}, {-62167219201, "0000-01-01T00:00:00Z"},
		{253402300799, "9999-12-31T23:59:59Z"}, {253402300800, "9999-12-31T23:59:59Z"},
		{INT64_MIN, "0000-01-01T00:00:00Z"}, {INT64_MAX, "9999-12-31T23:59:59Z"}};
	char out[TEXT_TIME_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(text_time(rows[i].seconds, out), rows[i].text);
}

static void test_copy_ascii(void **state)
{
	char out[8];

	(void)state;
	text_copy_ascii(out, sizeof(out), "  SW TPM \0x", 11);
	assert_string_equal(out, "SW TPM");
	text_copy_ascii(out, sizeof(out), "a\x1b\xff", 3);
	assert_string_equal(out, "a??");
	text_copy_ascii(out, sizeof(out), "0123456789", 10);
	assert_string_equal(out, "0123456");
}

static void test_escape(void **state)
{
	static const struct {
		const char *text, *utf8, *ascii;
	} rows[] = {
		{"plain ~", "plain ~", "plain ~"},
		{"\x1b[31m\n", "\\x1b[31m\\x0a", "\\x1b[31m\\x0a"},
		{"\x7f", "\\x7f", "\\x7f"},
		{"g\xc3\xbcn", "g\xc3\xbcn", "g\\xc3\\xbcn"},
		{"\xc2\x9b", "\\xc2\\x9b", "\\xc2\\x9b"},               /* C1: CSI */
		{"\xe2\x80\xae", "\\xe2\\x80\\xae", "\\xe2\\x80\\xae"}, /* RLO */
		{"\xe2\x81\xa6", "\\xe2\\x81\\xa6", "\\xe2\\x81\\xa6"}, /* LRI */
		{"\xe2\x80\xa8", "\\xe2\\x80\\xa8", "\\xe2\\x80\\xa8"}, /* line separator */
		{"\xc0\xaf", "\\xc0\\xaf", "\\xc0\\xaf"},               /* overlong */
		{"\xed\xa0\x80", "\\xed\\xa0\\x80", "\\xed\\xa0\\x80"}, /* surrogate */
		{"\xff\xe2\x82", "\\xff\\xe2\\x82", "\\xff\\xe2\\x82"}, /* cut off */
		{"\xf0\x9f\x94\x92", "\xf0\x9f\x94\x92", "\\xf0\\x9f\\x94\\x92"},
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		BUF_SCOPED utf8 = {0};
		BUF_SCOPED ascii = {0};

		text_escape(&utf8, rows[i].text, false);
		text_escape(&ascii, rows[i].text, true);
		assert_string_equal((char *)utf8.data, rows[i].utf8);
		assert_string_equal((char *)ascii.data, rows[i].ascii);
	}
}

static void test_clean(void **state)
{
	static const struct {
		const char *text, *clean;
	} rows[] = {
		{"", ""}, {"gr\xc3\xbcn \\ \"", "gr\xc3\xbcn \\ \""}, {"\x1b[31m\n\x7f", "?[31m??"},
		{"\xc0\xaf\xff\xed\xa0\x80", "??????"}, {"cut\xe2\x80", "cut??"},
		{"\xe2\x80\xae", "\xe2\x80\xae"}, /* harmless in JSON: escaped at the exit */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		BUF_SCOPED clean = {0};

		text_append_clean(&clean, rows[i].text);
		assert_int_equal(clean.len, strlen(rows[i].text));
		assert_string_equal(clean.data ? (char *)clean.data : "", rows[i].clean);
	}
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t min, max, value;
		bool is_taken;
	} rows[] = {
		{"0", 0, 0, 0, true},
		{"18446744073709551615", 0, UINT64_MAX, UINT64_MAX, true},
		{"18446744073709551616", 0, UINT64_MAX, 0, false},
		{"99999999999999999999999", 0, UINT64_MAX, 0, false},
		{"6", 7, 9, 0, false},
		{"10", 7, 9, 0, false},
		{"007", 7, 9, 7, true},
		{"", 0, 9, 0, false},
		{"-1", 0, UINT64_MAX, 0, false},
		{"+1", 0, 9, 0, false},
		{" 1", 0, 9, 0, false},
		{"1 ", 0, 9, 0, false},
		{"0x1", 0, 9, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t value = 77;

		assert_int_equal(text_number(rows[i].text, rows[i].min, rows[i].max, &value),
			rows[i].is_taken);
		assert_true(value == (rows[i].is_taken ? rows[i].value : 77));
	}
}

static void test_line_ends(void **state)
{
	(void)state;
	assert_int_equal(text_trim_line_end("a\r\n", 3), 1);
	assert_int_equal(text_trim_line_end("a\n\n", 3), 1);
	assert_int_equal(text_trim_line_end("\na \0", 4), 4);
	assert_int_equal(text_trim_line_end("\n", 1), 0);
	assert_int_equal(text_trim_line_end(NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hex_round_trip_and_bounds),
		cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_uuid_placeholder),
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_copy_ascii),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

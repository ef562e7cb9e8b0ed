/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <string.h>

#include "core/base64.h"

/* RFC 4648 section 10, and the two characters it leaves out. */
static const struct {
	const char *bytes;
	size_t len;
	const char *text;
} rows[] = {
	{"", 0, ""},
	{"f", 1, "Zg=="},
	{"fo", 2, "Zm8="},
	{"foo", 3, "Zm9v"},
	{"foob", 4, "Zm9vYg=="},
	{"fooba", 5, "Zm9vYmE="},
	{"foobar", 6, "Zm9vYmFy"},
	{"\xfb\xef\xff\x00", 4, "++//AA=="},
};

static void test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		BUF_SCOPED text = {0};
		uint8_t back[8];

		buf_append_text(&text, "<");
		base64_encode(&text, rows[i].bytes, rows[i].len);
		buf_append_text(&text, ">");
		assert_int_equal(text.len, strlen(rows[i].text) + 2);
		assert_memory_equal(text.data + 1, rows[i].text, strlen(rows[i].text));
		assert_int_equal(text.data[text.len], 0);
		assert_int_equal(
			base64_decode(rows[i].text, strlen(rows[i].text), back, sizeof(back)),
			rows[i].len);
		assert_memory_equal(back, rows[i].bytes, rows[i].len);
	}
}

static void test_every_byte_and_length_comes_back(void **state)
{
	uint8_t bytes[256], back[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 167 + 13);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		BUF_SCOPED text = {0};

		base64_encode(&text, bytes, len);
		assert_int_equal(text.len, (len + 2) / 3 * 4);
		assert_int_equal(base64_decode((char *)text.data, text.len, back, len), len);
		assert_memory_equal(back, bytes, len);
		if (len)
			assert_int_equal(
				base64_decode((char *)text.data, text.len, back, len - 1), -1);
	}
}

static void test_only_what_is_written_is_read(void **state)
{
	static const char *const bad[] = {"Z", "Zg", "Zg=", "Zm9vYg", "Zm9vYmE", /* no padding */
		"Zg===", "====", "Z===", "A===", "=Zg=", "Zg==Zg==", "Zm=v",
		"Zm8=Zm8=",                     /* too much */
		"Zh==", "Zv==", "Zm9=", "Zm+=", /* bits behind the end */
		"Zm9\n", "Zm 9", "Zm9v\n", "Zm9-", "Zm9_", "Zm9\x80", "\xff\xff\xff\xff"};
	uint8_t out[64];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_int_equal(base64_decode(bad[i], strlen(bad[i]), out, sizeof(out)), -1);
	assert_int_equal(base64_decode("Zm\0v", 4, out, sizeof(out)), -1);
}

static void test_a_length_without_room_fails_the_buffer(void **state)
{
	BUF_SCOPED text = {0};

	(void)state;
	base64_encode(&text, "", SIZE_MAX);
	assert_true(text.failed);
	assert_int_equal(text.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_every_byte_and_length_comes_back),
		cmocka_unit_test(test_only_what_is_written_is_read),
		cmocka_unit_test(test_a_length_without_room_fails_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

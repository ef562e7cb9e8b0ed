/* SPDX-License-Identifier: BSD-2-Clause */
/* What a file may hold to be a bearer token's. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "link/token_file.h"

static void write_file(char *path, const void *bytes, size_t len)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static void check(const void *bytes, size_t len, const char *expected)
{
	char path[] = "/tmp/vtpm-token-XXXXXX";
	struct error err = {0};
	BUF_SCOPED token = {0};
	int rc;

	write_file(path, bytes, len);
	rc = token_file_read(path, &token, &err);
	unlink(path);
	assert_int_equal(rc == 0, expected != NULL);
	if (expected)
		assert_string_equal((char *)token.data, expected);
	else
		assert_true(!token.len && err.message[0]);
}

static void test_contents(void **state)
{
	static const struct {
		const char *text, *token;
	} rows[] = {{"a", "a"}, {"!~\n", "!~"}, {"abc\r\n", "abc"}, {"abc\n\n", "abc"}, {"", NULL},
		{"\n", NULL}, {"two words\n", NULL}, {"a\nb\n", NULL}, {" a\n", NULL},
		{"a\t\n", NULL}, {"\x7f", NULL}, {"\xc3\xa4", NULL}, {"\na", NULL}};
	static char longest[1025];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(rows[i].text, strlen(rows[i].text), rows[i].token);
	check("a\0b", 3, NULL);
	check("a\0", 2, NULL);
	memset(longest, 'a', sizeof(longest));
	check(longest, sizeof(longest), NULL);
	longest[1024] = 0;
	check(longest, 1024, longest);
}

static void test_missing(void **state)
{
	struct error err = {0};
	BUF_SCOPED token = {0};

	(void)state;
	assert_int_equal(token_file_read("/nonexistent", &token, &err), -ERROR_NOT_FOUND);
	assert_non_null(strstr(err.message, "/nonexistent"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

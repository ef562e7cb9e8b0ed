/* SPDX-License-Identifier: BSD-2-Clause */
/* SMBIOS' OEM strings, in tables as QEMU makes them, and as nobody should. */
#include "tests/unit/unit.h"

#include <string.h>

#include "core/smbios.h"

#define SYSTEM "\x01\x08\x00\x01\x01\x02\x00\x00QEMU\0vtpm-agent.url=a product\0\0"
#define OEM(n) "\x0b\x05\x00\x02" n
#define END    "\x7f\x04\x00\xfe\0\0"

struct row {
	const char *name, *table;
	size_t len;
	const char *found; /* with a blank for each NUL */
};

#define ROW(name, table, found)                                                                    \
	{                                                                                          \
		name, table, sizeof(table) - 1, found                                              \
	}
static const struct row rows[] = {
	ROW("one of two", SYSTEM OEM("\x02") "other=1\0vtpm-agent.url=https://a\0\0" END,
		"url=https://a "),
	ROW("both of two", SYSTEM OEM("\x02") "vtpm-agent.url=x\0vtpm-agent.proxy=y\0\0" END,
		"url=x proxy=y "),
	ROW("in two structures",
		OEM("\x01") "vtpm-agent.url=x\0\0" OEM("\x01") "vtpm-agent.url=z\0\0" END,
		"url=x url=z "),
	ROW("more announced than there are", OEM("\xff") "vtpm-agent.url=x\0\0" END, "url=x "),
	ROW("fewer announced than there are",
		OEM("\x01") "vtpm-agent.url=x\0vtpm-agent.proxy=y\0\0" END, "url=x "),
	ROW("without a count", "\x0b\x04\x00\x02vtpm-agent.url=x\0\0" END, ""),
	ROW("the prefix alone", OEM("\x01") "vtpm-agent.\0\0" END, " "),
	ROW("what a terminal obeys", OEM("\x01") "vtpm-agent.url=\x1b[2J\n\0\0" END, "url=?[2J? "),
	ROW("strings without an end", OEM("\x01") "vtpm-agent.url=x", ""),
	ROW("a structure longer than the table", "\x0b\xff\x00\x02\x01", ""),
	ROW("nothing", "", ""),
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		BUF_SCOPED found = {0};

		print_message("%s\n", rows[i].name);
		smbios_oem_strings(rows[i].table, rows[i].len, "vtpm-agent.", &found);
		for (size_t at = 0; at < found.len; at++)
			found.data[at] = found.data[at] ? found.data[at] : ' ';
		assert_int_equal(found.len, strlen(rows[i].found));
		assert_memory_equal(found.data ? (char *)found.data : "", rows[i].found, found.len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* win32/smbios.c on tables as firmware makes them, and as it should not. */
#include "win32/smbios.h"

#include <string.h>

#include "tests/unit/unit.h"

#define HEAD "\x00\x02\x08\x00\x00\x00\x00\x00"
#define BIOS                                                                                       \
	"\x00\x06\x00\x00\x01\x02"                                                                 \
	"SeaBIOS\0"                                                                                \
	"1.16.2\0\0"
#define SHORT_BIOS                                                                                 \
	"\x00\x05\x00\x00\x01"                                                                     \
	"SeaBIOS\0\0"
#define UUID   "\xff\x19\x96\x6f\x86\x8b\x11\x40\xb4\x2d\x00\xc0\x4f\xc9\x64\xff"
#define NOBODY "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
#define SYSTEM "\x01\x1b\x00\x01\x01\x02\x03\x00" UUID "\x06\x00\x00"
#define NAMES  "QEMU\0Standard PC\0pc-q35\0\0"
#define END    "\x7f\x04\x00\xfe\0\0"

struct row {
	const char *name, *bytes;
	size_t len;
	const char *uuid, *manufacturer, *product; /* uuid NULL: NOT_FOUND */
	const char *vendor, *version;              /* of the firmware; NULL: none */
};

#define ROW(name, bytes, ...)                                                                      \
	{                                                                                          \
		name, bytes, sizeof(bytes) - 1, __VA_ARGS__                                        \
	}
static const struct row rows[] = {
	ROW("as QEMU makes it", HEAD BIOS SYSTEM NAMES END, "6f9619ff-8b86-4011-b42d-00c04fc964ff",
		"QEMU", "Standard PC", "SeaBIOS", "1.16.2"),
	ROW("the firmware last", HEAD SYSTEM NAMES BIOS END, "6f9619ff-8b86-4011-b42d-00c04fc964ff",
		"QEMU", "Standard PC", "SeaBIOS", "1.16.2"),
	ROW("two of each",
		HEAD BIOS SHORT_BIOS SYSTEM NAMES "\x01\x08\x00\x01\x01\x02\x00\x00" NAMES END,
		"6f9619ff-8b86-4011-b42d-00c04fc964ff", "QEMU", "Standard PC", "SeaBIOS", "1.16.2"),
	ROW("a firmware without a version", HEAD SHORT_BIOS SYSTEM NAMES END,
		"6f9619ff-8b86-4011-b42d-00c04fc964ff", "QEMU", "Standard PC", "SeaBIOS", NULL),
	ROW("no strings", HEAD "\x01\x1b\x00\x01\x00\x00\x00\x00" UUID "\x06\x00\x00\0\0" END,
		"6f9619ff-8b86-4011-b42d-00c04fc964ff", "", "", NULL, NULL),
	ROW("a string that is not there",
		HEAD "\x01\x1b\x00\x01\x01\x09\x00\x00" UUID "\x06\x00\x00QEMU\0\0" END,
		"6f9619ff-8b86-4011-b42d-00c04fc964ff", "QEMU", "", NULL, NULL),
	ROW("of SMBIOS 2.0, without a UUID", HEAD "\x01\x08\x00\x01\x01\x02\x00\x00" NAMES END,
		NULL, "QEMU", "Standard PC", NULL, NULL),
	ROW("a UUID that nobody set",
		HEAD "\x01\x1b\x00\x01\x01\x02\x03\x00" NOBODY "\x06\x00\x00" NAMES END, NULL,
		"QEMU", "Standard PC", NULL, NULL),
	ROW("no type 1", HEAD BIOS END, NULL, "", "", "SeaBIOS", "1.16.2"),
	ROW("a header alone", HEAD, NULL, "", "", NULL, NULL),
	ROW("nothing", "", NULL, "", "", NULL, NULL),
	ROW("a structure shorter than its header", HEAD "\x01\x03\x00\0\0", NULL, "", "", NULL,
		NULL),
	ROW("strings without an end", HEAD SYSTEM "QEMU", NULL, "", "", NULL, NULL),
	ROW("a structure longer than the table", HEAD "\x01\xff\x00\x01\x01", NULL, "", "", NULL,
		NULL),
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct evidence_smbios smbios = {0};
		struct error err = {0};
		int rc = smbios_parse(rows[i].bytes, rows[i].len, &smbios, &err);

		print_message("%s\n", rows[i].name);
		assert_int_equal(rc, rows[i].uuid ? 0 : -ERROR_NOT_FOUND);
		assert_string_equal(smbios.uuid, rows[i].uuid ? rows[i].uuid : "");
		assert_string_equal(smbios.manufacturer, rows[i].manufacturer);
		assert_string_equal(smbios.product, rows[i].product);
		assert_string_equal(smbios.firmware_vendor, rows[i].vendor ? rows[i].vendor : "");
		assert_string_equal(
			smbios.firmware_version, rows[i].version ? rows[i].version : "");
	}
}

/* No cut of a table is read past its end. */
static void test_every_length(void **state)
{
	(void)state;
	for (size_t len = 0; len < rows[0].len; len++) {
		char bytes[128];
		struct evidence_smbios smbios = {0};
		struct error err = {0};

		memset(bytes, 0xff, sizeof(bytes));
		memcpy(bytes, rows[0].bytes, len);
		smbios_parse(bytes, len, &smbios, &err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What one event says, and whether its data is what was measured. */
#include "core/measured/event.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "tests/unit/unit.h"

#define IPL           0x0000000dU
#define EVENT_TAG     0x00000006U
#define CRTM_VERSION  0x00000008U
#define EV_SEPARATOR  0x00000004U
#define DRIVER_CONFIG 0x80000001U
#define VARIABLE_BOOT 0x80000002U
#define APPLICATION   0x80000003U
#define GPT           0x80000006U
#define EFI_ACTION    0x80000007U
#define BLOB2         0x8000000aU

#define GLOBAL "\x61\xdf\xe4\x8b\xca\x93\xd2\x11\xaa\x0d\x00\xe0\x98\x03\x2b\x8c"
#define U64(n) n "\0\0\0\0\0\0\0"

/* The bytes of a literal without the NUL that C adds. */
#define BYTES(text) (text), sizeof(text) - 1

static const struct row {
	const char *name;
	uint32_t pcr, type;
	const char *data;
	size_t len;
	const char *measured; /* NULL: the data */
	size_t measured_len;
	enum event_check check;
	enum boot_what what;
	const char *known_by, *meaning;
} rows[] = {
	{"separator", 5, EV_SEPARATOR, BYTES("\0\0\0\0"), NULL, 0, EVENT_MATCHES,
		BOOT_WHAT_SEPARATOR, "", "the firmware is done with this PCR"},
	{"separator after an error", 5, EV_SEPARATOR, BYTES("\x02\0\0\0"), BYTES("\x01\0\0\0"),
		EVENT_MATCHES, BOOT_WHAT_SEPARATOR, "error",
		"error: the firmware could not measure, and says so"},
	{"separator of something else", 5, EV_SEPARATOR, BYTES("\0\0\0\0"), BYTES("\0"),
		EVENT_DIFFERS, BOOT_WHAT_SEPARATOR, "", "the firmware is done with this PCR"},
	{"action with its NUL", 4, EFI_ACTION, BYTES("Calling\0"), BYTES("Calling"), EVENT_MATCHES,
		BOOT_WHAT_ACTION, "Calling", "Calling"},
	{"action of something else", 4, EFI_ACTION, BYTES("Calling"), BYTES("calling"),
		EVENT_DIFFERS, BOOT_WHAT_ACTION, "Calling", "Calling"},
	{"version in UTF-16", 0, CRTM_VERSION,
		BYTES("e\0d\0k\0"
		      "2\0\0\0"),
		NULL, 0, EVENT_MATCHES, BOOT_WHAT_FIRMWARE, "edk2", "firmware version edk2"},
	{"version that is none", 0, CRTM_VERSION, BYTES("\0\0"), NULL, 0, EVENT_MATCHES,
		BOOT_WHAT_FIRMWARE, "", "firmware version: the firmware states none"},
	{"firmware code with a name", 0, BLOB2,
		BYTES("\x05"
		      "DXEFV" U64("\1") U64("\2")),
		BYTES("the code"), EVENT_OTHER_DATA, BOOT_WHAT_FIRMWARE, "DXEFV",
		"firmware code: DXEFV"},
	{"Secure Boot", 7, DRIVER_CONFIG,
		BYTES(GLOBAL U64("\x0a") U64("\x01") "S\0e\0c\0u\0r\0e\0B\0o\0o\0t\0\x01"), NULL, 0,
		EVENT_MATCHES, BOOT_WHAT_VARIABLE, "SecureBoot", "Secure Boot is on"},
	{"PK in setup mode", 7, DRIVER_CONFIG, BYTES(GLOBAL U64("\x02") U64("\0") "P\0K\0"), NULL,
		0, EVENT_MATCHES, BOOT_WHAT_VARIABLE, "PK", "PK is empty"},
	{"variable that ends too early", 7, DRIVER_CONFIG,
		BYTES(GLOBAL U64("\x02") U64("\x01") "P\0K\0"), NULL, 0, EVENT_MATCHES,
		BOOT_WHAT_VARIABLE, "", "36 bytes of data"},
	{"boot order, of what it holds", 1, VARIABLE_BOOT,
		BYTES(GLOBAL U64("\x09") U64("\x04") "B\0o\0o\0t\0O\0r\0d\0e\0r\0\x03\0\x01\0"),
		BYTES("\x03\0\x01\0"), EVENT_MATCHES, BOOT_WHAT_BOOT_ENTRY, "BootOrder",
		"boot order: 0003 0001"},
	{"boot entry", 1, VARIABLE_BOOT,
		BYTES(GLOBAL U64("\x08") U64("\x0e") "B\0o\0o\0t\0"
						     "0\0"
						     "0\0"
						     "0\0"
						     "1\0"
						     "\x01\0\0\0\0\0D\0e\0b\0\0\0"),
		NULL, 0, EVENT_MATCHES, BOOT_WHAT_BOOT_ENTRY, "Boot0001",
		"boot entry Boot0001: Deb"},
	{"boot loader", 4, APPLICATION,
		BYTES(U64("\x01") U64("\x02") U64("\0")
				U64("\x22") "\x04\x04\x1e\0\\\0E\0F\0I\0\\\0g"
					    "\0r\0u\0b\0.\0e\0f\0\0\0\x7f\xff\x04\0"),
		BYTES("its image"), EVENT_OTHER_DATA, BOOT_WHAT_APPLICATION, "grub.ef",
		"program: grub.ef"},
	{"image without a path", 4, APPLICATION,
		BYTES(U64("\x01") U64("\x02") U64("\0") U64("\x04") "\x7f\xff\x04\0"),
		BYTES("its image"), EVENT_OTHER_DATA, BOOT_WHAT_APPLICATION, "",
		"program: without a name"},
	{"option ROM", 2, 0x80000004,
		BYTES(U64("\x01") U64("\x02") U64("\0") U64(
			"\x22") "\x01\x01\x06\0\x03\x1f"
				"\x04\x08\x18\0\0\0\0\0" U64("\0") U64("\x09") "\x7f\xff\x04\0"),
		BYTES("its image"), EVENT_OTHER_DATA, BOOT_WHAT_DRIVER,
		"option ROM of PCI device 1f.3", "driver: option ROM of PCI device 1f.3"},
	{"a GPT that is none", 5, GPT, BYTES("EFI PART"), NULL, 0, EVENT_MATCHES,
		BOOT_WHAT_PARTITIONS, "", "8 bytes of data"},
	{"GRUB's command", 8, IPL, BYTES("grub_cmd: linux /vmlinuz password=secret\0"),
		BYTES("linux /vmlinuz password=secret"), EVENT_MATCHES, BOOT_WHAT_COMMAND, "",
		"GRUB: linux"},
	{"GRUB's variable", 8, IPL, BYTES("grub_cmd: password=secret\0"), BYTES("password=secret"),
		EVENT_MATCHES, BOOT_WHAT_COMMAND, "", "GRUB: password"},
	{"GRUB's menu entry", 8, IPL, BYTES("grub_cmd: menuentry{secret\0"),
		BYTES("menuentry{secret"), EVENT_MATCHES, BOOT_WHAT_COMMAND, "", "GRUB: menuentry"},
	{"GRUB's file", 9, IPL, BYTES("(hd0,gpt1)/boot/vmlinuz-6.1\0"), BYTES("the file"),
		EVENT_OTHER_DATA, BOOT_WHAT_FILE, "vmlinuz-6.1",
		"file (hd0,gpt1)/boot/vmlinuz-6.1"},
	{"GRUB's module", 9, IPL, BYTES("/boot/grub/x86_64-efi/gzio.mod\0"), BYTES("the file"),
		EVENT_OTHER_DATA, BOOT_WHAT_FILE, "*.mod", "file /boot/grub/x86_64-efi/gzio.mod"},
	{"kernel's command line", 8, IPL, BYTES("kernel_cmdline: /vmlinuz key=secret\0"),
		BYTES("/vmlinuz key=secret"), EVENT_MATCHES, BOOT_WHAT_COMMAND_LINE, "",
		"command line, 19 characters"},
	{"the stub's command line", 12, IPL, BYTES("s\0e\0c\0r\0e\0t\0\0\0"), NULL, 0,
		EVENT_MATCHES, BOOT_WHAT_COMMAND_LINE, "", "command line, 6 characters"},
	{"the stub's section", 11, IPL, BYTES(".\0l\0i\0n\0u\0x\0\0\0"), BYTES("the section"),
		EVENT_OTHER_DATA, BOOT_WHAT_SECTION, ".linux",
		"section .linux of the unified kernel image"},
	{"the stub's credentials", 12, IPL, BYTES("C\0r\0e\0d\0 \0i\0n\0i\0t\0r\0d\0\0\0"),
		BYTES("the archive"), EVENT_OTHER_DATA, BOOT_WHAT_CONFIG, "Cred initrd",
		"Cred initrd"},
	{"shim's list", 14, IPL, BYTES("MokListX\0"), BYTES("the list"), EVENT_OTHER_DATA,
		BOOT_WHAT_SHIM, "MokListX", "shim's list MokListX"},
	{"a text that nobody knows", 10, IPL, BYTES("top secret"), NULL, 0, EVENT_MATCHES,
		BOOT_WHAT_OTHER, "", "command line, 10 characters"},
	{"code of a BIOS", 4, IPL, BYTES("\xeb\x63\x90"), NULL, 0, EVENT_MATCHES, BOOT_WHAT_OTHER,
		"", "boot code"},
	{"Linux's initrd", 9, EVENT_TAG, BYTES("\xec\x22\x3b\x8f\x0d\0\0\0Linux initrd\0"),
		BYTES("the archive"), EVENT_OTHER_DATA, BOOT_WHAT_INITRD, "initrd", "initrd"},
	{"a tag that holds what was measured", 12, EVENT_TAG, BYTES("\x01\0\1\x40\x03\0\0\0abc"),
		BYTES("abc"), EVENT_MATCHES, BOOT_WHAT_SYSTEM, "Windows: trust boundary",
		"Windows: trust boundary"},
	{"a tag that nobody knows", 1, EVENT_TAG, BYTES("\x01\0\0\0\0\0\0\0"), BYTES("x"),
		EVENT_OTHER_DATA, BOOT_WHAT_OTHER, "", "tag 0x00000001"},
	{"a type that nobody knows", 6, 0x12345678, BYTES("xyz"), BYTES("x"), EVENT_OTHER_DATA,
		BOOT_WHAT_OTHER, "", "3 bytes of data"},
	{"nothing", 6, IPL, BYTES(""), NULL, 0, EVENT_MATCHES, BOOT_WHAT_OTHER, "", "boot code"},
	{"a terminal's escape", 4, EFI_ACTION, BYTES("\x1b[2J\x7f"), NULL, 0, EVENT_MATCHES,
		BOOT_WHAT_ACTION, "", "?[2J?"},
};

/* Both banks' digests are of what was measured, unless `bank` is told another. */
static struct event read_row(const struct row *row, bool is_verbose, size_t wrong_bank)
{
	static const uint16_t algs[] = {TCG_ALG_SHA1, TCG_ALG_SHA256};
	uint8_t digests[COUNT(algs)][TCG_DIGEST_MAX], *data = malloc(row->len ? row->len : 1);
	struct eventlog_event raw = {.pcr = row->pcr,
		.type = row->type,
		.data = data,
		.len = row->len,
		.digest_count = COUNT(algs)};
	const struct crypto_bytes measured = {row->measured ? row->measured : row->data,
		row->measured ? row->measured_len : row->len};
	struct event event;
	struct error err;

	assert_non_null(data); /* of its own, so that the sanitizer sees its end */
	memcpy(data, row->data, row->len);
	for (size_t i = 0; i < COUNT(algs); i++) {
		assert_int_equal(crypto_digest(algs[i], &measured, 1, digests[i], &err), 0);
		digests[i][0] ^= i == wrong_bank;
		raw.digests[i] = (struct eventlog_digest){algs[i], digests[i]};
	}
	assert_int_equal(event_read(&raw, is_verbose, &event, &err), 0);
	free(data);
	return event;
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct event event = read_row(&rows[i], false, SIZE_MAX);

		print_message("%s\n", rows[i].name);
		assert_int_equal(event.check, rows[i].check);
		assert_int_equal(event.what, rows[i].what);
		assert_string_equal(event.name, rows[i].known_by);
		assert_string_equal(event.meaning, rows[i].meaning);
	}
}

/* A single bank that does not hold the data's digest is enough. */
static void test_each_bank_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].check != EVENT_MATCHES)
			continue;
		for (size_t bank = 0; bank < 2; bank++)
			assert_int_not_equal(read_row(&rows[i], false, bank).check, EVENT_MATCHES);
	}
}

static void test_secrets_need_to_be_asked_for(void **state)
{
	size_t secrets = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct event event = read_row(&rows[i], false, SIZE_MAX);

		assert_null(strstr(event.meaning, "secret"));
		assert_null(strstr(event.name, "secret"));
		event = read_row(&rows[i], true, SIZE_MAX);
		assert_null(strstr(event.name, "secret"));
		secrets += strstr(event.meaning, "secret") != NULL;
	}
	assert_int_equal(secrets, 6);
}

/* Every prefix of every row is read without a byte behind its end. */
static void test_prefixes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct row row = rows[i];

		while (row.len) {
			row.len--;
			assert_true(strlen(read_row(&row, true, SIZE_MAX).meaning) > 0 ||
				    row.type == EFI_ACTION);
		}
	}
}

static void test_types_have_names(void **state)
{
	(void)state;
	assert_string_equal(event_type_name(EV_SEPARATOR), "EV_SEPARATOR");
	assert_string_equal(event_type_name(0x800000e0), "EV_EFI_VARIABLE_AUTHORITY");
	assert_null(event_type_name(0x12345678));
	assert_string_equal(event_check_name(EVENT_OTHER_DATA), "other");
	assert_string_equal(event_check_name(EVENT_DIFFERS), "differs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_each_bank_counts),
		cmocka_unit_test(test_secrets_need_to_be_asked_for),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_types_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The facts of whole boots, from real logs, and what is believed of a log that was altered. */
#include "core/measured/boot_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "tests/unit/fixture/data.h"
#include "tests/unit/unit.h"

static uint8_t *read_log(const char *name, size_t *ret_len)
{
	char path[96];

	snprintf(path, sizeof(path), "eventlog/%s.bin", name);
	return data_read(path, ret_len);
}

static struct boot_facts read_facts(const char *name)
{
	struct boot_facts facts;
	struct eventlog log;
	struct error err;
	size_t len;
	uint8_t *bytes = read_log(name, &len);

	if (boot_read(bytes, len, &log, &facts, &err))
		fail_msg("%s: %s", name, err.message);
	free(bytes);
	return facts;
}

static const struct boot_item *find_item(
	const struct boot_facts *facts, uint16_t pcr, enum boot_what what, const char *name)
{
	for (size_t i = 0; i < facts->items.count; i++) {
		const struct boot_item *item = &facts->items.items[i];

		if (item->pcr == pcr && item->what == what && strcmp(item->name, name) == 0)
			return item;
	}
	fail_msg("no item %u %d %s", pcr, what, name);
	return NULL;
}

static void test_secure_boot_of_real_logs(void **state)
{
	static const struct {
		const char *name;
		enum boot_secure secure_boot;
		size_t certificates, authorities;
	} logs[] = {
		{"seabios-tpm12", BOOT_SECURE_NONE, 0, 0},
		{"seabios-sha256", BOOT_SECURE_NONE, 0, 0},
		{"ovmf-sha256", BOOT_SECURE_SETUP, 0, 0},
		{"ovmf-four-banks", BOOT_SECURE_SETUP, 0, 0},
		{"ovmf-secureboot", BOOT_SECURE_ON, 5, 0},
		{"rhel-shim-grub", BOOT_SECURE_ON, 5, 4},
		{"gce-ubuntu", BOOT_SECURE_OFF, 4, 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(logs); i++) {
		struct boot_facts facts = read_facts(logs[i].name);

		print_message("%s\n", logs[i].name);
		assert_int_equal(facts.secure_boot, logs[i].secure_boot);
		assert_int_equal(facts.certificates.count, logs[i].certificates);
		assert_int_equal(facts.authorities.count, logs[i].authorities);
		assert_int_equal(facts.unproven, 0);
		assert_int_equal(facts.left_out, 0);
	}
}

static void test_certificates(void **state)
{
	struct boot_facts facts = read_facts("rhel-shim-grub");
	const struct boot_certificate *kek = &facts.certificates.items[2];
	char hex[65];

	(void)state;
	assert_int_equal(facts.alg, TCG_ALG_SHA256);
	assert_int_equal(facts.variables.count, 4);
	assert_string_equal(facts.variables.items[0].name, "PK");
	assert_int_equal(facts.variables.items[1].certificates, 2);
	assert_string_equal(facts.variables.items[3].name, "dbx");
	assert_int_equal(facts.variables.items[3].certificates, 0);
	assert_int_equal(facts.variables.items[3].hashes, 1);
	assert_string_equal(kek->variable, "KEK");
	assert_string_equal(kek->subject, "CN=Microsoft Corporation KEK CA 2011,O=Microsoft "
					  "Corporation,L=Redmond,ST=Washington,C=US");
	assert_string_equal(kek->not_after, "2026-06-24T20:51:29Z");
	text_hex(kek->sha256.data, kek->sha256.len, hex, sizeof(hex));
	assert_string_equal(
		hex, "a1117f516a32cefcba3f2d1ace10a87972fd6bbe8fe0d0b996e09e65d802a503");
	assert_string_equal(facts.authorities.items[0].variable, "db");
	assert_memory_equal(facts.authorities.items[0].sha256.data,
		facts.certificates.items[4].sha256.data, 32);
	assert_string_equal(facts.authorities.items[1].variable, "SbatLevel");
	assert_string_equal(facts.authorities.items[1].subject, "");
	assert_int_equal(facts.authorities.items[1].sha256.len, 0);
	assert_non_null(strstr(facts.authorities.items[3].subject, "Red Hat Secure Boot CA 5"));
}

static void test_measurements(void **state)
{
	struct boot_facts facts = read_facts("gce-ubuntu");
	char hex[65];

	(void)state;
	assert_string_equal(facts.firmware, "GCE Virtual Firmware v1");
	text_hex(find_item(&facts, 4, BOOT_WHAT_APPLICATION, "grubx64.efi")->digest.data, 32, hex,
		sizeof(hex));
	assert_string_equal(
		hex, "b0a836fec2faf4a9bea0e1a5f1945bc86ddc03ac98ce0ae172ed9b1e536d7595");
	assert_int_equal(
		find_item(&facts, 9, BOOT_WHAT_FILE, "vmlinuz-5.11.0-1008-gcp")->events, 1);
	assert_int_equal(find_item(&facts, 9, BOOT_WHAT_FILE, "*.lst")->events, 4);
	assert_int_equal(find_item(&facts, 8, BOOT_WHAT_COMMAND, "")->events, 72);
	assert_int_equal(find_item(&facts, 8, BOOT_WHAT_COMMAND_LINE, "")->events, 1);
	assert_int_equal(find_item(&facts, 1, BOOT_WHAT_BOOT_ENTRY, "")->events, 5);
}

/* Finds `from` in the log once, and puts `to` in its place. */
static void alter(uint8_t *bytes, size_t len, const char *from, const char *to, size_t size)
{
	size_t found = 0;

	for (size_t i = 0; i + size <= len; i++) {
		if (memcmp(bytes + i, from, size) == 0) {
			memcpy(bytes + i, to, size);
			found++;
		}
	}
	assert_int_equal(found, 1);
}

/* The digests still lead to the PCRs, so only the data can tell the lie. */
static void test_data_that_was_not_measured_is_not_believed(void **state)
{
	struct boot_facts facts, before = read_facts("ovmf-secureboot");
	struct eventlog log;
	struct error err;
	size_t len;
	uint8_t *bytes = read_log("ovmf-secureboot", &len);

	(void)state;
	alter(bytes, len, "B\0o\0o\0t\0\x01", "B\0o\0o\0t\0\0", 9);
	assert_int_equal(boot_read(bytes, len, &log, &facts, &err), 0);
	assert_int_equal(facts.secure_boot, BOOT_SECURE_UNKNOWN);
	assert_int_equal(facts.unproven, 1);
	assert_int_equal(facts.certificates.count, before.certificates.count);
	alter(bytes, len, "KEK CA 2011", "KEK CA 2023", 11);
	assert_int_equal(boot_read(bytes, len, &log, &facts, &err), 0);
	assert_int_equal(facts.unproven, 2);
	assert_int_equal(facts.certificates.count, before.certificates.count - 2);
	assert_int_equal(facts.items.count, before.items.count);
	free(bytes);
}

static void test_what_the_system_measured(void **state)
{
	struct boot_facts facts = {0};
	const struct system_log_record records[] = {{7, "os-separator"}, {0, "os-separator"},
		{11, "enter-initrd"}, {-1, "os-separator"}};

	(void)state;
	for (size_t i = 0; i < COUNT(records); i++)
		boot_read_system(&records[i], &facts);
	assert_int_equal(facts.os_separators, 0x81);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secure_boot_of_real_logs),
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_measurements),
		cmocka_unit_test(test_data_that_was_not_measured_is_not_believed),
		cmocka_unit_test(test_what_the_system_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Two boots, one thing different between them, and the words for it. */
#include "core/measured/boot_difference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/measured/boot_read.h"
#include "tests/unit/fixture/data.h"
#include "tests/unit/unit.h"

static struct boot_facts read_facts(const char *name)
{
	struct boot_facts facts;
	struct eventlog log;
	struct error err;
	char path[96];
	size_t len;
	uint8_t *bytes;

	snprintf(path, sizeof(path), "eventlog/%s.bin", name);
	bytes = data_read(path, &len);
	assert_int_equal(boot_read(bytes, len, &log, &facts, &err), 0);
	free(bytes);
	return facts;
}

static struct boot_item *item_of(struct boot_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->items.count; i++) {
		if (strcmp(facts->items.items[i].name, name) == 0)
			return &facts->items.items[i];
	}
	fail_msg("no item %s", name);
	abort();
}

static void nothing(struct boot_facts *facts)
{
	(void)facts;
}

static void another_shim(struct boot_facts *facts)
{
	item_of(facts, "shimx64.efi")->digest.data[0] ^= 1;
}

static void switch_off(struct boot_facts *facts)
{
	item_of(facts, "SecureBoot")->digest.data[0] ^= 1;
	facts->secure_boot = BOOT_SECURE_OFF;
}

static void update_dbx(struct boot_facts *facts)
{
	item_of(facts, "dbx")->digest.data[0] ^= 1;
	facts->variables.items[3].hashes = 385;
}

static void update_db(struct boot_facts *facts)
{
	struct boot_certificate *certificate =
		&facts->certificates.items[facts->certificates.count++];

	item_of(facts, "db")->digest.data[0] ^= 1;
	*certificate = facts->certificates.items[0];
	snprintf(certificate->variable, sizeof(certificate->variable), "db");
	snprintf(
		certificate->subject, sizeof(certificate->subject), "CN=Windows UEFI CA 2023,C=US");
	certificate->sha256.data[0] ^= 1;
}

/* Another db, with two more certificates, and one of them let an image pass. */
static void two_more(struct boot_facts *facts)
{
	update_db(facts);
	update_db(facts);
	item_of(facts, "db")->digest.data[0] ^= 3;
	facts->certificates.items[facts->certificates.count - 1].sha256.data[0] ^= 2;
}

static void add_item(struct boot_facts *facts, enum boot_what what, const char *name)
{
	struct boot_item *item = &facts->items.items[facts->items.count++];

	*item = (struct boot_item){.pcr = 7, .what = what, .events = 1};
	snprintf(item->name, sizeof(item->name), "%s", name);
}

static void let_pass(struct boot_facts *facts)
{
	struct boot_authority *authority = &facts->authorities.items[facts->authorities.count++];

	add_item(facts, BOOT_WHAT_AUTHORITY, "list");
	*authority = (struct boot_authority){.variable = "list"};
	snprintf(authority->subject, sizeof(authority->subject), "CN=A CA 2023,C=US");
}

static void start_unnamed(struct boot_facts *facts)
{
	add_item(facts, BOOT_WHAT_APPLICATION, "");
}

static void add_command_line(struct boot_facts *facts)
{
	add_item(facts, BOOT_WHAT_COMMAND_LINE, "");
}

static void update_kernel(struct boot_facts *facts)
{
	struct boot_item *item = item_of(facts, "vmlinuz-5.14.0-130.el9.x86_64");

	snprintf(item->name, sizeof(item->name), "vmlinuz-5.14.0-131.el9.x86_64");
	item->digest.data[0] ^= 1;
}

static void one_command_more(struct boot_facts *facts)
{
	for (size_t i = 0; i < facts->items.count; i++)
		facts->items.items[i].events += facts->items.items[i].what == BOOT_WHAT_COMMAND;
}

static void seal(struct boot_facts *facts)
{
	facts->os_separators = 0x72ff;
}

static void another_bank(struct boot_facts *facts)
{
	another_shim(facts);
	facts->alg = TCG_ALG_SHA384;
}

static void everything(struct boot_facts *facts)
{
	for (size_t i = 0; i < facts->items.count; i++)
		facts->items.items[i].digest.data[0] ^= 1;
}

static const struct {
	void (*change)(struct boot_facts *facts);
	size_t count;
	uint16_t pcr;
	enum boot_change_kind kind;
	const char *sentence, *second; /* NULL: none */
} rows[] = {
	{nothing, 0, 0, 0, NULL, NULL},
	{another_shim, 1, 4, BOOT_CHANGE_ANOTHER, "boot loader or kernel: another shimx64.efi",
		NULL},
	{two_more, 1, 7, BOOT_CHANGE_ANOTHER,
		"Secure Boot: another db, new Windows UEFI CA 2023, and 1 more", NULL},
	{let_pass, 1, 7, BOOT_CHANGE_NEW, "images were let pass by A CA 2023 (list), too", NULL},
	{start_unnamed, 1, 7, BOOT_CHANGE_NEW,
		"boot loader or kernel: a program without a name is now started", NULL},
	{add_command_line, 1, 7, BOOT_CHANGE_NEW, "command line: now measured", NULL},
	{switch_off, 1, 7, BOOT_CHANGE_ANOTHER, "Secure Boot: on -> off", NULL},
	{update_dbx, 1, 7, BOOT_CHANGE_ANOTHER, "Secure Boot: another dbx, 1 -> 385 hashes", NULL},
	{update_db, 1, 7, BOOT_CHANGE_ANOTHER, "Secure Boot: another db, new Windows UEFI CA 2023",
		NULL},
	{update_kernel, 2, 9, BOOT_CHANGE_NEW,
		"file of the boot loader: new vmlinuz-5.14.0-131.el9.x86_64",
		"file of the boot loader: no longer vmlinuz-5.14.0-130.el9.x86_64"},
	{one_command_more, 1, 8, BOOT_CHANGE_ANOTHER, "the boot loader's commands: changed", NULL},
	{seal, 1, 0, BOOT_CHANGE_NEW,
		"systemd now seals PCR 0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 14 against what runs "
		"later (os-separator)",
		NULL},
	{another_bank, 0, 0, 0, NULL, NULL},
	{everything, BOOT_CHANGES_MAX, 0, BOOT_CHANGE_ANOTHER, "firmware: changed", NULL},
};

static void test_rows(void **state)
{
	const struct boot_facts then = read_facts("rhel-shim-grub");

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct boot_facts now = then;
		struct boot_difference difference;

		rows[i].change(&now);
		boot_difference_find(&then, &now, &difference);
		assert_int_equal(difference.changes.count, rows[i].count);
		if (!rows[i].count)
			continue;
		assert_string_equal(difference.changes.items[0].sentence, rows[i].sentence);
		assert_int_equal(difference.changes.items[0].pcr, rows[i].pcr);
		assert_int_equal(difference.changes.items[0].kind, rows[i].kind);
		if (rows[i].second)
			assert_string_equal(difference.changes.items[1].sentence, rows[i].second);
		assert_int_equal(difference.left_out,
			rows[i].change == everything ? then.items.count - BOOT_CHANGES_MAX : 0);
	}
}

/* The list is not gone, nor is a program that has no name called so. */
static void test_what_is_gone(void **state)
{
	static const struct {
		void (*change)(struct boot_facts *facts);
		const char *sentence;
	} gone[] = {
		{let_pass, "no image was let pass by A CA 2023 (list) any more"},
		{start_unnamed,
			"boot loader or kernel: a program without a name is no longer started"},
		{add_command_line, "command line: none is measured any more"},
		{two_more, "Secure Boot: another db, no longer Windows UEFI CA 2023, and 1 more"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(gone); i++) {
		const struct boot_facts now = read_facts("rhel-shim-grub");
		struct boot_facts then = now;
		struct boot_difference difference;

		gone[i].change(&then);
		boot_difference_find(&then, &now, &difference);
		assert_int_equal(difference.changes.count, 1);
		assert_string_equal(difference.changes.items[0].sentence, gone[i].sentence);
	}
}

/* Seen from the later boot: what was new is gone, and the other way round. */
static void test_the_other_way_round(void **state)
{
	const struct boot_facts then = read_facts("rhel-shim-grub");

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct boot_difference forth, back;
		struct boot_facts now = then;
		size_t fresh = 0, gone = 0;

		rows[i].change(&now);
		boot_difference_find(&then, &now, &forth);
		boot_difference_find(&now, &then, &back);
		assert_int_equal(forth.changes.count, back.changes.count);
		for (size_t j = 0; j < forth.changes.count; j++) {
			fresh += forth.changes.items[j].kind == BOOT_CHANGE_NEW;
			gone += back.changes.items[j].kind == BOOT_CHANGE_GONE;
		}
		assert_int_equal(fresh, gone);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_what_is_gone),
		cmocka_unit_test(test_the_other_way_round),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

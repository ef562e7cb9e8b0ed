/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/boot_difference.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/measured/boot_words.h"
#include "core/tcg/tcg.h"

/* What a change is of, before its colon. */
static const char *const subjects[BOOT_WHAT_COUNT] = {
	[BOOT_WHAT_OTHER] = "other measurements",
	[BOOT_WHAT_FIRMWARE] = "firmware",
	[BOOT_WHAT_TABLES] = "the firmware's tables",
	[BOOT_WHAT_VARIABLE] = "Secure Boot",
	[BOOT_WHAT_AUTHORITY] = "what let images pass Secure Boot",
	[BOOT_WHAT_BOOT_ENTRY] = "boot entries",
	[BOOT_WHAT_ACTION] = "occasions of the boot",
	[BOOT_WHAT_SEPARATOR] = "separator of an error",
	[BOOT_WHAT_DRIVER] = "driver",
	[BOOT_WHAT_PARTITIONS] = "partition table",
	[BOOT_WHAT_APPLICATION] = "boot loader or kernel",
	[BOOT_WHAT_SHIM] = "shim's list",
	[BOOT_WHAT_COMMAND] = "the boot loader's commands",
	[BOOT_WHAT_FILE] = "file of the boot loader",
	[BOOT_WHAT_COMMAND_LINE] = "command line",
	[BOOT_WHAT_INITRD] = "initrd",
	[BOOT_WHAT_SECTION] = "section of the kernel image",
	[BOOT_WHAT_CONFIG] = "configuration of the boot",
	[BOOT_WHAT_SYSTEM] = "Windows",
};

static const struct boot_item *find_item(
	const struct boot_facts *facts, const struct boot_item *like)
{
	for (size_t i = 0; i < facts->items.count; i++) {
		const struct boot_item *item = &facts->items.items[i];

		if (item->pcr != like->pcr || item->what != like->what)
			continue;
		if (strcmp(item->name, like->name) == 0)
			return item;
	}
	return NULL;
}

static bool is_same(const struct boot_item *a, const struct boot_item *b)
{
	return a->digest.len == b->digest.len && a->events == b->events &&
	       memcmp(a->digest.data, b->digest.data, a->digest.len) == 0;
}

static const struct boot_variable *find_variable(const struct boot_facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->variables.count; i++) {
		if (strcmp(facts->variables.items[i].name, name) == 0)
			return &facts->variables.items[i];
	}
	return NULL;
}

/* The first certificate of a list that the other boot does not have; NULL: it has all of them. */
static const struct boot_certificate *find_lacking(
	const struct boot_facts *from, const struct boot_facts *other, const char *variable)
{
	for (size_t i = 0; i < from->certificates.count; i++) {
		const struct boot_certificate *certificate = &from->certificates.items[i];
		bool is_there = strcmp(certificate->variable, variable) != 0;

		for (size_t j = 0; !is_there && j < other->certificates.count; j++) {
			const struct boot_certificate *its = &other->certificates.items[j];

			is_there = strcmp(its->variable, variable) == 0 &&
				   memcmp(its->sha256.data, certificate->sha256.data,
					   sizeof(its->sha256.data)) == 0;
		}
		if (!is_there)
			return certificate;
	}
	return NULL;
}

static void add_certificate(
	char *out, size_t size, const char *verb, const struct boot_certificate *certificate)
{
	char name[BOOT_SUBJECT_MAX];
	size_t used = strlen(out);

	if (!certificate)
		return;
	boot_common_name(name, sizeof(name), certificate->subject);
	snprintf(out + used, size - used, ", %s %s", verb, name);
}

/* "Secure Boot: dbx 371 -> 385 hashes", "Secure Boot: db, new Windows UEFI CA 2023" */
static void describe_list(const struct boot_facts *then, const struct boot_facts *now,
	const char *name, char *out, size_t size)
{
	const struct boot_variable *was = find_variable(then, name);
	const struct boot_variable *is = find_variable(now, name);
	size_t used = (size_t)snprintf(out, size, "Secure Boot: another %s", name);

	if (!was || !is)
		return;
	if (was->hashes != is->hashes)
		snprintf(out + used, size - used, ", %" PRIu32 " -> %" PRIu32 " hashes",
			was->hashes, is->hashes);
	add_certificate(out, size, "new", find_lacking(now, then, name));
	add_certificate(out, size, "gone", find_lacking(then, now, name));
}

static const char *word_of(enum boot_secure state)
{
	static const char *const words[BOOT_SECURE_COUNT] = {
		"unknown", "none", "off", "on", "setup mode", "audit mode"};

	return words[state];
}

static void describe(const struct boot_facts *then, const struct boot_facts *now,
	const struct boot_change *change, char *out, size_t size)
{
	static const char *const verbs[BOOT_CHANGE_COUNT] = {"another", "new", "gone"};
	const char *subject = subjects[change->what];

	if (strcmp(change->name, "SecureBoot") == 0)
		snprintf(out, size, "Secure Boot: %s -> %s", word_of(then->secure_boot),
			word_of(now->secure_boot));
	else if (change->what == BOOT_WHAT_VARIABLE && change->kind == BOOT_CHANGE_ANOTHER)
		describe_list(then, now, change->name, out, size);
	else if (*change->name)
		snprintf(out, size, "%s: %s %s", subject, verbs[change->kind], change->name);
	else if (change->kind == BOOT_CHANGE_ANOTHER)
		snprintf(out, size, "%s: changed", subject);
	else
		snprintf(out, size, "%s: %s", subject, verbs[change->kind]);
}

static void add(const struct boot_facts *then, const struct boot_facts *now,
	const struct boot_item *item, enum boot_change_kind kind, struct boot_difference *to)
{
	char sentence[sizeof(((struct boot_change *)0)->sentence)] = "";
	struct boot_change *change;

	if (to->changes.count == BOOT_CHANGES_MAX) {
		to->left_out++;
		return;
	}
	change = &to->changes.items[to->changes.count++];
	*change = (struct boot_change){.pcr = item->pcr, .what = item->what, .kind = kind};
	snprintf(change->name, sizeof(change->name), "%s", item->name);
	describe(then, now, change, sentence, sizeof(sentence));
	memcpy(change->sentence, sentence, sizeof(sentence));
}

static void compare_pcr(const struct boot_facts *then, const struct boot_facts *now, unsigned pcr,
	struct boot_difference *to)
{
	for (size_t i = 0; i < now->items.count; i++) {
		const struct boot_item *item = &now->items.items[i];
		const struct boot_item *before = item->pcr == pcr ? find_item(then, item) : NULL;

		if (item->pcr != pcr || (before && is_same(before, item)))
			continue;
		add(then, now, item, before ? BOOT_CHANGE_ANOTHER : BOOT_CHANGE_NEW, to);
	}
	for (size_t i = 0; i < then->items.count; i++) {
		const struct boot_item *item = &then->items.items[i];

		if (item->pcr == pcr && !find_item(now, item))
			add(then, now, item, BOOT_CHANGE_GONE, to);
	}
}

/* One change for all PCRs: systemd separates them together. */
static void compare_separators(
	const struct boot_facts *then, const struct boot_facts *now, struct boot_difference *to)
{
	uint32_t differ = then->os_separators ^ now->os_separators;
	struct boot_item item = {.what = BOOT_WHAT_SYSTEM, .name = "os-separator"};
	bool is_new = differ & now->os_separators;
	size_t count = to->changes.count;
	char pcrs[64];

	if (!differ)
		return;
	while (!(differ & 1U << item.pcr))
		item.pcr++;
	tcg_pcrs_print(differ, pcrs, sizeof(pcrs));
	add(then, now, &item, is_new ? BOOT_CHANGE_NEW : BOOT_CHANGE_GONE, to);
	if (to->changes.count > count)
		snprintf(to->changes.items[count].sentence,
			sizeof(to->changes.items[count].sentence),
			"systemd %s PCR %s against what runs later (os-separator)",
			is_new ? "now seals" : "no longer seals", pcrs);
}

void boot_difference_find(const struct boot_facts *then, const struct boot_facts *now,
	struct boot_difference *ret_difference)
{
	*ret_difference = (struct boot_difference){0};
	if (!then->alg || then->alg != now->alg)
		return;
	for (unsigned pcr = 0; pcr < TCG_PCR_COUNT; pcr++)
		compare_pcr(then, now, pcr, ret_difference);
	compare_separators(then, now, ret_difference);
}

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

/* The first certificate of a list that the other boot does not have, and how many there are of
 * them; NULL: it has all of them. */
static const struct boot_certificate *find_lacking(const struct boot_facts *from,
	const struct boot_facts *other, const char *variable, size_t *ret_count)
{
	const struct boot_certificate *first = NULL;

	*ret_count = 0;
	for (size_t i = 0; i < from->certificates.count; i++) {
		const struct boot_certificate *certificate = &from->certificates.items[i];
		bool is_there = strcmp(certificate->variable, variable) != 0;

		for (size_t j = 0; !is_there && j < other->certificates.count; j++) {
			const struct boot_certificate *its = &other->certificates.items[j];

			is_there = strcmp(its->variable, variable) == 0 &&
				   memcmp(its->sha256.data, certificate->sha256.data,
					   sizeof(its->sha256.data)) == 0;
		}
		first = !is_there && !first ? certificate : first;
		*ret_count += !is_there;
	}
	return first;
}

/* The first by its name, and how many more: a sentence has no room for all. */
static void add_certificates(char *out, size_t size, const char *verb,
	const struct boot_facts *from, const struct boot_facts *other, const char *variable)
{
	size_t used = strlen(out), count;
	const struct boot_certificate *first = find_lacking(from, other, variable, &count);
	char name[BOOT_SUBJECT_MAX], more[32] = "";

	if (!first)
		return;
	boot_common_name(name, sizeof(name), first->subject);
	if (count > 1)
		snprintf(more, sizeof(more), ", and %zu more", count - 1);
	snprintf(out + used, size - used, ", %s %s%s", verb, name, more);
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
	add_certificates(out, size, "new", now, then, name);
	add_certificates(out, size, "no longer", then, now, name);
}

static const char *word_of(enum boot_secure state)
{
	static const char *const words[BOOT_SECURE_COUNT] = {
		"unknown", "none", "off", "on", "setup mode", "audit mode"};

	return words[state];
}

/* Whose certificate it was: an authority is called by its list, of which nothing is gone. */
static void describe_authority(const struct boot_facts *then, const struct boot_facts *now,
	const struct boot_change *change, char *out, size_t size)
{
	const struct boot_facts *of = change->kind == BOOT_CHANGE_GONE ? then : now;
	char name[BOOT_SUBJECT_MAX] = "an entry";

	for (size_t i = 0; i < of->authorities.count; i++) {
		const struct boot_authority *authority = &of->authorities.items[i];

		if (strcmp(authority->variable, change->name) == 0 && *authority->subject)
			boot_common_name(name, sizeof(name), authority->subject);
	}
	if (change->kind == BOOT_CHANGE_GONE)
		snprintf(out, size, "no image was let pass by %.80s (%.40s) any more", name,
			change->name);
	else if (change->kind == BOOT_CHANGE_NEW)
		snprintf(out, size, "images were let pass by %.80s (%.40s), too", name,
			change->name);
	else
		snprintf(out, size, "images were let pass by others of %.40s, such as %.70s",
			change->name, name);
}

/* What has no name of its own. */
static void describe_unnamed(const struct boot_change *change, char *out, size_t size)
{
	const char *subject = subjects[change->what];
	const bool is_gone = change->kind == BOOT_CHANGE_GONE;

	if (change->kind == BOOT_CHANGE_ANOTHER)
		snprintf(out, size, "%s: changed", subject);
	else if (change->what == BOOT_WHAT_APPLICATION)
		snprintf(out, size, "%s: a program without a name is %s started", subject,
			is_gone ? "no longer" : "now");
	else
		snprintf(out, size, "%s: %s", subject,
			is_gone ? "none is measured any more" : "now measured");
}

static void describe(const struct boot_facts *then, const struct boot_facts *now,
	const struct boot_change *change, char *out, size_t size)
{
	static const char *const verbs[BOOT_CHANGE_COUNT] = {"another", "new", "no longer"};
	const char *subject = subjects[change->what];

	if (strcmp(change->name, "SecureBoot") == 0)
		snprintf(out, size, "Secure Boot: %s -> %s", word_of(then->secure_boot),
			word_of(now->secure_boot));
	else if (change->what == BOOT_WHAT_VARIABLE && change->kind == BOOT_CHANGE_ANOTHER)
		describe_list(then, now, change->name, out, size);
	else if (change->what == BOOT_WHAT_AUTHORITY && *change->name)
		describe_authority(then, now, change, out, size);
	else if (*change->name)
		snprintf(out, size, "%s: %s %s", subject, verbs[change->kind], change->name);
	else
		describe_unnamed(change, out, size);
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

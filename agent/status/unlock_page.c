/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the disks open, for somebody who never saw a token of LUKS. */
#include <stdio.h>
#include <string.h>

#include "agent/status/unlock.h"
#include "core/disk/outlook.h"
#include "core/disk/words.h"

static enum page_mark mark_of(enum unlock_result result, bool is_before_reboot)
{
	return result == UNLOCK_NOT_TPM
		       ? PAGE_PLAIN
		       : page_mark_of(disk_volume_status(result, is_before_reboot));
}

static void add_slot(
	const char *label, const struct unlock_slot *slot, bool is_before_reboot, struct page *page)
{
	char sentence[DISK_SENTENCE_MAX];

	disk_describe_slot(slot, sentence, sizeof(sentence));
	page_add_row(page, mark_of(slot->result, is_before_reboot), label, "%s", sentence);
}

static void add_volume(const struct unlock_volume *volume, bool is_before_reboot, struct page *page)
{
	enum unlock_result result = unlock_volume_result(volume);
	struct page_row *row = page_add_row(page, mark_of(result, is_before_reboot),
		*volume->name ? "Sealed" : "Disk", "%s%s%s%s", volume->device,
		*volume->uuid ? ", " : "", volume->uuid,
		result == UNLOCK_NOT_TPM ? ": no slot of a TPM" : "");

	disk_remedy(volume, volume->device, row->remedy, sizeof(row->remedy));
	for (size_t i = 0; i < volume->slots.count; i++) {
		const struct unlock_slot *slot = &volume->slots.items[i];
		char label[24] = "Object";

		if (!*volume->name)
			snprintf(label, sizeof(label), "Token %u", slot->token);
		add_slot(label, slot, is_before_reboot, page);
	}
}

/* What is asked for where all disks open. */
static const char *describe_pins(const struct disk_outlook *outlook)
{
	if (!outlook->asking)
		return "";
	if (outlook->sealed == 1)
		return " with its PIN";
	return outlook->asking == outlook->sealed ? ", all ask for a PIN" : ", some ask for a PIN";
}

static void build_headline(
	const struct disk_outlook *outlook, bool is_before_reboot, struct page *page)
{
	static const char *const badges[] = {[VERDICT_AFFIRMING] = "opens",
		[VERDICT_WARNING] = "warning",
		[VERDICT_CONTRAINDICATED] = "will not open",
		[VERDICT_NONE] = "unknown"};
	size_t fine = outlook->opening + outlook->asking;
	const char *plural = outlook->sealed == 1 ? "" : "s";

	page->status = disk_outlook_status(outlook, is_before_reboot);
	page->badge = outlook->sealed ? badges[page->status] : "nothing sealed";
	if (!outlook->sealed)
		snprintf(page->headline, sizeof(page->headline), "no disk is sealed to a TPM");
	else if (fine == outlook->sealed)
		snprintf(page->headline, sizeof(page->headline),
			"%zu sealed disk%s: this TPM opens %s at the next boot%s", outlook->sealed,
			plural, outlook->sealed == 1 ? "it" : "all", describe_pins(outlook));
	else
		snprintf(page->headline, sizeof(page->headline),
			"%zu sealed disk%s: %zu open%s at the next boot, %zu will not, %zu cannot "
			"be told",
			outlook->sealed, plural, fine, fine == 1 ? "s" : "", outlook->failing,
			outlook->doubtful + outlook->undecided);
	snprintf(page->summary, sizeof(page->summary), "%sNothing was unsealed.",
		outlook->sealed ? "This holds if the next boot measures the same. " : "");
}

/* What lies behind the PCRs for which disks do not open. */
static void add_changes(
	const struct unlock_facts *facts, const struct boot_difference *changes, struct page *page)
{
	uint32_t differ = 0;
	bool is_first = true;

	for (size_t i = 0; i < facts->volumes.count; i++) {
		const struct unlock_volume *volume = &facts->volumes.items[i];

		for (size_t slot = 0; slot < volume->slots.count; slot++)
			differ |= volume->slots.items[slot].differ;
	}
	for (size_t i = 0; changes && i < changes->changes.count; i++) {
		const struct boot_change *change = &changes->changes.items[i];
		char label[16];

		if (change->pcr >= TCG_PCR_COUNT || !(differ & 1U << change->pcr))
			continue;
		if (is_first)
			page_begin_section(page, "What changed since the baseline");
		is_first = false;
		snprintf(label, sizeof(label), "PCR %u", change->pcr);
		page_add_row(page, PAGE_PLAIN, label, "%s", change->sentence);
	}
}

void status_unlock_page(const struct evidence *evidence, const struct boot_difference *changes,
	bool is_before_reboot, struct page *ret_page)
{
	const struct unlock_facts *facts = &evidence->unlock.facts;
	struct disk_outlook outlook;

	disk_outlook(facts, &outlook);
	build_headline(&outlook, is_before_reboot, ret_page);
	page_begin_section(ret_page, "Encrypted disks");
	for (size_t i = 0; i < facts->volumes.count; i++)
		add_volume(&facts->volumes.items[i], is_before_reboot, ret_page);
	if (!facts->volumes.count)
		page_add_row(ret_page, PAGE_PLAIN, "Disks", "none with a LUKS2 header");
	if (facts->left_out)
		page_add_row(ret_page, PAGE_UNKNOWN, "Left out", "%u more", facts->left_out);
	add_changes(facts, changes, ret_page);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the disks open, for somebody who never saw a token of LUKS. */
#include <stdio.h>
#include <string.h>

#include "agent/status/unlock.h"
#include "core/disk/bitlocker.h"
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
			snprintf(label, sizeof(label), "%s %u",
				bitlocker_is_type(slot->type) ? "Protector" : "Token", slot->token);
		add_slot(label, slot, is_before_reboot, page);
	}
}

/* What is asked for where all disks open. */
static const char *describe_asking(const struct disk_outlook *outlook)
{
	static const char *const words[][3] = {
		{" with its PIN", ", all ask for a PIN", ", some ask for a PIN"},
		{" with its startup key", ", all ask for a PIN or a startup key",
			", some ask for a PIN or a startup key"},
	};
	const char *const *of = words[outlook->asking_key > 0];

	if (!outlook->asking)
		return "";
	if (outlook->sealed == 1)
		return of[0];
	return outlook->asking == outlook->sealed ? of[1] : of[2];
}

/* "sealed disk", "sealed files", "sealed disks and files" */
static const char *describe_kind(const struct disk_outlook *outlook)
{
	if (outlook->files == 0)
		return outlook->sealed == 1 ? "sealed disk" : "sealed disks";
	if (outlook->files == outlook->sealed)
		return outlook->sealed == 1 ? "sealed file" : "sealed files";
	return "sealed disks and files";
}

/* Each count that is not 0; what fails first. */
static void describe_counts(const struct disk_outlook *outlook, char *out, size_t size)
{
	const size_t late = outlook->doubtful - outlook->locked_out;
	const size_t fine = outlook->opening + outlook->asking;
	const struct {
		size_t count;
		const char *one, *several;
	} parts[] = {
		{fine, "opens at the next boot", "open at the next boot"},
		{late, "opens only in the running system", "open only in the running system"},
		{outlook->locked_out, "waits for the TPM's lockout to end",
			"wait for the TPM's lockout to end"},
		{outlook->undecided, "cannot be told", "cannot be told"},
	};
	const char *between = outlook->failing ? ", " : ": ";
	size_t used;

	if (outlook->failing)
		used = (size_t)snprintf(out, size, "%zu of %zu %s will not open at the next boot",
			outlook->failing, outlook->sealed,
			outlook->sealed == 1 && outlook->files ? "sealed files"
			: outlook->sealed == 1                 ? "sealed disks"
							       : describe_kind(outlook));
	else
		used = (size_t)snprintf(
			out, size, "%zu %s", outlook->sealed, describe_kind(outlook));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i].count || used >= size)
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s%zu %s", between,
			parts[i].count, parts[i].count == 1 ? parts[i].one : parts[i].several);
		between = ", ";
	}
}

static void build_headline(
	const struct disk_outlook *outlook, bool is_before_reboot, struct page *page)
{
	static const char *const badges[] = {[VERDICT_AFFIRMING] = "opens",
		[VERDICT_WARNING] = "warning",
		[VERDICT_CONTRAINDICATED] = "will not open",
		[VERDICT_NONE] = "unknown"};
	size_t fine = outlook->opening + outlook->asking;

	page->status = disk_outlook_status(outlook, is_before_reboot);
	page->badge = outlook->sealed ? badges[page->status] : "nothing sealed";
	if (!outlook->sealed)
		snprintf(page->headline, sizeof(page->headline), "no disk is sealed to a TPM");
	else if (fine == outlook->sealed)
		snprintf(page->headline, sizeof(page->headline),
			"%zu %s: this TPM opens %s at the next boot%s", outlook->sealed,
			describe_kind(outlook), outlook->sealed == 1 ? "it" : "all",
			describe_asking(outlook));
	else
		describe_counts(outlook, page->headline, sizeof(page->headline));
	snprintf(page->summary, sizeof(page->summary), "%sNothing was unsealed.",
		outlook->sealed ? "This holds if the next boot measures the same. " : "");
}

/* What lies behind the PCRs for which disks do not open. */
static void add_changes(
	const struct unlock_facts *facts, const struct boot_difference *changes, struct page *page)
{
	const uint32_t differ = disk_differing_pcrs(facts);
	bool is_first = true;

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

void status_unlock_sections(const struct unlock_facts *facts, const struct boot_difference *changes,
	bool is_before_reboot, struct page *page)
{
	page_begin_section(page, "Encrypted disks");
	for (size_t i = 0; i < facts->volumes.count; i++)
		add_volume(&facts->volumes.items[i], is_before_reboot, page);
	if (!facts->volumes.count)
		page_add_row(page, PAGE_PLAIN, "Disks", "none with a header of LUKS2 or BitLocker");
	if (facts->left_out)
		page_add_row(page, PAGE_UNKNOWN, "Left out", "%u more", facts->left_out);
	add_changes(facts, changes, page);
}

void status_unlock_page(const struct evidence *evidence, const struct boot_difference *changes,
	bool is_before_reboot, struct page *ret_page)
{
	const struct unlock_facts *facts = &evidence->unlock.facts;
	struct disk_outlook outlook;
	struct page_row *row;

	disk_outlook(facts, &outlook);
	build_headline(&outlook, is_before_reboot, ret_page);
	status_unlock_sections(facts, changes, is_before_reboot, ret_page);
	if (evidence->session.part.state != PART_FAILED || !outlook.undecided)
		return;
	row = page_add_row(
		ret_page, PAGE_UNKNOWN, "TPM", "%s", evidence->session.part.error.message);
	snprintf(row->remedy, sizeof(row->remedy),
		"vtpm-agent status says what is wrong with the TPM.");
}

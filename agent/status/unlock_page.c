/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the disks open, for somebody who never saw a token of LUKS. */
#include <stdio.h>
#include <string.h>

#include "agent/status/unlock.h"
#include "core/disk/outlook.h"

static const char *const sentences[UNLOCK_RESULT_COUNT] = {
	[UNLOCK_UNKNOWN] = "cannot be told",
	[UNLOCK_OPENS] = "opens",
	[UNLOCK_NEEDS_PIN] = "opens with its PIN",
	[UNLOCK_OPENS_LATE] = "opens in the running system, but not in the initrd",
	[UNLOCK_SIGNED_POLICY] = "cannot be told",
	[UNLOCK_PCRLOCK] = "cannot be told",
	[UNLOCK_PCR_DIFFERS] = "does not open",
	[UNLOCK_OTHER_VTPM] =
		"does not open: another vTPM sealed it, or this one before it was cleared",
	[UNLOCK_LOCKOUT] = "does not open now: the TPM is locked out",
	[UNLOCK_UNREADABLE] = "cannot be read",
	[UNLOCK_NOT_TPM] = "needs no TPM",
};

#define ENROL "systemd-cryptenroll --wipe-slot=tpm2 --tpm2-device=auto"

/* What can be done about a volume of this result. */
static const struct {
	const char *text;
	bool has_device; /* which stands behind it */
} remedies[UNLOCK_RESULT_COUNT] = {
	[UNLOCK_OPENS_LATE] =
		{.text = "If the system starts from this disk, enrol it again with PCRs that "
			 "the initrd has. A disk that is opened later needs nothing."},
	[UNLOCK_PCRLOCK] = {.text = "systemd-pcrlock predict shows what its policy allows."},
	[UNLOCK_PCR_DIFFERS] =
		{.text = "Have the recovery key or a passphrase ready. If the change was "
			 "meant, enrol the disk again: " ENROL " --tpm2-pcrs=...",
			.has_device = true},
	[UNLOCK_OTHER_VTPM] =
		{.text = "The TPM's slots of this disk are lost. Have the recovery key or a "
			 "passphrase ready, or bring back the vTPM that sealed them. Then "
			 "enrol the disk again: " ENROL,
			.has_device = true},
	[UNLOCK_LOCKOUT] =
		{.text = "Wait until the lockout ends: vtpm-agent status shows how long."},
	[UNLOCK_UNREADABLE] = {.text = "See what the header has: cryptsetup luksDump",
		.has_device = true},
};

static enum page_mark mark_of(enum unlock_result result, bool is_before_reboot)
{
	return result == UNLOCK_NOT_TPM
		       ? PAGE_PLAIN
		       : page_mark_of(disk_volume_status(result, is_before_reboot));
}

static void describe_pcrs(const struct unlock_slot *slot, char *out, size_t size)
{
	const char *bank = tcg_alg_name(slot->bank);
	char pcrs[64];

	out[0] = 0;
	if (!slot->pcrs)
		return;
	tcg_pcrs_print(slot->pcrs, pcrs, sizeof(pcrs));
	snprintf(out, size, ", %s PCR %s", bank ? bank : "", pcrs);
}

static void describe_difference(const struct unlock_slot *slot, char *out, size_t size)
{
	bool is_one = !(slot->differ & (slot->differ - 1));
	char pcrs[64];

	out[0] = 0;
	if (!slot->differ)
		return;
	tcg_pcrs_print(slot->differ, pcrs, sizeof(pcrs));
	snprintf(out, size, ": %sPCR %s hold%s another value than it was sealed to",
		is_one ? "" : "one or more of ", pcrs, is_one ? "s" : "");
}

static void add_slot(const struct unlock_slot *slot, bool is_before_reboot, struct page *page)
{
	char label[24], pcrs[96], difference[160];

	snprintf(label, sizeof(label), "Token %u", slot->token);
	describe_pcrs(slot, pcrs, sizeof(pcrs));
	describe_difference(slot, difference, sizeof(difference));
	page_add_row(page, mark_of(slot->result, is_before_reboot), label, "%s%s: %s%s%s%s",
		*slot->type ? slot->type : "the header", pcrs, sentences[slot->result], difference,
		*slot->detail ? "; " : "", slot->detail);
}

static void add_volume(const struct unlock_volume *volume, bool is_before_reboot, struct page *page)
{
	enum unlock_result result = unlock_volume_result(volume);
	struct page_row *row = page_add_row(page, mark_of(result, is_before_reboot), "Disk",
		"%s%s%s%s", volume->device, *volume->uuid ? ", " : "", volume->uuid,
		result == UNLOCK_NOT_TPM ? ": no slot of a TPM" : "");

	if (remedies[result].text)
		snprintf(row->remedy, sizeof(row->remedy), "%s%s%s", remedies[result].text,
			remedies[result].has_device ? " " : "",
			remedies[result].has_device ? volume->device : "");
	for (size_t slot = 0; slot < volume->slots.count; slot++)
		add_slot(&volume->slots.items[slot], is_before_reboot, page);
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

void status_unlock_page(
	const struct evidence *evidence, bool is_before_reboot, struct page *ret_page)
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
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/words.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/tcg/tcg.h"

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

#define REGENERATE "clevis luks regen -s SLOT -d"
#define ENROL      "systemd-cryptenroll --wipe-slot=tpm2 --tpm2-device=auto"

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

static const char *const remedies_of_clevis[UNLOCK_RESULT_COUNT] = {
	[UNLOCK_PCR_DIFFERS] = "Have the recovery key or a passphrase ready. If the change was "
			       "meant, bind the slot again: " REGENERATE,
	[UNLOCK_OTHER_VTPM] = "The TPM's slots of this disk are lost. Have the recovery key or a "
			      "passphrase ready, or bring back the vTPM that sealed them. Then "
			      "bind the slot again: " REGENERATE,
};

const char *disk_result_sentence(enum unlock_result result)
{
	return sentences[result < UNLOCK_RESULT_COUNT ? result : UNLOCK_UNKNOWN];
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

void disk_describe_slot(const struct unlock_slot *slot, char *out, size_t size)
{
	char pcrs[96], difference[160];

	describe_pcrs(slot, pcrs, sizeof(pcrs));
	describe_difference(slot, difference, sizeof(difference));
	snprintf(out, size, "%s%s: %s%s%s%s", *slot->type ? slot->type : "the header", pcrs,
		disk_result_sentence(slot->result), difference, *slot->detail ? "; " : "",
		slot->detail);
}

/* A file is sealed again by what sealed it, and nobody asks for a recovery key. */
static const char *remedy_of_file(enum unlock_result result)
{
	if (result == UNLOCK_LOCKOUT)
		return remedies[result].text;
	if (result != UNLOCK_PCR_DIFFERS && result != UNLOCK_OTHER_VTPM)
		return "";
	return "What is sealed in it is lost to this system as it is now: seal it again from a "
	       "copy, with systemd-creds encrypt or what else made it.";
}

/* Whether clevis made the slot that decides. */
static bool is_of_clevis(const struct unlock_volume *volume, enum unlock_result result)
{
	for (size_t i = 0; i < volume->slots.count; i++) {
		if (volume->slots.items[i].result == result)
			return strcmp(volume->slots.items[i].type, "clevis") == 0;
	}
	return false;
}

void disk_remedy(const struct unlock_volume *volume, const char *device, char *out, size_t size)
{
	const enum unlock_result result = unlock_volume_result(volume);
	const char *text = remedies[result].text;

	if (*volume->name) {
		snprintf(out, size, "%s", remedy_of_file(result));
		return;
	}
	if (is_of_clevis(volume, result) && remedies_of_clevis[result])
		text = remedies_of_clevis[result];
	snprintf(out, size, "%s%s%s", text ? text : "", remedies[result].has_device ? " " : "",
		remedies[result].has_device ? device : "");
}

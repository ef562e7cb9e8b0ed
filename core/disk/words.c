/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/words.h"

#include <stdio.h>

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

void disk_remedy(enum unlock_result result, const char *device, char *out, size_t size)
{
	const bool has_device = result < UNLOCK_RESULT_COUNT && remedies[result].has_device;
	const char *text = result < UNLOCK_RESULT_COUNT ? remedies[result].text : NULL;

	snprintf(out, size, "%s%s%s", text ? text : "", has_device ? " " : "",
		has_device ? device : "");
}

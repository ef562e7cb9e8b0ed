/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/words.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/disk/bitlocker.h"
#include "core/tcg/tcg.h"

static const char *const sentences[UNLOCK_RESULT_COUNT] = {
	[UNLOCK_UNKNOWN] = "cannot be told",
	[UNLOCK_OPENS] = "opens",
	[UNLOCK_SUSPENDED] = "opens: its protection is suspended",
	[UNLOCK_NEEDS_PIN] = "opens with its PIN",
	[UNLOCK_NEEDS_KEY] = "opens with its startup key",
	[UNLOCK_OPENS_LATE] = "opens in the running system, but not in the initrd",
	[UNLOCK_SIGNED_POLICY] = "cannot be told",
	[UNLOCK_PCRLOCK] = "cannot be told",
	[UNLOCK_UNSEEN] = "cannot be told without a baseline",
	[UNLOCK_PCR_DIFFERS] = "does not open",
	[UNLOCK_POLICY_FAILS] = "does not open",
	[UNLOCK_OTHER_VTPM] =
		"does not open: another vTPM sealed it, or this one before it was cleared",
	[UNLOCK_LOCKOUT] = "does not open now: the TPM is locked out",
	[UNLOCK_UNREADABLE] = "cannot be read",
	[UNLOCK_NOT_TPM] = "needs no TPM",
};

/* What can be done about a volume of this result; behind it come the commands that make its slots
 * anew, where they are lost. */
static const char *const remedies[UNLOCK_RESULT_COUNT] = {
	[UNLOCK_OPENS_LATE] = "If the system starts from this disk, enrol it again with PCRs that "
			      "the initrd has. A disk that is opened later needs nothing.",
	[UNLOCK_PCRLOCK] = "systemd-pcrlock predict shows what its policy allows.",
	[UNLOCK_PCR_DIFFERS] = "Have the recovery key or a passphrase ready. If the change was "
			       "meant, enrol the disk again",
	[UNLOCK_POLICY_FAILS] =
		"Have the recovery key or a passphrase ready, and enrol the disk again",
	[UNLOCK_OTHER_VTPM] = "The TPM's slots of this disk are lost. Have the recovery key or a "
			      "passphrase ready, or bring back the vTPM that sealed them. Then "
			      "enrol the disk again",
	[UNLOCK_LOCKOUT] = "Wait until the lockout ends: vtpm-agent status shows how long.",
};

static bool is_lost(enum unlock_result result)
{
	return result == UNLOCK_PCR_DIFFERS || result == UNLOCK_POLICY_FAILS ||
	       result == UNLOCK_OTHER_VTPM;
}

/* With a place for the device. */
static const char *text_of_bitlocker(enum unlock_result result)
{
	switch (result) {
	case UNLOCK_UNSEEN:
		return "Compare with an earlier boot, in which it opened by itself: vtpm-agent "
		       "unlock --baseline FILE.";
	case UNLOCK_PCR_DIFFERS:
		return "Have the recovery key ready. If the change was meant, seal the disk anew: "
		       "manage-bde -protectors -disable %s, then -enable. Then save a new "
		       "baseline.";
	case UNLOCK_OTHER_VTPM:
		return "Have the recovery key ready, or bring back the vTPM that sealed the disk. "
		       "Then delete the TPM's protector and add it again: manage-bde -protectors "
		       "%s";
	default:
		return "";
	}
}

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
	snprintf(out, size, ",%s%s PCR %s", bank ? " " : "", bank ? bank : "", pcrs);
}

static void describe_difference(const struct unlock_slot *slot, char *out, size_t size)
{
	bool is_one = !(slot->differ & (slot->differ - 1));
	char pcrs[64];

	out[0] = 0;
	if (!slot->differ || slot->result == UNLOCK_UNKNOWN)
		return;
	tcg_pcrs_print(slot->differ, pcrs, sizeof(pcrs));
	/* Of BitLocker's each one was compared. */
	if (bitlocker_is_type(slot->type))
		snprintf(out, size, ": PCR %s hold%s another value than at the baseline", pcrs,
			is_one ? "s" : "");
	else
		snprintf(out, size, ": %sPCR %s hold%s another value than it was sealed to",
			is_one ? "" : "one or more of ", pcrs, is_one ? "s" : "");
}

static const char *sentence_of(const struct unlock_slot *slot)
{
	bool asks = bitlocker_is_type(slot->type) &&
		    (slot->result == UNLOCK_PCR_DIFFERS || slot->result == UNLOCK_OTHER_VTPM);

	if (slot->result == UNLOCK_UNSEEN && *slot->detail) /* of the baseline that there is */
		return disk_result_sentence(UNLOCK_UNKNOWN);
	return asks ? "asks for the recovery key" : disk_result_sentence(slot->result);
}

void disk_describe_slot(const struct unlock_slot *slot, char *out, size_t size)
{
	char pcrs[96], difference[160];

	describe_pcrs(slot, pcrs, sizeof(pcrs));
	describe_difference(slot, difference, sizeof(difference));
	snprintf(out, size, "%s%s: %s%s%s%s", *slot->type ? slot->type : "the header", pcrs,
		sentence_of(slot), difference, *slot->detail ? "; " : "", slot->detail);
}

/* A file is sealed again by what sealed it, and nobody asks for a recovery key. */
static const char *remedy_of_file(enum unlock_result result, const char *type)
{
	if (result == UNLOCK_LOCKOUT)
		return remedies[result];
	if (result == UNLOCK_UNREADABLE && strcmp(type, "file") == 0)
		return "Correct sealed under [unlock] in the agent's configuration, or bring the "
		       "file back.";
	if (!is_lost(result))
		return "";
	return "What is sealed in it is lost to this system as it is now: seal it again from a "
	       "copy, with systemd-creds encrypt or what else made it.";
}

/* Who made the slot that decides. */
static const char *maker_of(const struct unlock_volume *volume, enum unlock_result result)
{
	for (size_t i = 0; i < volume->slots.count; i++) {
		if (volume->slots.items[i].result == result)
			return volume->slots.items[i].type;
	}
	return "";
}

static void remedy_of_bitlocker(
	enum unlock_result result, const char *device, char *out, size_t size)
{
	const char *text = text_of_bitlocker(result);
	const char *place = strstr(text, "%s");

	snprintf(out, size, "%.*s%s%s", place ? (int)(place - text) : (int)strlen(text), text,
		place ? device : "", place ? place + 2 : "");
}

/* "4+7"; of none "", since systemd-cryptenroll has a default. */
static void append_pcrs(const char *option, uint32_t pcrs, struct buf *out)
{
	const char *between = "";

	buf_append_text(out, option);
	for (unsigned pcr = 0; pcr < TCG_PCR_COUNT; pcr++) {
		if (!(pcrs >> pcr & 1))
			continue;
		buf_printf(out, "%s%u", between, pcr);
		between = "+";
	}
	buf_append_text(out, pcrs ? "" : "\"\"");
}

/* The options by which the slot gets the policy that it had: with fewer it would be weaker. */
static void append_enrolment(const struct unlock_slot *slot, struct buf *out)
{
	buf_append_text(out, "systemd-cryptenroll --wipe-slot=tpm2 --tpm2-device=auto");
	if (slot->has_pcrlock)
		buf_append_text(out, " --tpm2-pcrlock=/var/lib/systemd/pcrlock.json");
	else
		append_pcrs(" --tpm2-pcrs=", slot->pcrs, out);
	if (slot->signed_pcrs)
		append_pcrs(" --tpm2-public-key-pcrs=", slot->signed_pcrs, out);
	if (slot->has_pin)
		buf_append_text(out, " --tpm2-with-pin=yes");
}

static void append_binding(const struct unlock_slot *slot, struct buf *out)
{
	unsigned number = 0;

	while (slot->key_slots && !(slot->key_slots >> number & 1))
		number++;
	buf_append_text(out, "clevis luks regen -s ");
	if (slot->key_slots)
		buf_printf(out, "%u", number);
	else
		buf_append_text(out, "SLOT");
	buf_append_text(out, " -d");
}

/* Each lost slot's command. systemd's wipes all of its own, so that it stands once. */
static void append_commands(const struct unlock_volume *volume, const char *device, struct buf *out)
{
	const char *between = ": ";
	bool has_systemd = false;

	for (size_t i = 0; i < volume->slots.count; i++) {
		const struct unlock_slot *slot = &volume->slots.items[i];
		const bool is_clevis = strcmp(slot->type, "clevis") == 0;

		if (!is_lost(slot->result) || (!is_clevis && has_systemd))
			continue;
		buf_append_text(out, between);
		if (is_clevis)
			append_binding(slot, out);
		else
			append_enrolment(slot, out);
		buf_printf(out, " %s", device);
		has_systemd = has_systemd || !is_clevis;
		between = "; and ";
	}
}

/* A header that cannot be read, or a token in one that can. */
static void append_repair(const char *maker, const char *device, struct buf *out)
{
	if (*maker)
		buf_printf(out, "See what the header has: cryptsetup luksDump %s", device);
	else
		buf_printf(out,
			"Do not restart. Restore a backup of the header: cryptsetup "
			"luksHeaderRestore %s --header-backup-file FILE. Without one, copy the "
			"data off now, while the disk is open.",
			device);
}

void disk_remedy(const struct unlock_volume *volume, const char *device, char *out, size_t size)
{
	const enum unlock_result result = unlock_volume_result(volume);
	const char *maker = maker_of(volume, result);
	BUF_SCOPED text = {0};

	if (!*volume->name && bitlocker_is_type(maker)) {
		remedy_of_bitlocker(result, device, out, size);
		return;
	}
	if (*volume->name)
		buf_append_text(&text, remedy_of_file(result, maker));
	else if (result == UNLOCK_UNREADABLE)
		append_repair(maker, device, &text);
	else if (remedies[result])
		buf_append_text(&text, remedies[result]);
	if (!*volume->name && is_lost(result))
		append_commands(volume, device, &text);
	snprintf(out, size, "%s", text.len && !text.failed ? (char *)text.data : "");
}

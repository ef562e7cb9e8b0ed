/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/bitlocker.h"

#include <stdio.h>
#include <string.h>

#define TYPE "bitlocker"

/* GetKeyProtectorType. Number 0 is what Windows itself does not know. */
static const struct kind {
	const char *type;
	enum unlock_result opened; /* what it comes to if the TPM does its part */
} kinds[] = {
	[BITLOCKER_TPM] = {TYPE "-tpm", UNLOCK_OPENS},
	[2] = {TYPE "-external-key", UNLOCK_NOT_TPM},
	[3] = {TYPE "-recovery-password", UNLOCK_NOT_TPM},
	[BITLOCKER_TPM_PIN] = {TYPE "-tpm-pin", UNLOCK_NEEDS_PIN},
	[BITLOCKER_TPM_KEY] = {TYPE "-tpm-key", UNLOCK_NEEDS_KEY},
	[BITLOCKER_TPM_PIN_KEY] = {TYPE "-tpm-pin-key", UNLOCK_NEEDS_KEY},
	[7] = {TYPE "-certificate", UNLOCK_NOT_TPM},
	[8] = {TYPE "-password", UNLOCK_NOT_TPM},
	[10] = {TYPE "-account", UNLOCK_NOT_TPM},
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static const struct kind *find_kind(uint32_t number)
{
	static const struct kind other = {TYPE "-other", UNLOCK_NOT_TPM};

	return number < KIND_COUNT && kinds[number].type ? &kinds[number] : &other;
}

bool bitlocker_is_type(const char *type)
{
	return strncmp(type, TYPE, sizeof(TYPE) - 1) == 0;
}

bool bitlocker_is_sealed(uint32_t kind)
{
	return find_kind(kind)->opened != UNLOCK_NOT_TPM;
}

enum unlock_result bitlocker_opened(const struct unlock_slot *slot)
{
	for (size_t i = 0; i < KIND_COUNT; i++) {
		if (kinds[i].type && strcmp(kinds[i].type, slot->type) == 0)
			return kinds[i].opened;
	}
	return UNLOCK_UNKNOWN;
}

static void explain(struct unlock_slot *slot, enum unlock_result result, const char *why)
{
	slot->result = result;
	snprintf(slot->detail, sizeof(slot->detail), "%.159s", why);
}

static void explain_suspended(const struct bitlocker_volume *volume, struct unlock_slot *slot)
{
	slot->result = UNLOCK_SUSPENDED;
	if (!volume->has_restarts)
		explain(slot, UNLOCK_SUSPENDED, "for how long is not told");
	else if (volume->restarts)
		snprintf(slot->detail, sizeof(slot->detail), "for %u more restart%s",
			volume->restarts, volume->restarts == 1 ? "" : "s");
	else
		explain(slot, UNLOCK_SUSPENDED, "until somebody resumes it");
}

static void judge_sealed(const struct bitlocker_volume *volume,
	const struct bitlocker_protector *protector, struct unlock_slot *slot)
{
	slot->pcrs = protector->pcrs;
	if (volume->is_locked)
		explain(slot, UNLOCK_UNKNOWN, "the volume is locked now");
	else if (volume->protection == BITLOCKER_PROTECTION_OFF &&
		 volume->conversion == BITLOCKER_FULLY_ENCRYPTED)
		explain_suspended(volume, slot);
	else if (volume->protection != BITLOCKER_PROTECTION_ON)
		explain(slot, UNLOCK_UNKNOWN, "BitLocker is at work on the volume");
	else if (!protector->pcrs)
		explain(slot, UNLOCK_UNKNOWN, "BitLocker does not tell its PCRs");
	else
		slot->result = UNLOCK_UNSEEN;
}

/* Of the whole volume, where no protector says it. */
static void add_note(struct unlock_volume *to, enum unlock_result result, const char *why)
{
	struct unlock_slot *slot = &to->slots.items[to->slots.count++];

	snprintf(slot->type, sizeof(slot->type), TYPE);
	explain(slot, result, why);
}

/* What needs no TPM must not take the room of what does. */
static uint32_t add_protectors(
	const struct bitlocker_volume *volume, bool are_sealed, struct unlock_volume *to)
{
	uint32_t left_out = 0;

	for (size_t i = 0; i < volume->protector_count; i++) {
		const struct bitlocker_protector *protector = &volume->protectors[i];
		struct unlock_slot *slot;

		if (bitlocker_is_sealed(protector->kind) != are_sealed)
			continue;
		if (to->slots.count == UNLOCK_SLOTS_MAX) {
			left_out++;
			continue;
		}
		slot = &to->slots.items[to->slots.count++];
		slot->token = (uint16_t)i;
		snprintf(slot->type, sizeof(slot->type), "%s", find_kind(protector->kind)->type);
		slot->result = UNLOCK_NOT_TPM;
		if (are_sealed)
			judge_sealed(volume, protector, slot);
	}
	return left_out;
}

uint32_t bitlocker_judge(const struct bitlocker_volume *volume, struct unlock_volume *ret_volume)
{
	uint32_t left_out = 0;

	memcpy(ret_volume->uuid, volume->uuid, sizeof(ret_volume->uuid));
	if (*volume->fault) {
		add_note(ret_volume, UNLOCK_UNKNOWN, volume->fault);
	} else if (!volume->is_locked && volume->conversion == BITLOCKER_FULLY_DECRYPTED) {
		add_note(ret_volume, UNLOCK_NOT_TPM, "BitLocker is off");
	} else {
		left_out = add_protectors(volume, true, ret_volume);
		add_protectors(volume, false, ret_volume);
	}
	return left_out;
}

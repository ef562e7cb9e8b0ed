/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/outlook.h"

static void count(struct disk_outlook *outlook, enum unlock_result result)
{
	switch (result) {
	case UNLOCK_OPENS:
	case UNLOCK_SUSPENDED:
		outlook->opening++;
		break;
	case UNLOCK_NEEDS_PIN:
	case UNLOCK_NEEDS_KEY:
		outlook->asking++;
		outlook->asking_key += result == UNLOCK_NEEDS_KEY;
		break;
	case UNLOCK_OPENS_LATE:
	case UNLOCK_LOCKOUT:
		outlook->doubtful++;
		outlook->locked_out += result == UNLOCK_LOCKOUT;
		break;
	case UNLOCK_PCR_DIFFERS:
	case UNLOCK_POLICY_FAILS:
	case UNLOCK_OTHER_VTPM:
	case UNLOCK_UNREADABLE:
		outlook->failing++;
		break;
	default:
		outlook->undecided++;
		break;
	}
}

void disk_outlook(const struct unlock_facts *facts, struct disk_outlook *ret_outlook)
{
	*ret_outlook = (struct disk_outlook){.left_out = facts->left_out};
	for (size_t i = 0; i < facts->volumes.count; i++) {
		enum unlock_result result = unlock_volume_result(&facts->volumes.items[i]);

		if (result == UNLOCK_NOT_TPM)
			continue;
		ret_outlook->sealed++;
		ret_outlook->files += *facts->volumes.items[i].name != 0;
		count(ret_outlook, result);
	}
}

enum verdict_status disk_outlook_status(const struct disk_outlook *outlook, bool is_unattended)
{
	if (outlook->failing)
		return VERDICT_CONTRAINDICATED;
	if (outlook->doubtful || (is_unattended && outlook->asking))
		return VERDICT_WARNING;
	return outlook->undecided || outlook->left_out ? VERDICT_NONE : VERDICT_AFFIRMING;
}

enum verdict_status disk_volume_status(enum unlock_result result, bool is_unattended)
{
	struct disk_outlook outlook = {0};

	if (result != UNLOCK_NOT_TPM)
		count(&outlook, result);
	return disk_outlook_status(&outlook, is_unattended);
}

uint32_t disk_differing_pcrs(const struct unlock_facts *facts)
{
	uint32_t pcrs = 0;

	for (size_t i = 0; i < facts->volumes.count; i++) {
		const struct unlock_volume *volume = &facts->volumes.items[i];

		if (unlock_volume_result(volume) != UNLOCK_PCR_DIFFERS)
			continue;
		for (size_t slot = 0; slot < volume->slots.count; slot++)
			pcrs |= volume->slots.items[slot].differ;
	}
	return pcrs;
}

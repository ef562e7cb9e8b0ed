/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/outlook.h"

static void count(struct disk_outlook *outlook, enum unlock_result result)
{
	switch (result) {
	case UNLOCK_OPENS:
		outlook->opening++;
		break;
	case UNLOCK_NEEDS_PIN:
		outlook->asking++;
		break;
	case UNLOCK_OPENS_LATE:
	case UNLOCK_LOCKOUT:
		outlook->doubtful++;
		break;
	case UNLOCK_PCR_DIFFERS:
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

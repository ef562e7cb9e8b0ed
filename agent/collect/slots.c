/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/collect/slots.h"

#include <stdio.h>

struct unlock_volume *collect_new_volume(struct collect_run *run, const char *device)
{
	struct unlock_facts *facts = &run->evidence->unlock.facts;
	struct unlock_volume *volume;

	if (facts->volumes.count == UNLOCK_VOLUMES_MAX) {
		facts->left_out++;
		return NULL;
	}
	volume = &facts->volumes.items[facts->volumes.count++];
	snprintf(volume->device, sizeof(volume->device), "%s", device);
	return volume;
}

void collect_add_slot(
	struct collect_run *run, struct unlock_volume *volume, const struct disk_token *token)
{
	struct collect_slot *to;

	/* What needs no TPM must not take the last room of what does. */
	if (volume->slots.count + !token->is_sealed >= UNLOCK_SLOTS_MAX) {
		run->evidence->unlock.facts.left_out += token->is_sealed;
		return;
	}
	to = &run->disks->slots[run->disks->count++];
	to->slot = &volume->slots.items[volume->slots.count++];
	to->token = *token;
	error_set(&to->outcome.error, ERROR_NOT_FOUND, "the TPM could not be asked");
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/disks.h"

#include <stdio.h>
#include <string.h>

#include "core/disk/outlook.h"
#include "core/verdict/disks_since.h"

struct listing {
	size_t count;
	uint32_t differ;
	char uuids[140]; /* the first three; a console shows them all */
};

/* The volumes that come to this, with what the baseline adds. */
static struct listing list(const struct judging *judging, enum unlock_result result)
{
	const struct unlock_facts *facts = &judging->evidence->unlock.facts;
	struct listing listing = {0};

	for (size_t i = 0; i < facts->volumes.count; i++) {
		struct unlock_volume copy = facts->volumes.items[i], *volume = &copy;
		size_t used = strlen(listing.uuids);

		if (judging->baseline)
			disks_volume_since(judging->baseline, judging->evidence, volume);
		if (unlock_volume_result(volume) != result)
			continue;
		listing.count++;
		for (size_t slot = 0; slot < volume->slots.count; slot++)
			listing.differ |= volume->slots.items[slot].differ;
		if (listing.count <= 3)
			snprintf(listing.uuids + used, sizeof(listing.uuids) - used, "%s%s",
				used ? ", " : "", unlock_volume_label(volume));
		else if (listing.count == 4)
			snprintf(listing.uuids + used, sizeof(listing.uuids) - used, ", ...");
	}
	return listing;
}

void continuity_note_disks(struct judging *judging)
{
	const struct unlock_facts *facts = &judging->evidence->unlock.facts;
	struct disk_outlook outlook;
	struct listing lost, changed, failing;
	char pcrs[64];

	if (judging->evidence->unlock.part.state != PART_READ)
		return;
	disk_outlook(facts, &outlook);
	lost = list(judging, UNLOCK_OTHER_VTPM);
	changed = list(judging, UNLOCK_PCR_DIFFERS);
	failing = list(judging, UNLOCK_POLICY_FAILS);
	if (lost.count)
		judging_add(judging, true, REASON_DISKS_WILL_NOT_OPEN,
			"%zu of %zu disks were sealed by another vTPM, or before a clear: %s",
			lost.count, outlook.sealed, lost.uuids);
	if (failing.count)
		judging_add(judging, true, REASON_DISKS_WILL_NOT_OPEN,
			"%zu of %zu disks ask for what the TPM does not have, such as an NV index: "
			"%s",
			failing.count, outlook.sealed, failing.uuids);
	if (!changed.count)
		return;
	tcg_pcrs_print(changed.differ, pcrs, sizeof(pcrs));
	judging_add(judging, true, REASON_DISKS_WILL_NOT_OPEN,
		"%zu of %zu disks will not open at the next boot, for %s%s: %s", changed.count,
		outlook.sealed, changed.differ ? "PCR " : "what a PCR holds", pcrs, changed.uuids);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What is being found out of each slot, while the run lasts. */
#ifndef AGENT_COLLECT_SLOTS_H
#define AGENT_COLLECT_SLOTS_H

#include "agent/collect/run.h"
#include "core/disk/judge.h"
#include "core/disk/luks2.h"

struct collect_slot {
	struct unlock_slot *slot; /* where its result goes */
	struct disk_token token;
	struct disk_outcome outcome;
};

struct collect_disks {
	size_t count;
	struct collect_slot slots[UNLOCK_VOLUMES_MAX * UNLOCK_SLOTS_MAX];
	uint8_t checksums[UNLOCK_VOLUMES_MAX][LUKS2_CHECKSUM_SIZE]; /* of the volumes' headers */
};

/* A further volume, empty; NULL, and it is counted as left out, where there is no room. */
struct unlock_volume *collect_new_volume(struct collect_run *run, const char *device);

/* Adds a slot to it. */
void collect_add_slot(
	struct collect_run *run, struct unlock_volume *volume, const struct disk_token *token);

#endif

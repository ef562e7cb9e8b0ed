/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/proof/disks.h"

#include "core/disk/outlook.h"

void disks_note(const struct evidence *evidence, struct store_vm *vm)
{
	struct disk_outlook outlook;

	if (evidence->unlock.part.state != PART_READ)
		return;
	disk_outlook(&evidence->unlock.facts, &outlook);
	vm->disks_sealed = (uint32_t)outlook.sealed;
	vm->disks_failing = (uint32_t)outlook.failing;
}

bool disks_are_same(const struct store_vm *then, const struct store_vm *now)
{
	return then->disks_sealed == now->disks_sealed && then->disks_failing == now->disks_failing;
}

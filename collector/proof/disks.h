/* SPDX-License-Identifier: BSD-2-Clause */
/* What a signed report makes of a VM's record as to its disks. */
#ifndef COLLECTOR_PROOF_DISKS_H
#define COLLECTOR_PROOF_DISKS_H

#include "collector/store/store_types.h"

/* Whoever could not look at the disks changes nothing: what was seen stays until it is seen again.
 */
void disks_note(const struct evidence *evidence, struct store_vm *vm);

bool disks_are_same(const struct store_vm *then, const struct store_vm *now);

#endif

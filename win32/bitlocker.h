/* SPDX-License-Identifier: BSD-2-Clause */
/* What BitLocker tells of the machine's volumes. */
#ifndef WIN32_BITLOCKER_H
#define WIN32_BITLOCKER_H

#include "core/disk/bitlocker.h"
#include "core/error.h"

struct bitlocker_list {
	size_t count;
	struct {
		char device[64]; /* "C:", or the volume's name */
		struct bitlocker_volume volume;
	} items[UNLOCK_VOLUMES_MAX];
	uint32_t left_out;
};

/* Asks WMI, for as long as that takes. A Windows without BitLocker has no volumes. Errors:
 * PERMISSION (an administrator's), NO_MEMORY, IO. */
int bitlocker_read(struct bitlocker_list *ret_list, struct error *err);

#endif

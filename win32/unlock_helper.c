/* SPDX-License-Identifier: BSD-2-Clause */
/* The service is SYSTEM's, and needs nobody to ask for it. */
#include "platform/guest.h"

int platform_unlock_ask(uint64_t deadline_us, size_t max, struct buf *to, struct error *err)
{
	(void)deadline_us;
	(void)max;
	(void)to;
	return error_set(err, ERROR_NOT_FOUND, "nobody asks for the disks of Windows");
}

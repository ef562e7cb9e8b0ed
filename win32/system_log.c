/* SPDX-License-Identifier: BSD-2-Clause */
#include "platform/guest.h"

int platform_system_log_read(
	const struct evidence_device *device, struct buf *to, struct error *err)
{
	(void)device;
	(void)to;
	return error_set(err, ERROR_NOT_FOUND,
		"Windows' own measurements are in the firmware's log already");
}

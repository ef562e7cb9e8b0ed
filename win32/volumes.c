/* SPDX-License-Identifier: BSD-2-Clause */
/* Windows has no LUKS2 volumes. */
#include "platform/guest.h"

int platform_volumes_read(
	uint64_t deadline_us, platform_volume_visit *visit, void *context, struct error *err)
{
	(void)deadline_us;
	(void)visit;
	(void)context;
	return error_set(err, ERROR_UNSUPPORTED, "Windows has no LUKS2 volumes");
}

int platform_credentials_read(
	size_t max, platform_volume_visit *visit, void *context, struct error *err)
{
	(void)max;
	(void)visit;
	(void)context;
	(void)err;
	return 0;
}

int platform_volume_read(const char *path, uint64_t deadline_us, platform_volume_visit *visit,
	void *context, struct error *err)
{
	(void)path;
	return platform_volumes_read(deadline_us, visit, context, err);
}

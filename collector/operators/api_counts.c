/* SPDX-License-Identifier: BSD-2-Clause */
/* How many VMs have which status. Counting looks at every VM: once a second must do. */
#include "collector/operators/api_private.h"
#include "platform/system.h"

#define COUNTS_AGE_MS 1000

int api_counts(struct api *api, struct store_counts *ret_counts, struct error *err)
{
	uint64_t now = platform_wall_clock_ms();
	int rc = 0;

	pthread_mutex_lock(&api->counts_lock);
	/* A clock that was set back makes them old, too. */
	if (now - api->counted_ms >= COUNTS_AGE_MS) {
		rc = store_count_vms(api->store, &api->counts, err);
		if (!rc)
			api->counted_ms = now;
	}
	if (!rc)
		*ret_counts = api->counts;
	pthread_mutex_unlock(&api->counts_lock);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that deletes what is no longer needed: challenges and claims that expired, VMs that
 * nobody accepted, and reports older than the retention, in chunks, so that new reports get in
 * between. It also finds out whether the store can be written. */
#ifndef COLLECTOR_HOUSEKEEPING_H
#define COLLECTOR_HOUSEKEEPING_H

#include <stdbool.h>

#include "collector/config.h"
#include "collector/room.h"
#include "collector/store/store.h"
#include "core/error.h"

struct housekeeping;

/* Errors: NO_MEMORY. */
int housekeeping_start(const struct config *config, struct store *store, struct room *room,
	struct housekeeping **ret_housekeeping, struct error *err);

/* Whether the last attempt to write, a few seconds ago at most, succeeded. Any thread. */
bool housekeeping_can_write(const struct housekeeping *housekeeping);

void housekeeping_stop(struct housekeeping *housekeeping);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The ends of all chains, now or as they were, as a collector tells them. */
#ifndef COLLECTOR_CLIENT_HEADS_H
#define COLLECTOR_CLIENT_HEADS_H

#include "collector/checkpoint/checkpoint.h"
#include "collector/client/client.h"
#include "collector/client/client_progress.h"

struct client_heads {
	struct checkpoint checkpoint; /* all but its time */
	uint64_t reports_now;         /* the highest number of a report there is */
	struct buf lines;             /* the heads', sorted by UUID */
	uint64_t expired_count;
	struct buf
		expired; /* VMs whose report of then retention has deleted, a line each, sorted */
	struct buf lost; /* VMs whose chain does not lead there, the same */
};

/* `at`: what was the highest number of a report; NULL: what is it now. Errors: those of
 * client_get(), MALFORMED. */
int client_heads_read(struct client *client, struct client_progress *progress, const uint64_t *at,
	struct client_heads *ret_heads, struct error *err);
void client_heads_free(struct client_heads *heads);

#endif

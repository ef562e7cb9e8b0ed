/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether what a checkpoint saw is still there. */
#ifndef COLLECTOR_CLIENT_AGAINST_H
#define COLLECTOR_CLIENT_AGAINST_H

#include "collector/checkpoint/checkpoint.h"
#include "collector/client/client.h"
#include "collector/client/client_forgotten.h"
#include "collector/client/client_progress.h"

struct client_against {
	struct client *client;
	struct client_progress *progress;
	/* Told of each thing that is wrong; `uuid` is empty where it is no VM's. */
	int (*fault)(const char *time, const char *uuid, const char *what, void *context,
		struct error *err);
	void *context;
	struct client_forgotten *forgotten; /* filled as it is needed */
};

/* Asks the collector about what one checkpoint saw. *faults: one more for each. *ret_expired: how
 * many VMs' reports of then retention has deleted, or went with a VM that was forgotten: of them
 * nothing can be said, and in the short form of none. */
int client_against_check(const struct client_against *against, const struct checkpoint_block *block,
	uint64_t *faults, uint64_t *ret_expired, struct error *err);

#endif

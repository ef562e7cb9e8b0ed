/* SPDX-License-Identifier: BSD-2-Clause */
/* VMs that were forgotten, as the audit log tells them. */
#ifndef COLLECTOR_CLIENT_FORGOTTEN_H
#define COLLECTOR_CLIENT_FORGOTTEN_H

#include "collector/checkpoint/checkpoint.h"
#include "collector/client/client.h"

struct client_forgotten_vm {
	uint64_t event;
	struct checkpoint_head head; /* its newest report then; number 0: it had none */
};

/* All zero at the beginning. */
struct client_forgotten {
	bool is_read;
	bool is_current; /* nothing came since that matters: the reader's to take back */
	uint64_t after;  /* events behind this one were read, */
	uint64_t last;   /* up to this one */
	size_t count, room;
	struct client_forgotten_vm *vms; /* in the order of the events */
};

/* Reads what the audit log says behind event `after`, or goes on where it was read, unless that is
 * current. Errors: those
 * of client_get(), NO_MEMORY. */
int client_forgotten_read(struct client *client, uint64_t after, struct client_forgotten *forgotten,
	struct error *err);
void client_forgotten_free(struct client_forgotten *forgotten);

/* The first end of a VM behind event `after`; NULL: it was not forgotten. */
const struct client_forgotten_vm *client_forgotten_find(
	const struct client_forgotten *forgotten, const char *uuid, uint64_t after);

/* How many VMs that had a report up to number `reports` may have been forgotten behind event
 * `after`. */
uint64_t client_forgotten_count(
	const struct client_forgotten *forgotten, uint64_t reports, uint64_t after);

#endif

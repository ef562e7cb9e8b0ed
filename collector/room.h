/* SPDX-License-Identifier: BSD-2-Clause */
/* How much room the store has, as it was seen a few seconds ago and with what was kept since: so
 * that whoever decides about a report need not ask the store. Any thread may call any of it. */
#ifndef COLLECTOR_ROOM_H
#define COLLECTOR_ROOM_H

#include <stdatomic.h>
#include <stdbool.h>

#include "collector/store/store.h"

struct room {
	_Atomic uint64_t pending;       /* VMs that nobody has accepted */
	_Atomic uint64_t pending_bytes; /* of their reports */
	_Atomic uint64_t free_bytes;
};

/* Asks the store. Errors: those of store_read_room(); what was known stays. */
int room_look(struct room *room, struct store *store, struct error *err);

/* Whether there is room for the known VMs' changes only: for as many reports of the largest size as
 * come between two looks at least. */
bool room_is_short(const struct room *room);

/* Takes room for `bytes` before they are written, as the others of one commit do as well; not where
 * that would leave it short. */
bool room_reserve(struct room *room, uint64_t bytes);
/* What was reserved was not written. */
void room_give_back(struct room *room, uint64_t bytes);

/* A report was kept, of `bytes`; of a VM that waits it took the place of `replaced` bytes. */
void room_take(struct room *room, uint64_t bytes);
void room_take_pending(struct room *room, bool is_new, uint64_t bytes, uint64_t replaced);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/room.h"

#define RESERVE (8 * STORE_REPORT_MAX)

int room_look(struct room *room, struct store *store, struct error *err)
{
	struct store_room seen;
	int rc = store_read_room(store, &seen, err);

	if (rc)
		return rc;
	atomic_store(&room->pending, seen.pending);
	atomic_store(&room->pending_bytes, seen.pending_bytes);
	atomic_store(&room->free_bytes, seen.free_bytes);
	return 0;
}

bool room_is_short(const struct room *room)
{
	return atomic_load(&room->free_bytes) < RESERVE;
}

bool room_reserve(struct room *room, uint64_t bytes)
{
	uint64_t left = atomic_load(&room->free_bytes);

	do {
		if (left < RESERVE || left - RESERVE < bytes)
			return false;
	} while (!atomic_compare_exchange_weak(&room->free_bytes, &left, left - bytes));
	return true;
}

void room_give_back(struct room *room, uint64_t bytes)
{
	uint64_t left = atomic_load(&room->free_bytes), then;

	do
		then = left > UINT64_MAX - bytes ? UINT64_MAX : left + bytes;
	while (!atomic_compare_exchange_weak(&room->free_bytes, &left, then));
}

void room_take(struct room *room, uint64_t bytes)
{
	uint64_t left = atomic_load(&room->free_bytes), then;

	do
		then = left > bytes ? left - bytes : 0;
	while (!atomic_compare_exchange_weak(&room->free_bytes, &left, then));
}

void room_take_pending(struct room *room, bool is_new, uint64_t bytes, uint64_t replaced)
{
	atomic_fetch_add(&room->pending, is_new);
	atomic_fetch_add(&room->pending_bytes, bytes - replaced);
}

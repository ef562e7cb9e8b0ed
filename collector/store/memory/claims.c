/* SPDX-License-Identifier: BSD-2-Clause */
/* Claims in memory: as a batch changes them, as they are read and forgotten. */
#include <stdlib.h>
#include <string.h>

#include "collector/store/memory/private.h"
#include "collector/store/store_claims.h"

bool memory_claims_start(struct memory_claims *claims, size_t count)
{
	claims->rows = calloc(count + 1, sizeof(*claims->rows));
	return claims->rows != NULL;
}

void memory_claims_free(struct memory_claims *claims)
{
	for (size_t i = 0; i < claims->count; i++)
		free(claims->rows[i].claim);
	free(claims->rows);
}

/* The number that `old` leaves to `claim`, which comes from the same sender; 0: it has other keys.
 */
static uint64_t left_number(const struct store_claim *old, const struct store_claim *claim)
{
	return store_claim_has_same_keys(old, claim) ? old->id : 0;
}

static bool is_same_sender(const struct store_claim *old, const struct store_claim *claim)
{
	return store_sender_is_same(&old->sender, &claim->sender, claim->is_bound);
}

/* The number under which this sender claims the same already, as this batch left it so far; 0:
 * none. */
static uint64_t find_same(const struct memory_store *memory, const struct memory_claims *claims,
	const char *uuid, const struct store_claim *claim)
{
	for (size_t i = claims->count; i--;) {
		const struct memory_claim_change *row = &claims->rows[i];

		if (strcmp(row->uuid, uuid) != 0)
			continue;
		if (row->claim && is_same_sender(row->claim, claim))
			return left_number(row->claim, claim);
		if (row->drops)
			return 0;
	}
	for (size_t i = 0; i < memory->claims.count; i++) {
		const struct store_claim *old = memory->claims.rows[i];

		if (strcmp(old->uuid, uuid) != 0 || !is_same_sender(old, claim))
			continue;
		if (left_number(old, claim))
			return old->id;
	}
	return 0;
}

int memory_claims_stage(const struct memory_store *memory, struct memory_claims *claims,
	struct store_item *item, const struct store_change *change, struct error *err)
{
	struct memory_claim_change *to = &claims->rows[claims->count];

	if (!change->claim && !change->drops_claims)
		return 0;
	if (change->claim) {
		to->claim = malloc(sizeof(*to->claim));
		if (!to->claim)
			return error_set(err, ERROR_NO_MEMORY, "no memory for a claim");
		*to->claim = *change->claim;
		to->claim->id = find_same(memory, claims, item->uuid, change->claim);
		if (!to->claim->id)
			to->claim->id = memory->last_claim + ++claims->numbers;
		item->claimed = to->claim->id;
		memcpy(to->claim->uuid, item->uuid, sizeof(item->uuid));
	}
	to->drops = change->drops_claims;
	memcpy(to->uuid, item->uuid, sizeof(item->uuid));
	claims->count++;
	return 0;
}

/* Removes those of a VM that are settled, or replaced by `claim`; and the newest where there are
 * too many beside it. */
static void clear(struct memory_store *memory, const struct memory_claim_change *change)
{
	size_t count = 0, newest = 0;

	for (size_t i = memory->claims.count; i--;) {
		const struct store_claim *old = memory->claims.rows[i];

		if (strcmp(old->uuid, change->uuid) != 0)
			continue;
		if (change->drops || is_same_sender(old, change->claim)) {
			memory_table_remove(&memory->claims, i);
			newest -= count != 0;
		} else if (!count++) {
			newest = i;
		}
	}
	if (count == STORE_CLAIMS_MAX)
		memory_table_remove(&memory->claims, newest);
}

void memory_claims_hand_over(struct memory_store *memory, struct memory_claims *claims)
{
	for (size_t i = 0; i < claims->count; i++) {
		struct store_claim *claim = claims->rows[i].claim;

		clear(memory, &claims->rows[i]);
		if (claim)
			memory_table_insert(&memory->claims, &claim->id, claim);
	}
	memory->last_claim += claims->numbers;
	claims->count = 0;
}

int memory_read_last_claim(struct store *store, uint64_t *ret_number, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	(void)err;
	*ret_number = memory->last_claim;
	return memory_leave(memory, 0);
}

/* As it is read: with who has its keys by now. */
static struct store_claim with_owner(
	const struct memory_store *memory, const struct store_claim *claim)
{
	const struct crypto_bytes keys[] = {{claim->ek, claim->has_ek ? sizeof(claim->ek) : 0},
		{claim->ak_name.data, claim->ak_name.len}};
	struct store_claim copy = *claim;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct memory_key *key = memory_table_find(&memory->keys, &keys[i]);

		if (!key || !strcmp(key->uuid, claim->uuid))
			continue;
		if (!*copy.owner || strcmp(key->uuid, copy.owner) < 0)
			memcpy(copy.owner, key->uuid, sizeof(copy.owner));
	}
	return copy;
}

int memory_list_claims(struct store *store, const char *uuid, store_claim_visit *visit,
	void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	(void)err;
	for (size_t i = memory->claims.count; i--;) {
		const struct store_claim claim = with_owner(memory, memory->claims.rows[i]);

		if (!strcmp(claim.uuid, uuid) && !visit(&claim, context))
			break;
	}
	return memory_leave(memory, 0);
}

int memory_list_new_claims(struct store *store, uint64_t after, size_t limit,
	store_claim_visit *visit, void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	bool is_found;
	size_t i = memory_table_place(&memory->claims, &after, &is_found);

	(void)err;
	for (i += is_found; limit && i < memory->claims.count; i++, limit--) {
		const struct store_claim claim = with_owner(memory, memory->claims.rows[i]);

		if (!visit(&claim, context))
			break;
	}
	return memory_leave(memory, 0);
}

int memory_expire_claims(struct store *store, uint64_t before_ms, size_t limit, size_t *ret_deleted,
	struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	size_t deleted = 0;

	(void)err;
	for (size_t i = 0; deleted < limit && i < memory->claims.count;) {
		if (((const struct store_claim *)memory->claims.rows[i])->received_ms < before_ms) {
			memory_table_remove(&memory->claims, i);
			deleted++;
		} else {
			i++;
		}
	}
	*ret_deleted = deleted;
	return memory_leave(memory, 0);
}

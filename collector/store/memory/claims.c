/* SPDX-License-Identifier: BSD-2-Clause */
/* Claims in memory, as they are read and forgotten. */
#include <string.h>

#include "collector/store/memory/private.h"

int memory_list_claims(struct store *store, const char *uuid, store_claim_visit *visit,
	void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	(void)err;
	for (size_t i = memory->claims.count; i--;) {
		const struct store_claim *claim = memory->claims.rows[i];

		if (!strcmp(claim->uuid, uuid) && !visit(claim, context))
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
		if (!visit(memory->claims.rows[i], context))
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

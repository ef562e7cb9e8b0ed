/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys that sign attestation results, in memory. */
#include <stdlib.h>
#include <string.h>

#include "collector/store/memory/private.h"

/* The newest one signs. */
bool memory_result_keys_has(
	const struct memory_store *memory, const struct memory_result_keys *keys)
{
	return memory->result_keys.count || keys->count;
}

int memory_result_keys_stage(
	struct memory_result_keys *keys, const struct store_change *change, struct error *err)
{
	struct memory_result_key_change *rows =
		realloc(keys->rows, (keys->count + 1) * sizeof(*rows));
	struct store_result_key *made = malloc(sizeof(*made));

	if (rows)
		keys->rows = rows;
	if (!rows || !made) {
		free(made);
		return error_set(err, ERROR_NO_MEMORY, "no memory for a result key");
	}
	*made = *change->result_key;
	rows[keys->count++] = (struct memory_result_key_change){made, change->others_until_ms};
	return 0;
}

static void retire(struct memory_store *memory, uint64_t until_ms)
{
	for (size_t i = 0; i < memory->result_keys.count; i++) {
		struct store_result_key *key = memory->result_keys.rows[i];

		if (key->until_ms && key->until_ms <= until_ms)
			continue;
		key->until_ms = until_ms;
		key->has_secret = false;
		explicit_bzero(key->secret, sizeof(key->secret));
	}
}

void memory_result_keys_hand_over(struct memory_store *memory, struct memory_result_keys *keys)
{
	struct memory_table *table = &memory->result_keys;

	for (size_t i = 0; i < keys->count; i++) {
		retire(memory, keys->rows[i].others_until_ms);
		table->rows[table->count++] = keys->rows[i].made;
	}
	keys->count = 0;
}

void memory_result_keys_free(struct memory_result_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		free(keys->rows[i].made);
	free(keys->rows);
}

int memory_list_result_keys(struct store *store, size_t limit, store_result_key_visit *visit,
	void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	bool goes_on = true;

	(void)err;
	for (size_t i = memory->result_keys.count; goes_on && limit && i--; limit--)
		goes_on = visit(memory->result_keys.rows[i], context);
	return memory_leave(memory, 0);
}

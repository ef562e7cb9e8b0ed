/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose a key is, as a batch changes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/memory/private.h"

bool memory_keys_start(struct memory_keys *keys, size_t count)
{
	keys->rows = calloc(count * 2 * (STORE_EKS_MAX + 1) + 1, sizeof(void *));
	return keys->rows != NULL;
}

void memory_keys_free(struct memory_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		free(keys->rows[i]);
	free(keys->rows);
}

/* Whose a key is as this batch left it so far. */
static const char *find_owner(const struct memory_store *memory, const struct memory_keys *keys,
	const struct crypto_bytes *key)
{
	const struct memory_key *row;

	for (size_t i = keys->count; i--;) {
		if (!memory_key_compare(key, keys->rows[i]))
			return keys->rows[i]->uuid;
	}
	row = memory_table_find(&memory->keys, key);
	return row ? row->uuid : "";
}

void memory_keys_find_other(const struct memory_store *memory, const struct memory_keys *keys,
	const struct store_item *item, char ret_owner[TEXT_UUID_SIZE])
{
	for (size_t i = 0; i < STORE_ITEM_KEYS; i++) {
		const char *owner = find_owner(memory, keys, &item->keys[i]);

		if (*owner && strcmp(owner, item->uuid) != 0)
			memcpy(ret_owner, owner, TEXT_UUID_SIZE);
	}
}

static int stage_key(struct memory_keys *keys, const struct crypto_bytes *key, const char *uuid,
	struct error *err)
{
	struct memory_key *row = calloc(1, sizeof(*row));

	if (!row)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a key");
	row->len = key->len;
	memcpy(row->data, key->bytes, key->len);
	snprintf(row->uuid, sizeof(row->uuid), "%s", uuid);
	keys->rows[keys->count++] = row;
	return 0;
}

/* Keys that are no longer in the record become nobody's; those that are in it become the VM's. */
int memory_keys_stage(const struct memory_store *memory, struct memory_keys *keys,
	const struct store_vm *before, const struct store_change *change, struct error *err)
{
	struct store_keys old = store_vm_keys(before), now = store_vm_keys(&change->vm);
	int rc = 0;

	if (!change->takes_keys && store_keys_same(&old, &now))
		return 0;
	for (size_t i = 0; !rc && i < old.count; i++) {
		if (!strcmp(find_owner(memory, keys, &old.items[i]), change->vm.uuid))
			rc = stage_key(keys, &old.items[i], "", err);
	}
	for (size_t i = 0; !rc && i < now.count; i++)
		rc = stage_key(keys, &now.items[i], change->vm.uuid, err);
	return rc;
}

void memory_keys_hand_over(struct memory_store *memory, struct memory_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++) {
		struct memory_key *row = keys->rows[i];
		struct crypto_bytes key = {row->data, row->len};
		bool is_found;
		size_t place = memory_table_place(&memory->keys, &key, &is_found);

		if (is_found)
			memory_table_remove(&memory->keys, place);
		if (*row->uuid)
			memory_table_insert(&memory->keys, &key, row);
		else
			free(row);
	}
	keys->count = 0;
}

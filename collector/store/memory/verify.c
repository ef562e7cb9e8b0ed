/* SPDX-License-Identifier: BSD-2-Clause */
/* What only a verification asks for. */
#include <string.h>

#include "collector/store/memory/private.h"

int memory_read_last_number(struct store *store, uint64_t *ret_number, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	(void)err;
	*ret_number = memory->last_appraisal;
	return memory_leave(memory, 0);
}

int memory_read_prev(struct store *store, const char *uuid, uint64_t report,
	struct store_link *ret_prev, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	const struct store_appraisal *appraisal = memory_table_find(&memory->appraisals, &report);

	if (!appraisal || strcmp(appraisal->uuid, uuid) != 0)
		return memory_leave(memory, error_set(err, ERROR_NOT_FOUND, "no such report"));
	*ret_prev = appraisal->prev;
	return memory_leave(memory, 0);
}

int memory_list_uuids(struct store *store, const char *after, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	bool is_found;
	size_t i = memory_table_place(&memory->vms, after, &is_found);

	(void)err;
	for (i += is_found; limit && i < memory->vms.count; i++, limit--) {
		if (!visit(((const struct store_vm *)memory->vms.rows[i])->uuid, context))
			break;
	}
	return memory_leave(memory, 0);
}

/* Nobody can change what is in memory from outside; so it need not be fast. */
int memory_read_record_event(struct store *store, const char *uuid, uint64_t before,
	struct store_audit *ret_audit, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	const struct store_audit *found = NULL;

	for (size_t i = 0; i < memory->audit.count; i++) {
		const struct store_audit *audit = memory->audit.rows[i];

		if (audit->revision && audit->revision < before && !strcmp(audit->uuid, uuid))
			found = audit;
	}
	if (!found)
		return memory_leave(memory, error_set(err, ERROR_NOT_FOUND, "no such audit event"));
	*ret_audit = *found;
	return memory_leave(memory, 0);
}

int memory_find_older(
	struct store *store, const char *uuid, uint64_t before, uint64_t *ret_id, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	(void)err;
	*ret_id = 0;
	for (size_t i = 0; i < memory->appraisals.count; i++) {
		const struct store_appraisal *appraisal = memory->appraisals.rows[i];

		if (appraisal->link.id < before && !strcmp(appraisal->uuid, uuid))
			*ret_id = appraisal->link.id;
	}
	return memory_leave(memory, 0);
}

int memory_find_owner(struct store *store, const struct crypto_bytes *key,
	char ret_uuid[TEXT_UUID_SIZE], struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	const struct memory_key *row = memory_table_find(&memory->keys, key);

	(void)err;
	memcpy(ret_uuid, row ? row->uuid : "", row ? TEXT_UUID_SIZE : 1);
	return memory_leave(memory, 0);
}

static bool has_key(const struct store_vm *vm, const struct memory_key *row)
{
	const struct store_keys keys = store_vm_keys(vm);

	for (size_t i = 0; i < keys.count; i++) {
		if (!memory_key_compare(&keys.items[i], row))
			return true;
	}
	return false;
}

int memory_list_stray_keys(
	struct store *store, size_t limit, store_key_visit *visit, void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	(void)err;
	for (size_t i = 0; limit && i < memory->keys.count; i++) {
		const struct memory_key *row = memory->keys.rows[i];
		const struct store_vm *vm = memory_table_find(&memory->vms, row->uuid);
		const struct crypto_bytes key = {row->data, row->len};

		if (vm && has_key(vm, row))
			continue;
		limit--;
		if (!visit(&key, row->uuid, context))
			break;
	}
	return memory_leave(memory, 0);
}

int memory_list_owners(struct store *store, uint64_t after, size_t limit, store_owner_visit *visit,
	void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	bool is_found;
	size_t i = memory_table_place(&memory->appraisals, &after, &is_found);

	(void)err;
	for (i += is_found; limit && i < memory->appraisals.count; i++, limit--) {
		const struct store_appraisal *appraisal = memory->appraisals.rows[i];

		const struct store_vm *vm = memory_table_find(&memory->vms, appraisal->uuid);
		struct store_owned row = {.report = appraisal->link.id, .prev = appraisal->prev.id};

		if (vm) {
			memcpy(row.uuid, vm->uuid, sizeof(row.uuid));
			row.head = vm->head.id;
			row.tail = vm->tail.id;
		}
		if (!visit(&row, context))
			break;
	}
	return memory_leave(memory, 0);
}

static uint64_t find_young(const struct memory_store *memory, const struct store_tails *tails)
{
	for (size_t i = 0; i < memory->appraisals.count; i++) {
		const struct store_appraisal *appraisal = memory->appraisals.rows[i];
		const uint64_t at_ms = appraisal->received_ms;
		const bool is_young = at_ms >= tails->since_ms && at_ms <= tails->until_ms;

		if (is_young && appraisal->link.id > tails->after)
			return appraisal->link.id;
	}
	return 0;
}

int memory_list_tails(struct store *store, const struct store_tails *tails, size_t limit,
	store_tail_visit *visit, void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	const uint64_t young = tails->since_ms ? find_young(memory, tails) : 0;
	const uint64_t after = young ? young : tails->since_ms ? UINT64_MAX : tails->after;

	(void)err;
	for (size_t i = 0; limit && i < memory->vms.count; i++) {
		const struct store_vm *vm = memory->vms.rows[i];

		if (vm->tail.id <= after)
			continue;
		limit--;
		if (!visit(vm->uuid, vm->tail.id, young, context))
			break;
	}
	return memory_leave(memory, 0);
}

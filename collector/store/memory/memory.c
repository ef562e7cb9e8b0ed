/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/store/memory/private.h"
#include "collector/store/store.h"

#include <stdlib.h>
#include <string.h>

static int compare_vm(const void *key, const void *row)
{
	return strcmp(key, ((const struct store_vm *)row)->uuid);
}

static int compare_numbers(uint64_t left, uint64_t right)
{
	return (left > right) - (left < right);
}

static int compare_appraisal(const void *key, const void *row)
{
	return compare_numbers(
		*(const uint64_t *)key, ((const struct store_appraisal *)row)->link.id);
}

static int compare_audit(const void *key, const void *row)
{
	return compare_numbers(*(const uint64_t *)key, ((const struct store_audit *)row)->link.id);
}

static int compare_claim(const void *key, const void *row)
{
	return compare_numbers(*(const uint64_t *)key, ((const struct store_claim *)row)->id);
}

static int compare_token(const void *key, const void *row)
{
	return compare_numbers(*(const uint64_t *)key, ((const struct store_token *)row)->id);
}

/* By when they expire. */
static int compare_challenge(const void *key, const void *row)
{
	const struct store_challenge *left = key, *right = row;
	int order = compare_numbers(left->expires_ms, right->expires_ms);

	return order ? order : memcmp(left->id, right->id, sizeof(left->id));
}

static uint64_t last_challenge(const struct memory_store *memory)
{
	const struct memory_table *spent = &memory->spent;
	const struct store_challenge *last = spent->count ? spent->rows[spent->count - 1] : NULL;

	return last ? last->expires_ms : 0;
}

static void memory_close(struct store *store)
{
	struct memory_store *memory = (struct memory_store *)store;

	memory_table_free(&memory->vms);
	memory_table_free(&memory->appraisals);
	memory_table_free(&memory->spent);
	memory_table_free(&memory->audit);
	memory_table_free(&memory->keys);
	memory_table_free(&memory->claims);
	memory_table_free(&memory->tokens);
	memory_table_free(&memory->result_keys);
	memory_table_free(&memory->logs);
	memory_table_free(&memory->log_uses);
	pthread_mutex_destroy(&memory->lock);
	free(memory);
}

static int write_batch(
	struct store *store, struct store_batch *batch, const size_t *order, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	return memory_leave(memory, memory_write(memory, batch, order, err));
}

static struct store_vm with_sender(const struct memory_store *memory, const struct store_vm *vm)
{
	const struct store_appraisal *head = memory_table_find(&memory->appraisals, &vm->head.id);
	struct store_vm copy = *vm;

	if (head)
		copy.sender = head->sender;
	return copy;
}

static int show_vm(
	struct store *store, const char *uuid, struct store_vm *ret_vm, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	const struct store_vm *vm = memory_table_find(&memory->vms, uuid);

	if (!vm)
		return memory_leave(
			memory, error_set(err, ERROR_NOT_FOUND, "no such VM: %s", uuid));
	*ret_vm = with_sender(memory, vm);
	return memory_leave(memory, 0);
}

static int read_vm(
	struct store *store, const char *uuid, struct store_vm *ret_vm, struct error *err)
{
	int rc = show_vm(store, uuid, ret_vm, err);

	if (!rc)
		ret_vm->sender = (struct store_sender){0};
	return rc;
}

static bool is_asked(const struct store_vm *vm, const struct store_query *query)
{
	if (query->has_status && vm->status != query->status)
		return false;
	if (query->has_failing_disks && !vm->disks_failing)
		return false;
	if (query->is_silent && !vm->silent_ms)
		return false;
	return !strncmp(vm->uuid, query->search, strlen(query->search)) ||
	       strcasestr(vm->hostname, query->search);
}

static int list_vms(struct store *store, const struct store_query *query, store_vm_visit *visit,
	void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	size_t left = query->limit;
	bool is_found;
	size_t i = memory_table_place(&memory->vms, query->after, &is_found);

	(void)err;
	for (i += is_found; left && i < memory->vms.count; i++) {
		struct store_vm vm;

		if (!is_asked(memory->vms.rows[i], query))
			continue;
		left--;
		vm = with_sender(memory, memory->vms.rows[i]);
		if (!visit(&vm, context))
			break;
	}
	return memory_leave(memory, 0);
}

static int count_vms(struct store *store, struct store_counts *counts, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	(void)err;
	for (size_t i = 0; i < memory->vms.count; i++) {
		const struct store_vm *vm = memory->vms.rows[i];

		counts->vms[vm->status][vm->continuity]++;
		counts->disks_vms += vm->disks_failing > 0;
		counts->disks_failing += vm->disks_failing;
		counts->silent += vm->silent_ms > 0;
		if (!counts->oldest_ms || vm->seen_ms < counts->oldest_ms)
			counts->oldest_ms = vm->seen_ms;
	}
	return memory_leave(memory, 0);
}

static int list_appraisals(struct store *store, uint64_t after, size_t limit,
	store_appraisal_visit *visit, void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	bool is_found;
	size_t i = memory_table_place(&memory->appraisals, &after, &is_found);

	(void)err;
	for (i += is_found; limit && i < memory->appraisals.count; i++, limit--) {
		if (!visit(memory->appraisals.rows[i], context))
			break;
	}
	return memory_leave(memory, 0);
}

static int read_appraisal(struct store *store, uint64_t id, store_appraisal_visit *visit,
	void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	const struct store_appraisal *appraisal = memory_table_find(&memory->appraisals, &id);

	if (!appraisal)
		return memory_leave(memory, error_set(err, ERROR_NOT_FOUND, "no such report"));
	visit(appraisal, context);
	return memory_leave(memory, 0);
}

static int read_timeline(struct store *store, const char *uuid, uint64_t from, size_t limit,
	store_appraisal_visit *visit, void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	const struct store_vm *vm = memory_table_find(&memory->vms, uuid);
	uint64_t id;

	if (!vm)
		return memory_leave(
			memory, error_set(err, ERROR_NOT_FOUND, "no such VM: %s", uuid));
	id = from ? from : vm->head.id;
	for (size_t i = 0; i < limit && id > vm->tail.id; i++) {
		const struct store_appraisal *appraisal =
			memory_table_find(&memory->appraisals, &id);

		if (!appraisal || strcmp(appraisal->uuid, uuid) != 0 || !visit(appraisal, context))
			break;
		id = appraisal->prev.id;
	}
	return memory_leave(memory, 0);
}

static int expire_pending(struct store *store, uint64_t before_ms, size_t limit,
	size_t *ret_deleted, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	return memory_leave(
		memory, memory_expire_pending(memory, before_ms, limit, ret_deleted, err));
}

static int read_room(struct store *store, struct store_room *ret_room, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	(void)err;
	memory_read_room(memory, ret_room);
	return memory_leave(memory, 0);
}

static int share_key(struct store *store, uint8_t *key, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	(void)err;
	if (memory->has_shared_key)
		memcpy(key, memory->shared_key, STORE_KEY_SIZE);
	else
		memcpy(memory->shared_key, key, STORE_KEY_SIZE);
	memory->has_shared_key = true;
	return memory_leave(memory, 0);
}

static int list_audit(struct store *store, uint64_t after, size_t limit, store_audit_visit *visit,
	void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	bool is_found;
	size_t i = memory_table_place(&memory->audit, &after, &is_found);

	(void)err;
	for (i += is_found; limit && i < memory->audit.count; i++, limit--) {
		if (!visit(memory->audit.rows[i], context))
			break;
	}
	return memory_leave(memory, 0);
}

static int read_audit_head(struct store *store, struct store_link *ret_head, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	(void)err;
	*ret_head = memory->last_audit;
	return memory_leave(memory, 0);
}

static int read_last_challenge(struct store *store, uint64_t *ret_expires_ms, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	(void)err;
	*ret_expires_ms = last_challenge(memory);
	return memory_leave(memory, 0);
}

/* The one that expires first is the first. */
static bool has_expired(const struct memory_table *spent, uint64_t before_ms)
{
	const struct store_challenge *first = spent->count ? spent->rows[0] : NULL;

	return first && first->expires_ms < before_ms;
}

static int expire_challenges(struct store *store, uint64_t before_ms, size_t limit,
	size_t *ret_deleted, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	uint64_t last_ms = last_challenge(memory);
	size_t deleted = 0;

	(void)err;
	if (before_ms + STORE_CHALLENGE_MS > last_ms)
		before_ms = last_ms > STORE_CHALLENGE_MS ? last_ms - STORE_CHALLENGE_MS : 0;
	while (deleted < limit && has_expired(&memory->spent, before_ms)) {
		memory_table_remove(&memory->spent, 0);
		deleted++;
	}
	*ret_deleted = deleted;
	return memory_leave(memory, 0);
}

/* Whether the report at `place` was deleted. */
static bool expire_appraisal(struct memory_store *memory, size_t place, uint64_t before_ms)
{
	const struct store_appraisal *appraisal = memory->appraisals.rows[place];
	struct store_vm *vm = memory_table_find(&memory->vms, appraisal->uuid);
	struct store_retention retention = store_retention_decide(vm, appraisal, before_ms);

	if (retention.passes)
		vm->tail = appraisal->link;
	if (retention.deletes)
		memory_table_remove(&memory->appraisals, place);
	if (retention.passes || retention.deletes)
		memory_logs_expire(memory, vm);
	return retention.deletes;
}

static int expire_appraisals(struct store *store, uint64_t before_ms, size_t limit,
	uint64_t *cursor, size_t *ret_deleted, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	size_t deleted = 0, old = 0;
	bool is_found;
	size_t i = memory_table_place(&memory->appraisals, cursor, &is_found);

	(void)err;
	i += is_found;
	for (; limit && i < memory->appraisals.count; limit--) {
		const struct store_appraisal *appraisal = memory->appraisals.rows[i];

		*cursor = appraisal->link.id;
		old += appraisal->received_ms < before_ms;
		if (expire_appraisal(memory, i, before_ms))
			deleted++;
		else
			i++;
	}
	if (limit || !old)
		*cursor = 0;
	*ret_deleted = deleted;
	return memory_leave(memory, 0);
}

static const struct store_ops memory_ops = {
	.close = memory_close,
	.write = write_batch,
	.read_vm = read_vm,
	.show_vm = show_vm,
	.list_vms = list_vms,
	.count_vms = count_vms,
	.list_appraisals = list_appraisals,
	.read_appraisal = read_appraisal,
	.read_timeline = read_timeline,
	.read_log = memory_read_log,
	.list_logs = memory_list_logs,
	.list_claims = memory_list_claims,
	.list_new_claims = memory_list_new_claims,
	.expire_pending = expire_pending,
	.read_room = read_room,
	.expire_claims = memory_expire_claims,
	.find_token = memory_find_token,
	.list_tokens = memory_list_tokens,
	.list_result_keys = memory_list_result_keys,
	.share_key = share_key,
	.list_audit = list_audit,
	.read_audit_head = read_audit_head,
	.read_last_challenge = read_last_challenge,
	.read_last_number = memory_read_last_number,
	.read_last_claim = memory_read_last_claim,
	.read_prev = memory_read_prev,
	.list_uuids = memory_list_uuids,
	.read_record_event = memory_read_record_event,
	.find_older = memory_find_older,
	.find_owner = memory_find_owner,
	.list_stray_keys = memory_list_stray_keys,
	.list_owners = memory_list_owners,
	.list_due = memory_list_due,
	.read_watch = memory_read_watch,
	.write_watch = memory_write_watch,
	.list_tails = memory_list_tails,
	.expire_challenges = expire_challenges,
	.expire_appraisals = expire_appraisals,
};

int store_memory_open(struct store **ret_store, struct error *err)
{
	struct memory_store *memory = calloc(1, sizeof(*memory));

	if (!memory)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a store");
	memory->store.ops = &memory_ops;
	memory->vms.compare = compare_vm;
	memory->appraisals.compare = compare_appraisal;
	memory->spent.compare = compare_challenge;
	memory->audit.compare = compare_audit;
	memory->keys.compare = memory_key_compare;
	memory->claims.compare = compare_claim;
	memory->tokens.compare = compare_token;
	memory->logs.compare = memory_log_compare;
	memory->log_uses.compare = memory_log_use_compare;
	pthread_mutex_init(&memory->lock, NULL);
	store_clock_start(&memory->store);
	*ret_store = &memory->store;
	return 0;
}

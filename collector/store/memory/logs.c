/* SPDX-License-Identifier: BSD-2-Clause */
/* Event logs in memory: which reports name them, and what retention leaves. */
#include <stdlib.h>
#include <string.h>

#include "collector/store/memory/private.h"

/* A log in one allocation with its bytes. */
struct kept {
	struct store_log log;
	uint8_t bytes[];
};

/* A VM's reports that name a log: none before `first`, none behind `last`, unless it is the one
 * that the VM's record has. */
struct use {
	struct memory_log_key key;
	uint64_t first, last;
};

int memory_log_compare(const void *key, const void *row)
{
	return memcmp(key, ((const struct kept *)row)->log.sha256, STORE_HASH_SIZE);
}

int memory_log_use_compare(const void *key, const void *row)
{
	const struct memory_log_key *left = key;
	const struct memory_log_key *right = &((const struct use *)row)->key;
	int order = strcmp(left->uuid, right->uuid);

	return order ? order : memcmp(left->sha256, right->sha256, sizeof(left->sha256));
}

static struct memory_log_key key_of(const char *uuid, const uint8_t *sha256)
{
	struct memory_log_key key;

	memcpy(key.uuid, uuid, sizeof(key.uuid));
	memcpy(key.sha256, sha256, sizeof(key.sha256));
	return key;
}

bool memory_logs_start(struct memory_logs *logs, size_t count)
{
	logs->rows = calloc(count + 1, sizeof(*logs->rows));
	return logs->rows != NULL;
}

void memory_logs_free(struct memory_logs *logs)
{
	for (size_t i = 0; i < logs->count; i++) {
		free(logs->rows[i].kept);
		free(logs->rows[i].use);
	}
	free(logs->rows);
}

bool memory_logs_has(
	const struct memory_store *memory, const struct memory_logs *logs, const uint8_t *sha256)
{
	for (size_t i = 0; i < logs->count; i++) {
		if (logs->rows[i].kept && !memory_log_compare(sha256, logs->rows[i].kept))
			return true;
	}
	return memory_table_find(&memory->logs, sha256) != NULL;
}

static bool is_of_others(const struct memory_store *memory, const char *uuid, const uint8_t *sha256)
{
	for (size_t i = 0; i < memory->log_uses.count; i++) {
		const struct use *use = memory->log_uses.rows[i];
		const bool is_same = !memcmp(use->key.sha256, sha256, STORE_HASH_SIZE);

		if (is_same && strcmp(use->key.uuid, uuid) != 0)
			return true;
	}
	return false;
}

size_t memory_logs_count(const struct memory_store *memory, const char *uuid)
{
	size_t count = 0;

	for (size_t i = 0; i < memory->log_uses.count; i++) {
		const struct use *use = memory->log_uses.rows[i];

		count += !strcmp(use->key.uuid, uuid) &&
			 memory_table_find(&memory->logs, use->key.sha256) &&
			 !is_of_others(memory, uuid, use->key.sha256);
	}
	return count;
}

static struct kept *copy_log(const struct store_log *log)
{
	struct kept *kept = malloc(sizeof(*kept) + log->bytes.len);

	if (!kept)
		return NULL;
	kept->log = *log;
	memcpy(kept->bytes, log->bytes.bytes, log->bytes.len);
	kept->log.bytes.bytes = kept->bytes;
	return kept;
}

int memory_logs_stage(const struct memory_store *memory, struct memory_logs *logs,
	const struct store_vm *before, const struct store_change *change, struct error *err)
{
	struct memory_log_change *to = &logs->rows[logs->count];
	const bool changes = store_log_changes(before, change);
	struct use *use;

	if (change->forgets) {
		*to = (struct memory_log_change){
			.forgets = true, .closed = key_of(before->uuid, before->log)};
		logs->count++;
		return 0;
	}
	if (!changes && !change->log)
		return 0;
	*to = (struct memory_log_change){
		.closes = changes && before->has_log,
		.closed = key_of(before->uuid, before->log),
		.last = before->head.id,
	};
	logs->count++;
	if (change->log && !memory_logs_has(memory, logs, change->log->sha256)) {
		to->kept = copy_log(change->log);
		if (!to->kept)
			return error_set(err, ERROR_NO_MEMORY, "no memory for an event log");
	}
	if (!changes || !change->vm.has_log)
		return 0;
	to->use = use = malloc(sizeof(*use));
	if (!use)
		return error_set(err, ERROR_NO_MEMORY, "no memory for an event log");
	*use = (struct use){.key = key_of(before->uuid, change->vm.log),
		.first = change->vm.head.id,
		.last = change->vm.head.id};
	return 0;
}

int memory_logs_reserve(
	struct memory_store *memory, const struct memory_logs *logs, struct error *err)
{
	int rc = memory_table_reserve(&memory->logs, logs->count, err);

	return rc ? rc : memory_table_reserve(&memory->log_uses, logs->count, err);
}

static void hand_over(struct memory_store *memory, const struct memory_log_change *change)
{
	struct use *closed =
		change->closes ? memory_table_find(&memory->log_uses, &change->closed) : NULL;
	struct use *use = change->use, *old;

	if (closed)
		closed->last = change->last;
	if (change->kept)
		memory_table_insert(
			&memory->logs, ((struct kept *)change->kept)->log.sha256, change->kept);
	old = use ? memory_table_find(&memory->log_uses, &use->key) : NULL;
	if (old) {
		old->last = use->last;
		free(use);
	} else if (use) {
		memory_table_insert(&memory->log_uses, &use->key, use);
	}
}

static void forget(struct memory_store *memory, const char *uuid)
{
	for (size_t i = memory->log_uses.count; i--;) {
		const struct use *use = memory->log_uses.rows[i];

		if (!strcmp(use->key.uuid, uuid))
			memory_table_remove(&memory->log_uses, i);
	}
}

static void remove_unused(struct memory_store *memory, const uint8_t *sha256)
{
	bool is_found;
	size_t place;

	for (size_t i = 0; i < memory->log_uses.count; i++) {
		const struct use *use = memory->log_uses.rows[i];

		if (!memcmp(use->key.sha256, sha256, STORE_HASH_SIZE))
			return;
	}
	place = memory_table_place(&memory->logs, sha256, &is_found);
	if (is_found)
		memory_table_remove(&memory->logs, place);
}

/* What a VM left, another one of the same batch may name. */
void memory_logs_hand_over(struct memory_store *memory, struct memory_logs *logs)
{
	bool has_forgotten = false;

	for (size_t i = 0; i < logs->count; i++) {
		if (logs->rows[i].forgets)
			forget(memory, logs->rows[i].closed.uuid);
		else
			hand_over(memory, &logs->rows[i]);
		has_forgotten = has_forgotten || logs->rows[i].forgets;
	}
	for (size_t i = memory->logs.count; has_forgotten && i--;)
		remove_unused(memory, ((const struct kept *)memory->logs.rows[i])->log.sha256);
	logs->count = 0;
}

static bool is_over(const struct use *use, const struct store_vm *vm)
{
	const bool is_newest = vm->has_log && !memcmp(vm->log, use->key.sha256, sizeof(vm->log));
	const bool has_baseline = vm->baseline.id >= use->first && vm->baseline.id <= use->last;

	return !strcmp(use->key.uuid, vm->uuid) && use->last <= vm->tail.id && !is_newest &&
	       !has_baseline;
}

void memory_logs_expire(struct memory_store *memory, const struct store_vm *vm)
{
	for (size_t i = memory->log_uses.count; i--;) {
		const struct use *use = memory->log_uses.rows[i];
		const struct memory_log_key key = use->key;

		if (!is_over(use, vm))
			continue;
		memory_table_remove(&memory->log_uses, i);
		remove_unused(memory, key.sha256);
	}
}

int memory_read_log(struct store *store, const uint8_t sha256[STORE_HASH_SIZE],
	store_log_visit *visit, void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	const struct kept *kept = memory_table_find(&memory->logs, sha256);

	if (!kept)
		return memory_leave(
			memory, error_set(err, ERROR_NOT_FOUND, "no such event log is kept"));
	visit(&kept->log, context);
	return memory_leave(memory, 0);
}

int memory_list_logs(struct store *store, const uint8_t after[STORE_HASH_SIZE], size_t limit,
	store_log_visit *visit, void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	bool is_found;
	size_t i = memory_table_place(&memory->logs, after, &is_found);

	(void)err;
	for (i += is_found; limit && i < memory->logs.count; i++, limit--) {
		if (!visit(&((const struct kept *)memory->logs.rows[i])->log, context))
			break;
	}
	return memory_leave(memory, 0);
}

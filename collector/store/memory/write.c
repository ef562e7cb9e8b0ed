/* SPDX-License-Identifier: BSD-2-Clause */
/* A batch in memory: whatever can fail is done first, on the side; then the store is changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/memory/private.h"

/* What a batch is going to write; its rows are owned until they are handed over. */
struct stage {
	struct store_vm **vms; /* by UUID: items come sorted */
	size_t vm_count;
	struct store_appraisal **appraisals;
	size_t appraisal_count;
	struct store_audit **audit;
	size_t audit_count;
	size_t audit_room;
	struct memory_tokens tokens;
	struct memory_key **keys; /* in the order of the changes: the last one of a key holds */
	size_t key_count;
	struct claim_change {
		char uuid[TEXT_UUID_SIZE];
		bool drops;
		struct store_claim *claim; /* NULL: none comes */
	} * claims;
	size_t claim_count;
	struct store_challenge **spent; /* in the store already, which owns them */
	size_t spent_count;
};

static int stage_start(struct stage *stage, size_t count, struct error *err)
{
	bool has_all;
	stage->vms = calloc(count + 1, sizeof(void *));
	stage->appraisals = calloc(count + 1, sizeof(void *));
	stage->audit = calloc(count + 1, sizeof(void *));
	stage->audit_room = count + 1;
	stage->keys = calloc(count * 2 * (STORE_EKS_MAX + 1) + 1, sizeof(void *));
	stage->spent = calloc(count + 1, sizeof(void *));
	stage->claims = calloc(count + 1, sizeof(*stage->claims));
	has_all = stage->claims && stage->vms && stage->appraisals && stage->audit && stage->keys &&
		  stage->spent;
	return has_all ? 0 : error_set(err, ERROR_NO_MEMORY, "no memory for a batch");
}

/* Frees what was not handed over. */
static void stage_free(struct stage *stage)
{
	for (size_t i = 0; i < stage->vm_count; i++)
		free(stage->vms[i]);
	for (size_t i = 0; i < stage->appraisal_count; i++)
		free(stage->appraisals[i]);
	for (size_t i = 0; i < stage->audit_count; i++)
		free(stage->audit[i]);
	for (size_t i = 0; i < stage->key_count; i++)
		free(stage->keys[i]);
	for (size_t i = 0; i < stage->claim_count; i++)
		free(stage->claims[i].claim);
	memory_tokens_free(&stage->tokens);
	free(stage->claims);
	free(stage->vms);
	free(stage->appraisals);
	free(stage->audit);
	free(stage->keys);
	free(stage->spent);
}

/* Takes back what already stands in the store. */
static void take_back(struct memory_store *memory, const struct stage *stage)
{
	bool is_found;

	for (size_t i = 0; i < stage->spent_count; i++)
		memory_table_remove(&memory->spent,
			memory_table_place(&memory->spent, stage->spent[i], &is_found));
}

static int spend(struct memory_store *memory, struct stage *stage, struct store_item *item,
	uint64_t now_ms, struct error *err)
{
	struct store_challenge *copy;

	if (!item->has_challenge)
		return 0;
	if (now_ms >= item->challenge.expires_ms)
		item->spend = STORE_SPEND_EXPIRED;
	else if (memory_table_find(&memory->spent, &item->challenge))
		item->spend = STORE_SPEND_AGAIN;
	else
		item->spend = STORE_SPEND_DONE;
	if (item->spend != STORE_SPEND_DONE)
		return 0;
	copy = malloc(sizeof(*copy));
	if (!copy || memory_table_reserve(&memory->spent, 1, err)) {
		free(copy);
		return error_set(err, ERROR_NO_MEMORY, "no memory for a challenge");
	}
	*copy = item->challenge;
	memory_table_insert(&memory->spent, copy, copy);
	stage->spent[stage->spent_count++] = copy;
	return 0;
}

/* The record as this batch left it so far. */
static void find_vm(struct memory_store *memory, const struct stage *stage, const char *uuid,
	struct store_vm *ret_vm)
{
	const struct store_vm *vm = NULL;

	if (stage->vm_count && !strcmp(stage->vms[stage->vm_count - 1]->uuid, uuid))
		vm = stage->vms[stage->vm_count - 1];
	else
		vm = memory_table_find(&memory->vms, uuid);
	if (vm)
		*ret_vm = *vm;
	else
		memcpy(ret_vm->uuid, uuid, sizeof(ret_vm->uuid));
}

static const struct store_appraisal *find_appraisal(
	const struct memory_store *memory, const struct stage *stage, uint64_t id)
{
	if (id > memory->last_appraisal && id - memory->last_appraisal <= stage->appraisal_count)
		return stage->appraisals[id - memory->last_appraisal - 1];
	return memory_table_find(&memory->appraisals, &id);
}

static int stage_vm(struct stage *stage, const struct store_vm *vm, struct error *err)
{
	struct store_vm *copy;

	if (stage->vm_count && !strcmp(stage->vms[stage->vm_count - 1]->uuid, vm->uuid)) {
		*stage->vms[stage->vm_count - 1] = *vm;
		return 0;
	}
	copy = malloc(sizeof(*copy));
	if (!copy)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a VM");
	*copy = *vm;
	stage->vms[stage->vm_count++] = copy;
	return 0;
}

/* A batch that fails leaves a gap, which numbers may have. */
static void start_numbers(struct memory_store *memory)
{
	uint64_t least = store_least_number(&memory->store);

	if (least > memory->last_appraisal + 1)
		memory->last_appraisal = least - 1;
}

static int stage_appraisal(struct memory_store *memory, struct stage *stage,
	struct store_item *item, struct store_change *change, struct store_appraisal *appraisal,
	struct error *err)
{
	struct store_appraisal *copy;

	if (!stage->appraisal_count)
		start_numbers(memory);
	appraisal->link.id = memory->last_appraisal + stage->appraisal_count + 1;
	copy = memory_appraisal_copy(appraisal);
	if (!copy)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a report");
	stage->appraisals[stage->appraisal_count++] = copy;
	store_item_written(item, change, appraisal);
	return 0;
}

static int stage_audit(struct memory_store *memory, struct stage *stage,
	const struct store_change *change, struct error *err)
{
	const struct store_link *head = stage->audit_count
						? &stage->audit[stage->audit_count - 1]->link
						: &memory->last_audit;
	struct store_audit *copy = malloc(sizeof(*copy));
	int rc;

	if (!copy)
		return error_set(err, ERROR_NO_MEMORY, "no memory for an audit event");
	rc = store_audit_link(change, head, copy, err);
	if (rc) {
		free(copy);
		return rc;
	}
	copy->link.id = head->id + 1;
	stage->audit[stage->audit_count++] = copy;
	return 0;
}

/* The item's own, or one for the VM of each token. */
static int stage_audits(struct memory_store *memory, struct stage *stage,
	const struct store_change *change, struct error *err)
{
	size_t room = stage->audit_room + change->token_count;
	struct store_audit **grown;
	int rc = 0;

	if (!change->token_count)
		return stage_audit(memory, stage, change, err);
	grown = realloc(stage->audit, room * sizeof(void *));
	if (!grown)
		return error_set(err, ERROR_NO_MEMORY, "no memory for audit events");
	stage->audit = grown;
	stage->audit_room = room;
	for (size_t i = 0; !rc && i < change->token_count; i++) {
		struct store_change of_vm = *change;
		struct store_audit audit = *change->audit;

		store_token_print_made(&change->tokens[i], &audit);
		of_vm.audit = &audit;
		rc = stage_audit(memory, stage, &of_vm, err);
	}
	return rc;
}

/* Whose a key is as this batch left it so far. */
static const char *find_owner(const struct memory_store *memory, const struct stage *stage,
	const struct crypto_bytes *key)
{
	const struct memory_key *row;

	for (size_t i = stage->key_count; i--;) {
		if (!memory_key_compare(key, stage->keys[i]))
			return stage->keys[i]->uuid;
	}
	row = memory_table_find(&memory->keys, key);
	return row ? row->uuid : "";
}

static void find_other_owner(const struct memory_store *memory, const struct stage *stage,
	const struct store_item *item, char ret_owner[TEXT_UUID_SIZE])
{
	for (size_t i = 0; i < STORE_ITEM_KEYS; i++) {
		const char *owner = find_owner(memory, stage, &item->keys[i]);

		if (*owner && strcmp(owner, item->uuid) != 0)
			memcpy(ret_owner, owner, TEXT_UUID_SIZE);
	}
}

static int stage_key(
	struct stage *stage, const struct crypto_bytes *key, const char *uuid, struct error *err)
{
	struct memory_key *row = calloc(1, sizeof(*row));

	if (!row)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a key");
	row->len = key->len;
	memcpy(row->data, key->bytes, key->len);
	snprintf(row->uuid, sizeof(row->uuid), "%s", uuid);
	stage->keys[stage->key_count++] = row;
	return 0;
}

/* Keys that are no longer in the record become nobody's; those that are in it become the VM's. */
static int stage_keys(struct memory_store *memory, struct stage *stage,
	const struct store_vm *before, const struct store_change *change, struct error *err)
{
	struct store_keys old = store_vm_keys(before), now = store_vm_keys(&change->vm);
	int rc = 0;

	if (!change->takes_keys && store_keys_same(&old, &now))
		return 0;
	for (size_t i = 0; !rc && i < old.count; i++) {
		if (!strcmp(find_owner(memory, stage, &old.items[i]), change->vm.uuid))
			rc = stage_key(stage, &old.items[i], "", err);
	}
	for (size_t i = 0; !rc && i < now.count; i++)
		rc = stage_key(stage, &now.items[i], change->vm.uuid, err);
	return rc;
}

/* One credential may be many agents', so that the address tells them apart; but not one that is for
 * this VM. */
static bool is_same_sender(const struct store_claim *old, const struct store_claim *claim)
{
	const struct store_sender *left = &old->sender, *right = &claim->sender;

	return !strcmp(left->role, right->role) && !strcmp(left->name, right->name) &&
	       (claim->has_authority || !strcmp(left->address, right->address));
}

static bool has_same_keys(const struct store_claim *old, const struct store_claim *claim)
{
	return old->has_ek == claim->has_ek &&
	       (!old->has_ek || !memcmp(old->ek, claim->ek, sizeof(old->ek))) &&
	       old->ak_name.len == claim->ak_name.len &&
	       !memcmp(old->ak_name.data, claim->ak_name.data, old->ak_name.len);
}

/* The number under which this sender claims the same already; 0: none. */
static uint64_t find_same_claim(
	const struct memory_store *memory, const char *uuid, const struct store_claim *claim)
{
	for (size_t i = 0; i < memory->claims.count; i++) {
		const struct store_claim *old = memory->claims.rows[i];

		if (strcmp(old->uuid, uuid) != 0 || !is_same_sender(old, claim))
			continue;
		if (has_same_keys(old, claim))
			return old->id;
	}
	return 0;
}

static int stage_claim(struct memory_store *memory, struct stage *stage, struct store_item *item,
	const struct store_change *change, struct error *err)
{
	struct claim_change *to = &stage->claims[stage->claim_count];

	if (change->claim) {
		to->claim = malloc(sizeof(*to->claim));
		if (!to->claim)
			return error_set(err, ERROR_NO_MEMORY, "no memory for a claim");
		*to->claim = *change->claim;
		to->claim->id = find_same_claim(memory, item->uuid, change->claim);
		if (!to->claim->id)
			to->claim->id = memory->last_claim + stage->claim_count + 1;
		item->claimed = to->claim->id;
		memcpy(to->claim->uuid, item->uuid, sizeof(item->uuid));
	}
	to->drops = change->drops_claims;
	memcpy(to->uuid, item->uuid, sizeof(item->uuid));
	stage->claim_count++;
	return 0;
}

static int stage_item(struct memory_store *memory, struct stage *stage, struct store_item *item,
	uint64_t now_ms, struct error *err)
{
	struct store_change change = {0};
	struct store_appraisal appraisal;
	struct store_vm before;
	int rc = spend(memory, stage, item, now_ms, err);

	if (rc)
		return rc;
	change.spend = item->spend;
	find_vm(memory, stage, item->uuid, &change.vm);
	find_other_owner(memory, stage, item, change.owner);
	before = change.vm;
	if (item->wants_baseline && change.vm.baseline.id)
		change.baseline = find_appraisal(memory, stage, change.vm.baseline.id);
	rc = store_item_judge(item, &change, &appraisal, err);
	if (!rc && change.appraisal)
		rc = stage_appraisal(memory, stage, item, &change, &appraisal, err);
	if (!rc && change.writes_vm)
		rc = stage_vm(stage, &change.vm, err);
	if (!rc && change.writes_vm)
		rc = stage_keys(memory, stage, &before, &change, err);
	if (!rc && (change.claim || change.drops_claims))
		rc = stage_claim(memory, stage, item, &change, err);
	if (!rc)
		rc = memory_tokens_stage(&stage->tokens, &change, err);
	if (!rc && change.audit)
		rc = stage_audits(memory, stage, &change, err);
	return rc;
}

static int reserve(struct memory_store *memory, const struct stage *stage, struct error *err)
{
	int rc = memory_table_reserve(&memory->vms, stage->vm_count, err);

	if (!rc)
		rc = memory_table_reserve(&memory->appraisals, stage->appraisal_count, err);
	if (!rc)
		rc = memory_table_reserve(&memory->keys, stage->key_count, err);
	if (!rc)
		rc = memory_table_reserve(&memory->claims, stage->claim_count, err);
	if (!rc)
		rc = memory_tokens_reserve(memory, &stage->tokens, err);
	return rc ? rc : memory_table_reserve(&memory->audit, stage->audit_count, err);
}

static void hand_over_keys(struct memory_store *memory, struct stage *stage)
{
	for (size_t i = 0; i < stage->key_count; i++) {
		struct memory_key *row = stage->keys[i];
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
	stage->key_count = 0;
}

/* Removes those of a VM that are settled, or replaced by `claim`; and the newest where there are
 * too many beside it. */
static void clear_claims(struct memory_store *memory, const struct claim_change *change)
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

static void hand_over_claims(struct memory_store *memory, struct stage *stage)
{
	for (size_t i = 0; i < stage->claim_count; i++) {
		struct store_claim *claim = stage->claims[i].claim;

		clear_claims(memory, &stage->claims[i]);
		if (claim)
			memory_table_insert(&memory->claims, &claim->id, claim);
	}
	memory->last_claim += stage->claim_count;
	stage->claim_count = 0;
}

/* A VM without a baseline has nothing behind its tail. */
static void drop_appraisals(struct memory_store *memory, const struct store_vm *vm)
{
	for (size_t i = memory->appraisals.count; i-- && vm->tail.id && !vm->baseline.id;) {
		const struct store_appraisal *appraisal = memory->appraisals.rows[i];

		if (appraisal->link.id <= vm->tail.id && !strcmp(appraisal->uuid, vm->uuid))
			memory_table_remove(&memory->appraisals, i);
	}
}

static void hand_over_vms(struct memory_store *memory, struct stage *stage)
{
	for (size_t i = 0; i < stage->vm_count; i++) {
		struct store_vm *vm = memory_table_find(&memory->vms, stage->vms[i]->uuid);

		drop_appraisals(memory, stage->vms[i]);
		if (vm) {
			*vm = *stage->vms[i];
			free(stage->vms[i]);
		} else {
			memory_table_insert(&memory->vms, stage->vms[i]->uuid, stage->vms[i]);
		}
	}
}

static void hand_over(struct memory_store *memory, struct stage *stage)
{
	hand_over_keys(memory, stage);
	hand_over_claims(memory, stage);
	memory_tokens_hand_over(memory, &stage->tokens);
	for (size_t i = 0; i < stage->appraisal_count; i++)
		memory_table_insert(
			&memory->appraisals, &stage->appraisals[i]->link.id, stage->appraisals[i]);
	hand_over_vms(memory, stage);
	for (size_t i = 0; i < stage->audit_count; i++)
		memory_table_insert(&memory->audit, &stage->audit[i]->link.id, stage->audit[i]);
	memory->last_appraisal += stage->appraisal_count;
	if (stage->audit_count)
		memory->last_audit = stage->audit[stage->audit_count - 1]->link;
	stage->vm_count = stage->appraisal_count = stage->audit_count = 0;
}

int memory_write(struct memory_store *memory, struct store_batch *batch, const size_t *order,
	struct error *err)
{
	struct stage stage = {0};
	int rc = stage_start(&stage, batch->item_count, err);

	for (size_t i = 0; !rc && i < batch->item_count; i++)
		rc = stage_item(memory, &stage, &batch->items[order[i]], batch->now_ms, err);
	if (!rc)
		rc = reserve(memory, &stage, err);
	if (rc)
		take_back(memory, &stage);
	else
		hand_over(memory, &stage);
	stage_free(&stage);
	return rc;
}

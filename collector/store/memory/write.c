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
	struct memory_result_keys result_keys;
	struct memory_keys keys;
	struct memory_claims claims;
	struct memory_logs logs;
	struct memory_forgetting forgetting;
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
	stage->spent = calloc(count + 1, sizeof(void *));
	has_all = stage->vms && stage->appraisals && stage->audit && stage->spent &&
		  memory_keys_start(&stage->keys, count) &&
		  memory_claims_start(&stage->claims, count) &&
		  memory_logs_start(&stage->logs, count) &&
		  memory_forgetting_start(&stage->forgetting, count);
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
	memory_keys_free(&stage->keys);
	memory_claims_free(&stage->claims);
	memory_logs_free(&stage->logs);
	memory_tokens_free(&stage->tokens);
	memory_result_keys_free(&stage->result_keys);
	free(stage->forgetting.rows);
	free(stage->vms);
	free(stage->appraisals);
	free(stage->audit);
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

/* The record as this batch left it so far; revision 0: it forgot it. */
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

/* Behind which revision the record of a VM begins that is not there; and how its last one ended. */
static uint64_t find_revision(const struct memory_store *memory, const struct stage *stage,
	const char *uuid, bool *ret_is_lapsed)
{
	uint64_t revision = 0;

	for (size_t i = 0; i < memory->audit.count + stage->audit_count; i++) {
		const struct store_audit *audit = i < memory->audit.count
							  ? memory->audit.rows[i]
							  : stage->audit[i - memory->audit.count];

		if (!audit->revision || strcmp(audit->uuid, uuid) != 0)
			continue;
		if (audit->revision > revision)
			revision = audit->revision;
		if (!strcmp(audit->action, STORE_FORGOTTEN_ACTION))
			*ret_is_lapsed = !strcmp(audit->actor, STORE_FORGOTTEN_IN_SILENCE);
	}
	return revision;
}

static uint64_t count_reports(
	const struct memory_store *memory, const struct stage *stage, const char *uuid)
{
	uint64_t count = 0;

	for (size_t i = 0; i < memory->appraisals.count; i++)
		count +=
			!strcmp(((struct store_appraisal *)memory->appraisals.rows[i])->uuid, uuid);
	for (size_t i = 0; i < stage->appraisal_count; i++)
		count += !strcmp(stage->appraisals[i]->uuid, uuid);
	return count;
}

static int stage_forgetting(struct memory_store *memory, struct stage *stage,
	struct store_item *item, const struct store_vm *before, struct store_change *change,
	struct error *err)
{
	struct store_vm gone = {0};
	int rc;

	item->forgotten = (struct store_forgotten){
		.head = before->head, .reports = count_reports(memory, stage, before->uuid)};
	memory_count_forgotten(memory, before->uuid, &item->forgotten);
	memcpy(gone.uuid, before->uuid, sizeof(gone.uuid));
	memory_forgetting_stage(&stage->forgetting, before);
	change->drops_claims = true;
	rc = stage_vm(stage, &gone, err);
	if (!rc)
		rc = memory_logs_stage(memory, &stage->logs, before, change, err);
	if (!rc)
		rc = memory_claims_stage(memory, &stage->claims, item, change, err);
	if (!rc)
		rc = memory_tokens_stage(&stage->tokens, change, err);
	if (!rc)
		rc = stage_audit(memory, stage, change, err);
	change->vm = gone;
	return rc ? rc : memory_keys_stage(memory, &stage->keys, before, change, err);
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
	if (change.vm.enrolment != STORE_ENROLMENT_ACCEPTED)
		change.revision = find_revision(memory, stage, item->uuid, &change.is_lapsed);
	memory_keys_find_other(memory, &stage->keys, item, change.owner);
	before = change.vm;
	change.has_log = item->asks_log && memory_logs_has(memory, &stage->logs, item->log);
	change.has_result_key =
		item->asks_result_key && memory_result_keys_has(memory, &stage->result_keys);
	if (item->wants_baseline && change.vm.baseline.id)
		change.baseline = find_appraisal(memory, stage, change.vm.baseline.id);
	rc = store_item_judge(item, &change, &appraisal, err);
	if (!rc && change.forgets)
		return stage_forgetting(memory, stage, item, &before, &change, err);
	if (!rc && change.appraisal)
		rc = stage_appraisal(memory, stage, item, &change, &appraisal, err);
	if (!rc && change.writes_vm)
		rc = stage_vm(stage, &change.vm, err);
	if (!rc && change.writes_vm)
		rc = memory_keys_stage(memory, &stage->keys, &before, &change, err);
	if (!rc)
		rc = memory_logs_stage(memory, &stage->logs, &before, &change, err);
	if (!rc)
		rc = memory_claims_stage(memory, &stage->claims, item, &change, err);
	if (!rc)
		rc = memory_tokens_stage(&stage->tokens, &change, err);
	if (!rc && change.result_key)
		rc = memory_result_keys_stage(&stage->result_keys, &change, err);
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
		rc = memory_table_reserve(&memory->keys, stage->keys.count, err);
	if (!rc)
		rc = memory_table_reserve(&memory->claims, stage->claims.count, err);
	if (!rc)
		rc = memory_logs_reserve(memory, &stage->logs, err);
	if (!rc)
		rc = memory_tokens_reserve(memory, &stage->tokens, err);
	if (!rc)
		rc = memory_table_reserve(&memory->result_keys, stage->result_keys.count, err);
	return rc ? rc : memory_table_reserve(&memory->audit, stage->audit_count, err);
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

		if (!stage->vms[i]->revision) {
			free(stage->vms[i]);
			continue;
		}
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
	memory_keys_hand_over(memory, &stage->keys);
	memory_claims_hand_over(memory, &stage->claims);
	memory_logs_hand_over(memory, &stage->logs);
	memory_tokens_hand_over(memory, &stage->tokens);
	memory_result_keys_hand_over(memory, &stage->result_keys);
	for (size_t i = 0; i < stage->appraisal_count; i++)
		memory_table_insert(
			&memory->appraisals, &stage->appraisals[i]->link.id, stage->appraisals[i]);
	memory_forgetting_hand_over(memory, &stage->forgetting);
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

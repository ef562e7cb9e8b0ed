/* SPDX-License-Identifier: BSD-2-Clause */
/* A batch in SQLite: one transaction, one wait for the disk. */
#include <string.h>

#include "collector/store/sqlite/private.h"

static int spend(struct sqlite_connection *connection, struct store_item *item, uint64_t now_ms,
	struct error *err)
{
	struct sqlite_run run;
	int rc;

	if (!item->has_challenge)
		return 0;
	if (now_ms >= item->challenge.expires_ms) {
		item->spend = STORE_SPEND_EXPIRED;
		return 0;
	}
	run = sqlite_run_start(connection, STATEMENT_SPENT_INSERT);
	sqlite_bind_number(&run, item->challenge.expires_ms);
	sqlite_bind_bytes(&run, item->challenge.id, sizeof(item->challenge.id));
	rc = sqlite_run_finish(&run, err);
	item->spend = sqlite3_changes(connection->db) ? STORE_SPEND_DONE : STORE_SPEND_AGAIN;
	return rc;
}

/* The baseline's bytes are borrowed from its row, so the judge is asked while that is open. */
static int judge(struct sqlite_connection *connection, const struct store_item *item,
	struct store_change *change, struct store_appraisal *ret_appraisal, struct error *err)
{
	struct store_appraisal baseline;
	struct sqlite_run run;
	int rc = 0;

	if (!item->wants_baseline || !change->vm.baseline.id)
		return store_item_judge(item, change, ret_appraisal, err);
	run = sqlite_run_start(connection, STATEMENT_APPRAISAL_READ);
	sqlite_bind_number(&run, change->vm.baseline.id);
	if (sqlite_run_step(&run)) {
		rc = sqlite_column_appraisal(&run, &baseline, err);
		change->baseline = &baseline;
	}
	if (!rc && !run.code)
		rc = store_item_judge(item, change, ret_appraisal, err);
	change->baseline = NULL;
	return sqlite_run_end_after(&run, rc, err);
}

static int write_vm(struct sqlite_connection *connection, enum sqlite_statement statement,
	const struct store_vm *vm, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, statement);

	sqlite_bind_vm(&run, vm);
	return sqlite_run_finish(&run, err);
}

static int add_audit(
	struct sqlite_connection *connection, const struct store_audit *audit, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_AUDIT_INSERT);
	int rc;

	sqlite_bind_audit(&run, audit);
	rc = sqlite_run_finish(&run, err);
	if (rc)
		return rc;
	run = sqlite_run_start(connection, STATEMENT_AUDIT_HEAD_SET);
	sqlite_bind_link(&run, &audit->link);
	return sqlite_run_finish(&run, err);
}

int sqlite_write_audit(
	struct sqlite_connection *connection, const struct store_change *change, struct error *err)
{
	struct store_audit linked;
	struct store_link head;
	int rc = sqlite_find_audit_head(connection, &head, err);

	if (!rc)
		rc = store_audit_link(change, &head, &linked, err);
	if (rc)
		return rc;
	linked.link.id = head.id + 1;
	return add_audit(connection, &linked, err);
}

/* The item's own, or one for the VM of each token. */
static int write_audits(
	struct sqlite_connection *connection, const struct store_change *change, struct error *err)
{
	int rc = 0;

	if (!change->audit)
		return 0;
	if (!change->token_count)
		return sqlite_write_audit(connection, change, err);
	for (size_t i = 0; !rc && i < change->token_count; i++) {
		struct store_change of_vm = *change;
		struct store_audit audit = *change->audit;

		store_token_print_made(&change->tokens[i], &audit);
		of_vm.audit = &audit;
		rc = sqlite_write_audit(connection, &of_vm, err);
	}
	return rc;
}

/* `row` is the item's own VM's, 0 where that is new. */
static int find_other_owner(struct sqlite_connection *connection, const struct store_item *item,
	uint64_t row, char ret_owner[TEXT_UUID_SIZE], struct error *err)
{
	uint64_t owner = 0;
	int rc = 0;

	for (size_t i = 0; !rc && i < STORE_ITEM_KEYS; i++) {
		if (item->keys[i].len)
			rc = sqlite_find_key(connection, &item->keys[i], &owner, err);
		if (!rc && owner && owner != row)
			return sqlite_find_uuid(connection, owner, ret_owner, err);
	}
	return rc;
}

static int write_each_key(struct sqlite_connection *connection, enum sqlite_statement statement,
	uint64_t row, const struct store_keys *keys, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < keys->count; i++) {
		struct sqlite_run run = sqlite_run_start(connection, statement);

		sqlite_bind_number(&run, row);
		sqlite_bind_bytes(&run, keys->items[i].bytes, keys->items[i].len);
		rc = sqlite_run_finish(&run, err);
	}
	return rc;
}

/* Keys that are no longer in the record become nobody's; those that are in it become the VM's. */
static int write_keys(struct sqlite_connection *connection, uint64_t row,
	const struct store_vm *before, const struct store_change *change, struct error *err)
{
	struct store_keys old = store_vm_keys(before), now = store_vm_keys(&change->vm);
	int rc;

	if (!change->takes_keys && store_keys_same(&old, &now))
		return 0;
	rc = write_each_key(connection, STATEMENT_KEY_LEAVE, row, &old, err);
	return rc ? rc : write_each_key(connection, STATEMENT_KEY_TAKE, row, &now, err);
}

static int write_check(
	struct sqlite_connection *connection, const struct store_vm *vm, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_VM_CHECK);

	sqlite_bind_text(&run, vm->uuid);
	sqlite_bind_number(&run, vm->check_ms);
	return sqlite_run_finish(&run, err);
}

static int forget(struct sqlite_connection *connection, struct store_item *item,
	const struct store_vm *before, const struct store_change *change, uint64_t row,
	struct error *err)
{
	const struct store_keys keys = store_vm_keys(before);
	int rc = write_each_key(connection, STATEMENT_KEY_LEAVE, row, &keys, err);

	if (!rc)
		rc = sqlite_forget(connection, row, before, &item->forgotten, err);
	return rc ? rc : sqlite_write_audit(connection, change, err);
}

static int drop_appraisals(struct sqlite_connection *connection, uint64_t row, uint64_t head,
	struct store_vm *vm, struct error *err)
{
	int rc = sqlite_drop_appraisals(connection, head, err);

	vm->keyframe = vm->keyframe_uses = 0;
	return rc ? rc : sqlite_drop_keyframes(connection, row, err);
}

/* A report's row names its VM's, and that has the report's number: a new VM is written twice. */
static int write_change(struct sqlite_connection *connection, struct store_item *item,
	const struct store_vm *before, struct store_change *change, uint64_t row,
	struct store_appraisal *appraisal, struct error *err)
{
	bool is_new = !row;
	int rc = 0;

	if (change->forgets)
		return forget(connection, item, before, change, row, err);
	if (change->writes_vm && is_new) {
		rc = write_vm(connection, STATEMENT_VM_INSERT, &change->vm, err);
		row = (uint64_t)sqlite3_last_insert_rowid(connection->db);
	}
	if (!rc && change->appraisal) {
		rc = sqlite_write_appraisal(connection, row, &change->vm,
			!change->drops_appraisals &&
				change->vm.enrolment == STORE_ENROLMENT_ACCEPTED,
			appraisal, err);
		if (!rc)
			store_item_written(item, change, appraisal);
	}
	if (!rc)
		rc = sqlite_write_log(connection, row, before, change, err);
	/* Not before: the newest number would be given again. */
	if (!rc && change->drops_appraisals)
		rc = drop_appraisals(connection, row, before->head.id, &change->vm, err);
	if (!rc && change->writes_vm && (!is_new || change->appraisal))
		rc = write_vm(connection,
			is_new || before->status == change->vm.status ? STATEMENT_VM_UPDATE_REST
								      : STATEMENT_VM_UPDATE,
			&change->vm, err);
	if (!rc && change->writes_vm && !is_new && before->check_ms != change->vm.check_ms)
		rc = write_check(connection, &change->vm, err);
	if (!rc && change->writes_vm)
		rc = write_keys(connection, row, before, change, err);
	if (!rc && change->drops_claims)
		rc = sqlite_drop_claims(connection, row, err);
	if (!rc && change->claim)
		rc = sqlite_write_claim(
			connection, row, item->uuid, change->claim, &item->claimed, err);
	if (!rc && change->token_count)
		rc = sqlite_write_tokens(connection, change->tokens, change->token_count, err);
	if (!rc && change->revokes)
		rc = sqlite_drop_token(connection, change->revokes, err);
	if (!rc && change->result_key)
		rc = sqlite_write_result_key(connection, change, err);
	return rc ? rc : write_audits(connection, change, err);
}

static int write_item(struct sqlite_connection *connection, struct store_item *item,
	uint64_t now_ms, struct error *err)
{
	struct store_change change = {0};
	struct store_appraisal appraisal;
	struct store_vm before;
	uint64_t row = 0;
	int rc = spend(connection, item, now_ms, err);

	if (!rc && *item->uuid)
		rc = sqlite_find_vm(connection, item->uuid, &row, &change.vm, err);
	if (rc == -ERROR_NOT_FOUND)
		rc = sqlite_find_revision(connection, item->uuid, &change.revision, err);
	if (!rc && *item->uuid && change.vm.enrolment != STORE_ENROLMENT_ACCEPTED)
		rc = sqlite_find_lapsed(connection, item->uuid, &change.is_lapsed, err);
	if (rc)
		return rc;
	memcpy(change.vm.uuid, item->uuid, sizeof(change.vm.uuid));
	change.spend = item->spend;
	before = change.vm;
	rc = find_other_owner(connection, item, row, change.owner, err);
	if (!rc && item->asks_log)
		rc = sqlite_find_log(connection, item->log, &change.has_log, err);
	if (!rc && item->asks_result_key)
		rc = sqlite_find_result_key(connection, &change.has_result_key, err);
	if (!rc)
		rc = judge(connection, item, &change, &appraisal, err);
	return rc ? rc : write_change(connection, item, &before, &change, row, &appraisal, err);
}

struct write {
	struct store_batch *batch;
	const size_t *order;
};

static int write_batch(struct sqlite_connection *connection, void *context, struct error *err)
{
	const struct write *write = context;
	struct store_batch *batch = write->batch;
	int rc = 0;

	for (size_t i = 0; !rc && i < batch->item_count; i++)
		rc = write_item(connection, &batch->items[write->order[i]], batch->now_ms, err);
	return rc;
}

int sqlite_write(
	struct store *store, struct store_batch *batch, const size_t *order, struct error *err)
{
	struct write write = {batch, order};

	return sqlite_transact((struct sqlite_store *)store, write_batch, &write, err);
}

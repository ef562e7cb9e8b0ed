/* SPDX-License-Identifier: BSD-2-Clause */
/* A batch in PostgreSQL: one transaction, one wait for the disk. */
#include <string.h>

#include "collector/store/postgresql/private.h"

static int spend(struct pg_connection *connection, struct store_item *item, uint64_t now_ms,
	struct error *err)
{
	struct pg_run run;

	item->spend = STORE_SPEND_NONE;
	if (!item->has_challenge)
		return 0;
	if (now_ms >= item->challenge.expires_ms) {
		item->spend = STORE_SPEND_EXPIRED;
		return 0;
	}
	run = pg_run_start(connection, PG_SPENT_INSERT);
	pg_bind_number(&run, item->challenge.expires_ms);
	pg_bind_bytes(&run, item->challenge.id, sizeof(item->challenge.id));
	pg_run_step(&run);
	item->spend = pg_run_changed(&run) ? STORE_SPEND_DONE : STORE_SPEND_AGAIN;
	return pg_run_end(&run, 0, err);
}

/* The baseline's bytes are borrowed from its row, so the judge is asked while that is there. */
static int judge(struct pg_connection *connection, const struct store_item *item,
	struct store_change *change, struct store_appraisal *ret_appraisal, struct error *err)
{
	struct store_appraisal baseline;
	struct pg_run run;
	int rc = 0;

	if (!item->wants_baseline || !change->vm.baseline.id)
		return store_item_judge(item, change, ret_appraisal, err);
	run = pg_run_start(connection, PG_APPRAISAL_READ);
	pg_bind_number(&run, change->vm.baseline.id);
	if (pg_run_step(&run)) {
		rc = pg_column_appraisal(&run, &baseline, err);
		change->baseline = &baseline;
	}
	if (!rc && !connection->has_failed)
		rc = store_item_judge(item, change, ret_appraisal, err);
	change->baseline = NULL;
	return pg_run_end(&run, rc, err);
}

int pg_write_audit(struct pg_store *pg, const struct store_change *change, struct error *err)
{
	struct pg_run run = pg_run_start(&pg->writer, PG_AUDIT_INSERT);
	struct store_audit linked;
	int rc = store_audit_link(change, &pg->heads.audit, &linked, err);

	if (rc)
		return rc;
	linked.link.id = pg->heads.audit.id + 1;
	pg->heads.audit = linked.link;
	pg_bind_record(&run, &pg_record_audit, &linked);
	return pg_run_finish(&run, err);
}

/* The item's own, or one for the VM of each token. */
static int write_audits(struct pg_store *pg, const struct store_change *change, struct error *err)
{
	int rc = 0;

	if (!change->audit)
		return 0;
	if (!change->token_count)
		return pg_write_audit(pg, change, err);
	for (size_t i = 0; !rc && i < change->token_count; i++) {
		struct store_change of_vm = *change;
		struct store_audit audit = *change->audit;

		store_token_print_made(&change->tokens[i], &audit);
		of_vm.audit = &audit;
		rc = pg_write_audit(pg, &of_vm, err);
	}
	return rc;
}

/* `row` is the item's own VM's, 0 where that is new. */
static int find_other_owner(struct pg_connection *connection, const struct store_item *item,
	uint64_t row, char ret_owner[TEXT_UUID_SIZE], struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_KEY_OTHER);
	const struct crypto_bytes *keys = item->keys;
	int rc = 0;

	if (!keys[0].len && !keys[1].len)
		return 0;
	pg_bind_number(&run, row);
	for (size_t i = 0; i < STORE_ITEM_KEYS; i++)
		pg_bind_bytes(&run, keys[i].bytes, keys[i].len);
	if (pg_run_step(&run))
		rc = pg_column_text(&run, ret_owner, TEXT_UUID_SIZE, err);
	return pg_run_end(&run, rc, err);
}

static int write_each_key(struct pg_connection *connection, enum pg_statement statement,
	uint64_t row, const struct store_keys *keys, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < keys->count; i++) {
		struct pg_run run = pg_run_start(connection, statement);

		pg_bind_number(&run, row);
		pg_bind_bytes(&run, keys->items[i].bytes, keys->items[i].len);
		rc = pg_run_finish(&run, err);
	}
	return rc;
}

/* Keys that are no longer in the record become nobody's; those that are in it become the VM's. */
static int write_keys(struct pg_connection *connection, uint64_t row, const struct store_vm *before,
	const struct store_change *change, struct error *err)
{
	struct store_keys old = store_vm_keys(before), now = store_vm_keys(&change->vm);
	int rc;

	if (!change->takes_keys && store_keys_same(&old, &now))
		return 0;
	rc = write_each_key(connection, PG_KEY_LEAVE, row, &old, err);
	return rc ? rc : write_each_key(connection, PG_KEY_TAKE, row, &now, err);
}

static int write_vm(struct pg_connection *connection, enum pg_statement statement, uint64_t row,
	const struct store_vm *vm, struct error *err)
{
	struct pg_run run = pg_run_start(connection, statement);

	pg_bind_number(&run, row);
	pg_bind_record(&run, &pg_record_vm, vm);
	return pg_run_finish(&run, err);
}

static int write_history(struct pg_store *pg, struct store_item *item, uint64_t row,
	const struct store_vm *before, struct store_change *change,
	struct store_appraisal *appraisal, struct error *err)
{
	int rc;

	if (!change->appraisal)
		return 0;
	rc = pg_write_appraisal(pg, row, &change->vm,
		!change->drops_appraisals && change->vm.enrolment == STORE_ENROLMENT_ACCEPTED,
		appraisal, err);
	if (!rc)
		store_item_written(item, change, appraisal);
	if (rc || !change->drops_appraisals)
		return rc;
	change->vm.keyframe = change->vm.keyframe_uses = 0;
	rc = pg_drop_appraisals(&pg->writer, before->head.id, err);
	return rc ? rc : pg_drop_keyframes(&pg->writer, row, err);
}

static int write_record(struct pg_store *pg, uint64_t row, const struct store_vm *before,
	const struct store_change *change, struct error *err)
{
	int rc;

	if (!change->writes_vm)
		return 0;
	rc = write_vm(
		&pg->writer, *before->uuid ? PG_VM_UPDATE : PG_VM_INSERT, row, &change->vm, err);
	return rc ? rc : write_keys(&pg->writer, row, before, change, err);
}

static int write_rest(struct pg_store *pg, struct store_item *item, uint64_t row,
	const struct store_change *change, struct error *err)
{
	int rc = 0;

	if (change->drops_claims)
		rc = pg_drop_claims(&pg->writer, row, err);
	if (!rc && change->claim)
		rc = pg_write_claim(pg, row, item->uuid, change->claim, &item->claimed, err);
	if (!rc && change->token_count)
		rc = pg_write_tokens(pg, change->tokens, change->token_count, err);
	if (!rc && change->revokes)
		rc = pg_drop_token(&pg->writer, change->revokes, err);
	if (!rc && change->result_key)
		rc = pg_write_result_key(&pg->writer, change, err);
	return rc ? rc : write_audits(pg, change, err);
}

static int forget(struct pg_store *pg, struct store_item *item, const struct store_vm *before,
	const struct store_change *change, uint64_t row, struct error *err)
{
	const struct store_keys keys = store_vm_keys(before);
	int rc = write_each_key(&pg->writer, PG_KEY_LEAVE, row, &keys, err);

	if (!rc)
		rc = pg_forget(&pg->writer, row, before, &item->forgotten, err);
	return rc ? rc : pg_write_audit(pg, change, err);
}

/* `row`: 0 for a VM that is new. */
static int write_change(struct pg_store *pg, struct store_item *item, const struct store_vm *before,
	struct store_change *change, uint64_t row, struct store_appraisal *appraisal,
	struct error *err)
{
	int rc;

	if (change->forgets)
		return forget(pg, item, before, change, row, err);
	if (!row && change->writes_vm)
		row = ++pg->heads.vms;
	rc = write_history(pg, item, row, before, change, appraisal, err);
	if (!rc)
		rc = pg_write_log(&pg->writer, row, before, change, err);
	if (!rc)
		rc = write_record(pg, row, before, change, err);
	return rc ? rc : write_rest(pg, item, row, change, err);
}

/* The record of the item's VM and its row's number; both stay zero where there is none. */
static int find_vm(struct pg_store *pg, const struct store_item *item, uint64_t *ret_row,
	struct store_change *change, struct error *err)
{
	struct pg_connection *connection = &pg->writer;
	struct pg_run run = pg_run_start(connection, PG_VM_LOCK);
	struct pack_stored stored;
	bool is_there;
	int rc = 0;

	pg->asks_key = item->has_challenge || item->wants_baseline;
	pg_bind_text(&run, item->uuid);
	pg_bind_bytes(&run, item->log, item->asks_log ? sizeof(item->log) : 0);
	pg_bind_number(&run, pg->asks_key);
	is_there = pg_run_step(&run);
	if (is_there) {
		rc = pg_column_vm(&run, ret_row, &change->vm, err);
		change->has_log = pg_column_number(&run) != 0;
		stored = pg_column_stored(&run);
		if (!rc && pg->asks_key)
			rc = pack_find_key(&connection->pack, &stored, &pg->key, err);
	}
	rc = pg_run_end(&run, rc, err);
	if (!rc && !is_there)
		rc = pg_find_revision(connection, item->uuid, &change->revision, err);
	if (!rc && change->vm.enrolment != STORE_ENROLMENT_ACCEPTED)
		rc = pg_find_lapsed(connection, item->uuid, &change->is_lapsed, err);
	return rc || is_there || !item->asks_log
		       ? rc
		       : pg_find_log(connection, item->log, &change->has_log, err);
}

static int write_item(
	struct pg_store *pg, struct store_item *item, uint64_t now_ms, struct error *err)
{
	struct store_change change = {0};
	struct store_appraisal appraisal;
	struct store_vm before;
	uint64_t row = 0;
	int rc = spend(&pg->writer, item, now_ms, err);

	item->written = (struct store_link){0};
	item->claimed = 0;
	item->forgotten = (struct store_forgotten){0};
	pg->key = NULL;
	pg->asks_key = true;
	if (!rc && *item->uuid)
		rc = find_vm(pg, item, &row, &change, err);
	if (rc)
		return rc;
	before = change.vm; /* without a UUID where it is new */
	memcpy(change.vm.uuid, item->uuid, sizeof(change.vm.uuid));
	change.spend = item->spend;
	rc = find_other_owner(&pg->writer, item, row, change.owner, err);
	if (!rc && item->asks_result_key)
		rc = pg_find_result_key(&pg->writer, &change.has_result_key, err);
	if (!rc)
		rc = judge(&pg->writer, item, &change, &appraisal, err);
	return rc ? rc : write_change(pg, item, &before, &change, row, &appraisal, err);
}

struct write {
	struct store_batch *batch;
	const size_t *order;
};

static int write_batch(struct pg_store *pg, void *context, struct error *err)
{
	const struct write *write = context;
	struct store_batch *batch = write->batch;
	int rc = 0;

	for (size_t i = 0; !rc && i < batch->item_count; i++)
		rc = write_item(pg, &batch->items[write->order[i]], batch->now_ms, err);
	return rc;
}

int pg_write(struct store *store, struct store_batch *batch, const size_t *order, struct error *err)
{
	struct write write = {batch, order};

	return pg_transact((struct pg_store *)store, write_batch, &write, err);
}

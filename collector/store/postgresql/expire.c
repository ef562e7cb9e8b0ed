/* SPDX-License-Identifier: BSD-2-Clause */
/* Retention in PostgreSQL: a chunk in each transaction. Its autovacuum makes the room free again.
 */
#include <stdlib.h>
#include <string.h>

#include "collector/store/postgresql/private.h"

struct chunk {
	uint64_t before_ms;
	size_t limit;
	uint64_t after, cursor; /* where it begins and ends */
	size_t deleted;
	size_t count;
	struct row {
		uint64_t vm, keyframe;
		bool may_leave_log;
		struct store_appraisal appraisal; /* number, hash, predecessor and time */
	} * rows;
};

static int delete_challenges(struct pg_store *pg, void *context, struct error *err)
{
	struct chunk *chunk = context;
	struct pg_run run = pg_run_start(&pg->writer, PG_SPENT_EXPIRE);

	pg_bind_number(&run, chunk->before_ms);
	pg_bind_number(&run, chunk->limit);
	pg_bind_number(&run, STORE_CHALLENGE_MS);
	pg_run_step(&run);
	chunk->deleted = pg_run_changed(&run);
	return pg_run_end(&run, 0, err);
}

static int column_row(struct pg_run *run, struct row *row, struct error *err)
{
	struct store_appraisal *appraisal = &row->appraisal;
	struct crypto_bytes hash;

	appraisal->link.id = pg_column_number(run);
	row->vm = pg_column_number(run);
	hash = pg_column_bytes(run);
	appraisal->prev.id = pg_column_number(run);
	appraisal->received_ms = pg_column_number(run);
	row->keyframe = pg_column_number(run);
	if (hash.len != STORE_HASH_SIZE)
		return error_set(err, ERROR_MALFORMED, "the database has a hash of a wrong size");
	memcpy(appraisal->link.hash, hash.bytes, hash.len);
	return 0;
}

static int read_chunk(struct pg_connection *connection, struct chunk *chunk, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_APPRAISAL_CHUNK);
	int rc = 0;

	chunk->count = chunk->deleted = 0;
	pg_bind_number(&run, chunk->after);
	pg_bind_number(&run, chunk->limit);
	while (!rc && pg_run_step(&run))
		rc = column_row(&run, &chunk->rows[chunk->count++], err);
	return pg_run_end(&run, rc, err);
}

static int read_links(
	struct pg_connection *connection, uint64_t row, struct store_vm *ret_vm, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_VM_LINKS);

	pg_bind_number(&run, row);
	if (pg_run_step(&run)) {
		ret_vm->baseline.id = pg_column_number(&run);
		ret_vm->head.id = pg_column_number(&run);
		ret_vm->tail.id = pg_column_number(&run);
		ret_vm->keyframe = pg_column_number(&run);
	}
	return pg_run_end(&run, 0, err);
}

static int move_tail(struct pg_connection *connection, const struct row *row, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_VM_PASS);

	pg_bind_number(&run, row->vm);
	pg_bind_link(&run, &row->appraisal.link);
	return pg_run_finish(&run, err);
}

static int expire_row(
	struct pg_connection *connection, struct chunk *chunk, struct row *row, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_APPRAISAL_DELETE);
	struct store_vm vm = {0};
	struct store_retention retention;
	int rc = read_links(connection, row->vm, &vm, err);

	if (rc)
		return rc;
	retention = store_retention_decide(&vm, &row->appraisal, chunk->before_ms);
	if (retention.passes)
		rc = move_tail(connection, row, err);
	row->may_leave_log = retention.passes || retention.deletes;
	if (rc || !retention.deletes)
		return rc;
	pg_bind_number(&run, row->appraisal.link.id);
	chunk->deleted++;
	rc = pg_run_finish(&run, err);
	return rc || !row->keyframe
		       ? rc
		       : pg_leave_keyframe(connection, row->keyframe, vm.keyframe, err);
}

/* A VM may have named any number of logs: they are looked through once for all of its reports. */
static int expire_logs(
	struct pg_connection *connection, const struct chunk *chunk, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < chunk->count; i++) {
		const struct row *row = &chunk->rows[i];
		bool was_done = false;

		for (size_t before = 0; before < i && !was_done; before++)
			was_done = chunk->rows[before].may_leave_log &&
				   chunk->rows[before].vm == row->vm;
		if (row->may_leave_log && !was_done)
			rc = pg_expire_logs(connection, row->vm, err);
	}
	return rc;
}

static int delete_appraisals(struct pg_store *pg, void *context, struct error *err)
{
	struct chunk *chunk = context;
	size_t old = 0;
	int rc = read_chunk(&pg->writer, chunk, err);

	for (size_t i = 0; !rc && i < chunk->count; i++) {
		chunk->cursor = chunk->rows[i].appraisal.link.id;
		if (chunk->rows[i].appraisal.received_ms >= chunk->before_ms)
			continue;
		old++;
		rc = expire_row(&pg->writer, chunk, &chunk->rows[i], err);
	}
	if (!rc)
		rc = expire_logs(&pg->writer, chunk, err);
	if (chunk->count < chunk->limit || !old)
		chunk->cursor = 0;
	return rc;
}

int pg_expire_challenges(struct store *store, uint64_t before_ms, size_t limit, size_t *ret_deleted,
	struct error *err)
{
	struct chunk chunk = {.before_ms = before_ms, .limit = limit};
	int rc = pg_transact((struct pg_store *)store, delete_challenges, &chunk, err);

	if (!rc)
		*ret_deleted = chunk.deleted;
	return rc;
}

int pg_expire_appraisals(struct store *store, uint64_t before_ms, size_t limit, uint64_t *cursor,
	size_t *ret_deleted, struct error *err)
{
	struct chunk chunk = {.before_ms = before_ms, .limit = limit, .after = *cursor};
	int rc;

	chunk.rows = calloc(limit, sizeof(*chunk.rows));
	if (!chunk.rows)
		return error_set(err, ERROR_NO_MEMORY, "no memory for retention");
	rc = pg_transact((struct pg_store *)store, delete_appraisals, &chunk, err);
	free(chunk.rows);
	if (!rc) {
		*cursor = chunk.cursor;
		*ret_deleted = chunk.deleted;
	}
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Retention in SQLite: a chunk in each transaction, and its pages given back to the file system. */
#include <stdlib.h>
#include <string.h>

#include "collector/store/sqlite/private.h"

struct chunk {
	uint64_t before_ms;
	size_t limit;
	uint64_t cursor; /* in and out */
	size_t deleted;
	size_t count;
	struct row {
		uint64_t vm, keyframe;
		bool may_leave_log;
		struct store_appraisal appraisal; /* number, hash, predecessor and time */
	} * rows;
};

static int delete_challenges(struct sqlite_connection *connection, void *context, struct error *err)
{
	struct chunk *chunk = context;
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_SPENT_EXPIRE);
	int rc;

	sqlite_bind_number(&run, chunk->before_ms);
	sqlite_bind_number(&run, chunk->limit);
	sqlite_bind_number(&run, STORE_CHALLENGE_MS);
	rc = sqlite_run_finish(&run, err);
	chunk->deleted = (size_t)sqlite3_changes(connection->db);
	return rc;
}

/* Reads all before it changes one: a query on a table that changes is undefined. */
static int read_chunk(struct sqlite_connection *connection, struct chunk *chunk, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_APPRAISAL_CHUNK);
	int rc = 0;

	sqlite_bind_number(&run, chunk->cursor);
	sqlite_bind_number(&run, chunk->limit);
	while (!rc && sqlite_run_step(&run)) {
		struct row *row = &chunk->rows[chunk->count++];
		struct crypto_bytes hash;

		row->appraisal.link.id = sqlite_column_number(&run);
		row->vm = sqlite_column_number(&run);
		hash = sqlite_column_bytes(&run);
		row->appraisal.prev.id = sqlite_column_number(&run);
		row->appraisal.received_ms = sqlite_column_number(&run);
		row->keyframe = sqlite_column_number(&run);
		if (hash.len != STORE_HASH_SIZE)
			rc = error_set(err, ERROR_MALFORMED, "%s has a hash of a wrong size",
				connection->path);
		else
			memcpy(row->appraisal.link.hash, hash.bytes, hash.len);
	}
	return sqlite_run_end_after(&run, rc, err);
}

static int read_links(struct sqlite_connection *connection, uint64_t row, struct store_vm *ret_vm,
	struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_VM_LINKS);

	sqlite_bind_number(&run, row);
	if (sqlite_run_step(&run)) {
		ret_vm->baseline.id = sqlite_column_number(&run);
		ret_vm->head.id = sqlite_column_number(&run);
		ret_vm->tail.id = sqlite_column_number(&run);
		ret_vm->keyframe = sqlite_column_number(&run);
	}
	return sqlite_run_end(&run, err);
}

static int move_tail(struct sqlite_connection *connection, const struct row *row, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_VM_PASS);

	sqlite_bind_number(&run, row->vm);
	sqlite_bind_link(&run, &row->appraisal.link);
	return sqlite_run_finish(&run, err);
}

static int expire_row(struct sqlite_connection *connection, struct chunk *chunk, struct row *row,
	struct error *err)
{
	struct store_vm vm = {0};
	struct store_retention retention;
	struct sqlite_run run;
	int rc = read_links(connection, row->vm, &vm, err);

	if (rc)
		return rc;
	retention = store_retention_decide(&vm, &row->appraisal, chunk->before_ms);
	if (retention.passes)
		rc = move_tail(connection, row, err);
	row->may_leave_log = retention.passes || retention.deletes;
	if (rc || !retention.deletes)
		return rc;
	run = sqlite_run_start(connection, STATEMENT_APPRAISAL_DELETE);
	sqlite_bind_number(&run, row->appraisal.link.id);
	chunk->deleted++;
	rc = sqlite_run_finish(&run, err);
	return rc || !row->keyframe
		       ? rc
		       : sqlite_leave_keyframe(connection, row->keyframe, vm.keyframe, err);
}

/* A VM may have named any number of logs: they are looked through once for all of its reports. */
static int expire_logs(
	struct sqlite_connection *connection, const struct chunk *chunk, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < chunk->count; i++) {
		const struct row *row = &chunk->rows[i];
		bool was_done = false;

		for (size_t before = 0; before < i && !was_done; before++)
			was_done = chunk->rows[before].may_leave_log &&
				   chunk->rows[before].vm == row->vm;
		if (row->may_leave_log && !was_done)
			rc = sqlite_expire_logs(connection, row->vm, err);
	}
	return rc;
}

static int delete_appraisals(struct sqlite_connection *connection, void *context, struct error *err)
{
	struct chunk *chunk = context;
	size_t old = 0;
	int rc = read_chunk(connection, chunk, err);

	for (size_t i = 0; !rc && i < chunk->count; i++) {
		chunk->cursor = chunk->rows[i].appraisal.link.id;
		if (chunk->rows[i].appraisal.received_ms >= chunk->before_ms)
			continue;
		old++;
		rc = expire_row(connection, chunk, &chunk->rows[i], err);
	}
	if (!rc)
		rc = expire_logs(connection, chunk, err);
	if (chunk->count < chunk->limit || !old)
		chunk->cursor = 0;
	return rc;
}

static int vacuum(struct sqlite_connection *connection, void *context, struct error *err)
{
	(void)context;
	return sqlite_run_simple(connection, STATEMENT_VACUUM, err);
}

int sqlite_expire_challenges(struct store *store, uint64_t before_ms, size_t limit,
	size_t *ret_deleted, struct error *err)
{
	struct chunk chunk = {.before_ms = before_ms, .limit = limit};
	int rc = sqlite_transact((struct sqlite_store *)store, delete_challenges, &chunk, err);

	if (!rc)
		*ret_deleted = chunk.deleted;
	return rc;
}

int sqlite_expire_appraisals(struct store *store, uint64_t before_ms, size_t limit,
	uint64_t *cursor, size_t *ret_deleted, struct error *err)
{
	struct sqlite_store *sqlite = (struct sqlite_store *)store;
	struct chunk chunk = {.before_ms = before_ms, .limit = limit, .cursor = *cursor};
	int rc;

	chunk.rows = calloc(limit, sizeof(*chunk.rows));
	if (!chunk.rows)
		return error_set(err, ERROR_NO_MEMORY, "no memory for retention");
	rc = sqlite_transact(sqlite, delete_appraisals, &chunk, err);
	free(chunk.rows);
	if (!rc && chunk.deleted)
		rc = sqlite_transact(sqlite, vacuum, NULL, err);
	if (!rc) {
		*cursor = chunk.cursor;
		*ret_deleted = chunk.deleted;
	}
	return rc;
}

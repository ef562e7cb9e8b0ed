/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports in PostgreSQL as they are packed, and what they are packed with. */
#include "collector/store/postgresql/private.h"

static int run_for(struct pg_connection *connection, enum pg_statement statement, uint64_t keyframe,
	uint64_t value, struct error *err)
{
	struct pg_run run = pg_run_start(connection, statement);

	pg_bind_number(&run, keyframe);
	if (statement != PG_KEYFRAME_LEAVE)
		pg_bind_number(&run, value);
	return pg_run_finish(&run, err);
}

/* From now on its reports are counted where it is, and only become fewer. */
static int close_keyframe(
	struct pg_connection *connection, const struct store_vm *vm, struct error *err)
{
	int rc;

	if (!vm->keyframe)
		return 0;
	rc = run_for(connection, PG_KEYFRAME_CLOSE, vm->keyframe, vm->keyframe_uses, err);
	return rc ? rc : run_for(connection, PG_KEYFRAME_EXPIRE, vm->keyframe, 0, err);
}

/* Its number is the report's, which no other ever has. */
static int replace_keyframe(struct pg_connection *connection, uint64_t row, uint64_t report,
	struct store_vm *vm, const struct pack_stored *stored, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_KEYFRAME_INSERT);
	int rc = close_keyframe(connection, vm, err);

	if (rc)
		return rc;
	pg_bind_number(&run, report);
	pg_bind_number(&run, row);
	pg_bind_number(&run, stored->len);
	pg_bind_bytes(&run, stored->bytes.bytes, stored->bytes.len);
	vm->keyframe = report;
	vm->keyframe_uses = 0;
	return pg_run_finish(&run, err);
}

/* Of an item that was not expected to have a report. */
static int find_key(struct pg_store *pg, uint64_t keyframe, struct error *err)
{
	struct pg_run run;
	struct pack_stored stored;
	int rc = 0;

	if (pg->asks_key || !keyframe)
		return 0;
	run = pg_run_start(&pg->writer, PG_KEYFRAME_READ);
	pg_bind_number(&run, keyframe);
	if (pg_run_step(&run)) {
		stored = pg_column_stored(&run);
		rc = pack_find_key(&pg->writer.pack, &stored, &pg->key, err);
	}
	return pg_run_end(&run, rc, err);
}

int pg_write_appraisal(struct pg_store *pg, uint64_t row, struct store_vm *vm, bool may_be_key,
	struct store_appraisal *appraisal, struct error *err)
{
	struct pg_connection *connection = &pg->writer;
	const uint64_t least = store_least_number(&pg->store);
	struct pack_stored stored;
	struct pack_row packed;
	struct pg_run run;
	bool uses_key = false;
	int rc = find_key(pg, vm->keyframe, err);

	pg->heads.reports = pg->heads.reports + 1 < least ? least : pg->heads.reports + 1;
	appraisal->link.id = pg->heads.reports;
	if (!rc)
		rc = pack_report(&connection->pack, appraisal, pg->key, may_be_key, &packed,
			&stored, &uses_key, err);
	if (!rc && stored.bytes.len)
		rc = replace_keyframe(connection, row, appraisal->link.id, vm, &stored, err);
	if (rc)
		return rc;
	if (uses_key || stored.bytes.len) {
		packed.keyframe = vm->keyframe;
		vm->keyframe_uses++;
	}
	run = pg_run_start(connection, PG_APPRAISAL_INSERT);
	pg_bind_number(&run, appraisal->link.id);
	pg_bind_number(&run, row);
	pg_bind_record(&run, &pg_record_appraisal, &packed);
	return pg_run_finish(&run, err);
}

int pg_leave_keyframe(
	struct pg_connection *connection, uint64_t keyframe, uint64_t current, struct error *err)
{
	int rc = run_for(connection, PG_KEYFRAME_LEAVE, keyframe, 0, err);

	return rc ? rc : run_for(connection, PG_KEYFRAME_EXPIRE, keyframe, current, err);
}

int pg_drop_keyframes(struct pg_connection *connection, uint64_t row, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_KEYFRAME_DROP);

	pg_bind_number(&run, row);
	return pg_run_finish(&run, err);
}

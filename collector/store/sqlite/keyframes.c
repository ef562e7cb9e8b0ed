/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports in SQLite as they are packed, and what they are packed with. */
#include "collector/store/sqlite/private.h"

/* *ret_key: NULL where the VM has none, or one that is damaged. */
static int find_key(struct sqlite_connection *connection, uint64_t keyframe,
	const struct pack_key **ret_key, struct error *err)
{
	struct sqlite_run run;
	struct pack_stored stored;
	int rc = 0;

	*ret_key = NULL;
	if (!keyframe)
		return 0;
	run = sqlite_run_start(connection, STATEMENT_KEYFRAME_READ);
	sqlite_bind_number(&run, keyframe);
	if (sqlite_run_step(&run)) {
		stored.len = sqlite_column_number(&run);
		stored.bytes = sqlite_column_bytes(&run);
		rc = pack_find_key(&connection->pack, &stored, ret_key, err);
	}
	return sqlite_run_end_after(&run, rc, err);
}

static int insert_keyframe(struct sqlite_connection *connection, uint64_t row,
	const struct pack_stored *stored, uint64_t *ret_keyframe, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_KEYFRAME_INSERT);
	int rc;

	sqlite_bind_number(&run, row);
	sqlite_bind_number(&run, stored->len);
	sqlite_bind_bytes(&run, stored->bytes.bytes, stored->bytes.len);
	rc = sqlite_run_finish(&run, err);
	if (!rc)
		*ret_keyframe = (uint64_t)sqlite3_last_insert_rowid(connection->db);
	return rc;
}

static int run_for(struct sqlite_connection *connection, enum sqlite_statement statement,
	uint64_t keyframe, uint64_t value, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, statement);

	sqlite_bind_number(&run, keyframe);
	if (statement != STATEMENT_KEYFRAME_LEAVE)
		sqlite_bind_number(&run, value);
	return sqlite_run_finish(&run, err);
}

/* From now on its reports are counted where it is, and only become fewer. */
static int close_keyframe(
	struct sqlite_connection *connection, const struct store_vm *vm, struct error *err)
{
	int rc;

	if (!vm->keyframe)
		return 0;
	rc = run_for(connection, STATEMENT_KEYFRAME_CLOSE, vm->keyframe, vm->keyframe_uses, err);
	return rc ? rc : run_for(connection, STATEMENT_KEYFRAME_EXPIRE, vm->keyframe, 0, err);
}

static int replace_keyframe(struct sqlite_connection *connection, uint64_t row, struct store_vm *vm,
	const struct pack_stored *stored, struct error *err)
{
	int rc = close_keyframe(connection, vm, err);

	vm->keyframe_uses = 0;
	return rc ? rc : insert_keyframe(connection, row, stored, &vm->keyframe, err);
}

int sqlite_write_appraisal(struct sqlite_connection *connection, uint64_t row, struct store_vm *vm,
	bool may_be_key, struct store_appraisal *appraisal, struct error *err)
{
	const struct pack_key *key;
	struct pack_stored stored;
	struct pack_row packed;
	struct sqlite_run run;
	bool uses_key = false;
	int rc = find_key(connection, vm->keyframe, &key, err);

	if (!rc)
		rc = pack_report(&connection->pack, appraisal, key, may_be_key, &packed, &stored,
			&uses_key, err);
	if (!rc && stored.bytes.len)
		rc = replace_keyframe(connection, row, vm, &stored, err);
	if (rc)
		return rc;
	if (uses_key || stored.bytes.len) {
		packed.keyframe = vm->keyframe;
		vm->keyframe_uses++;
	}
	run = sqlite_run_start(connection, STATEMENT_APPRAISAL_INSERT);
	sqlite_bind_appraisal(&run, row, &packed);
	sqlite_bind_number(&run, store_least_number(connection->store));
	sqlite_bind_number(&run, packed.packed_len);
	sqlite_bind_number(&run, packed.keyframe);
	rc = sqlite_run_finish(&run, err);
	if (!rc)
		appraisal->link.id = (uint64_t)sqlite3_last_insert_rowid(connection->db);
	return rc;
}

int sqlite_leave_keyframe(struct sqlite_connection *connection, uint64_t keyframe, uint64_t current,
	struct error *err)
{
	int rc = run_for(connection, STATEMENT_KEYFRAME_LEAVE, keyframe, 0, err);

	return rc ? rc : run_for(connection, STATEMENT_KEYFRAME_EXPIRE, keyframe, current, err);
}

int sqlite_drop_keyframes(struct sqlite_connection *connection, uint64_t row, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_KEYFRAME_DROP);

	sqlite_bind_number(&run, row);
	return sqlite_run_finish(&run, err);
}

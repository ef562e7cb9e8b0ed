/* SPDX-License-Identifier: BSD-2-Clause */
/* Records that readers and writers look for. */
#include "collector/store/postgresql/private.h"

int pg_read_begin(
	struct store *store, enum pg_statement statement, struct pg_run *ret_run, struct error *err)
{
	struct pg_connection *reader = &((struct pg_store *)store)->reader;
	int rc = pg_connection_enter(reader, err);

	if (!rc)
		*ret_run = pg_run_start(reader, statement);
	return rc;
}

int pg_read_end(struct pg_run *run, int rc, struct error *err)
{
	return pg_connection_leave(run->connection, pg_run_end(run, rc, err));
}

int pg_find_vm(struct pg_connection *connection, enum pg_statement statement, const char *uuid,
	uint64_t *ret_row, struct store_vm *ret_vm, struct error *err)
{
	struct pg_run run = pg_run_start(connection, statement);
	int rc = 0;

	pg_bind_text(&run, uuid);
	if (pg_run_step(&run))
		rc = pg_column_vm(&run, ret_row, ret_vm, err);
	else if (!connection->has_failed)
		rc = error_set(err, ERROR_NOT_FOUND, "no such VM: %s", uuid);
	return pg_run_end(&run, rc, err);
}

int pg_drop_appraisals(struct pg_connection *connection, uint64_t head, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_APPRAISAL_DROP);

	pg_bind_number(&run, head);
	return pg_run_finish(&run, err);
}

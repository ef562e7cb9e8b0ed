/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a VM in PostgreSQL. */
#include "collector/store/postgresql/private.h"

/* Runs a statement that deletes; *count: how many rows more. */
static int count_deleted(struct pg_run *run, uint64_t *count, struct error *err)
{
	pg_run_step(run);
	*count += pg_run_changed(run);
	return pg_run_end(run, 0, err);
}

static int delete_reports(struct pg_connection *connection, enum pg_statement statement,
	uint64_t report, uint64_t row, uint64_t *count, struct error *err)
{
	struct pg_run run = pg_run_start(connection, statement);

	if (!report)
		return 0;
	pg_bind_number(&run, report);
	pg_bind_number(&run, row);
	return count_deleted(&run, count, err);
}

static int delete_of(struct pg_connection *connection, enum pg_statement statement, uint64_t row,
	uint64_t *count, struct error *err)
{
	struct pg_run run = pg_run_start(connection, statement);

	pg_bind_number(&run, row);
	return count_deleted(&run, count, err);
}

static int find_whether_whole(struct pg_connection *connection, uint64_t row,
	const struct store_vm *vm, bool *ret_is_whole, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_APPRAISAL_LEADS);

	pg_bind_number(&run, vm->head.id);
	pg_bind_number(&run, row);
	pg_bind_number(&run, vm->tail.id);
	*ret_is_whole = pg_run_step(&run) && pg_column_number(&run);
	return pg_run_end(&run, 0, err);
}

/* The chain, and a baseline of before retention. Behind a gap the chain leads to none of them. */
static int forget_reports(struct pg_connection *connection, uint64_t row, const struct store_vm *vm,
	uint64_t *count, struct error *err)
{
	bool is_whole;
	int rc = find_whether_whole(connection, row, vm, &is_whole, err);

	if (rc)
		return rc;
	if (!is_whole)
		return delete_of(connection, PG_APPRAISAL_FORGET_ALL, row, count, err);
	rc = delete_reports(connection, PG_APPRAISAL_FORGET, vm->head.id, row, count, err);

	if (!rc)
		rc = delete_reports(
			connection, PG_APPRAISAL_FORGET, vm->baseline.id, row, count, err);
	return rc ? rc
		  : delete_reports(
			    connection, PG_APPRAISAL_FORGET_OLD, vm->tail.id, row, count, err);
}

static int forget_tokens(
	struct pg_connection *connection, const char *uuid, uint64_t *count, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_TOKEN_FORGET);

	pg_bind_text(&run, uuid);
	return count_deleted(&run, count, err);
}

int pg_forget(struct pg_connection *connection, uint64_t row, const struct store_vm *vm,
	struct store_forgotten *ret_forgotten, struct error *err)
{
	struct store_forgotten gone = {.head = vm->head};
	uint64_t ignored = 0;
	int rc = forget_reports(connection, row, vm, &gone.reports, err);

	/* Whether a log has other uses is seen while its own are there. */
	if (!rc)
		rc = delete_of(connection, PG_LOG_FORGET, row, &gone.event_logs, err);
	if (!rc)
		rc = delete_of(connection, PG_LOG_FORGET_USES, row, &ignored, err);
	if (!rc)
		rc = delete_of(connection, PG_CLAIM_DROP, row, &gone.claims, err);
	if (!rc)
		rc = forget_tokens(connection, vm->uuid, &gone.tokens, err);
	if (!rc)
		rc = delete_of(connection, PG_VM_DELETE, row, &ignored, err);
	if (!rc)
		*ret_forgotten = gone;
	return rc;
}

int pg_find_revision(struct pg_connection *connection, const char *uuid, uint64_t *ret_revision,
	struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_AUDIT_REVISION);

	pg_bind_text(&run, uuid);
	*ret_revision = pg_run_step(&run) ? pg_column_number(&run) : 0;
	return pg_run_end(&run, 0, err);
}

int pg_find_lapsed(
	struct pg_connection *connection, const char *uuid, bool *ret_is_lapsed, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_AUDIT_LAPSED);

	pg_bind_text(&run, uuid);
	*ret_is_lapsed = pg_run_step(&run) && pg_column_number(&run);
	return pg_run_end(&run, 0, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a VM in SQLite. */
#include "collector/store/sqlite/private.h"

/* Ends a statement that deletes; *count: how many rows more. */
static int count_deleted(struct sqlite_run *run, uint64_t *count, struct error *err)
{
	int rc = sqlite_run_finish(run, err);

	if (!rc)
		*count += (uint64_t)sqlite3_changes(run->connection->db);
	return rc;
}

static int delete_reports(struct sqlite_connection *connection, enum sqlite_statement statement,
	uint64_t report, uint64_t row, uint64_t *count, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, statement);

	if (!report)
		return 0;
	sqlite_bind_number(&run, report);
	sqlite_bind_number(&run, row);
	return count_deleted(&run, count, err);
}

static int delete_of(struct sqlite_connection *connection, enum sqlite_statement statement,
	uint64_t row, uint64_t *count, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, statement);

	sqlite_bind_number(&run, row);
	return count_deleted(&run, count, err);
}

static int find_whether_whole(struct sqlite_connection *connection, uint64_t row,
	const struct store_vm *vm, bool *ret_is_whole, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_APPRAISAL_LEADS);

	sqlite_bind_number(&run, vm->head.id);
	sqlite_bind_number(&run, row);
	sqlite_bind_number(&run, vm->tail.id);
	*ret_is_whole = sqlite_run_step(&run) && sqlite_column_number(&run);
	return sqlite_run_end(&run, err);
}

/* The chain, and a baseline of before retention. Behind a gap the chain leads to none of them. */
static int forget_reports(struct sqlite_connection *connection, uint64_t row,
	const struct store_vm *vm, uint64_t *count, struct error *err)
{
	bool is_whole;
	int rc = find_whether_whole(connection, row, vm, &is_whole, err);

	if (rc)
		return rc;
	if (!is_whole)
		return delete_of(connection, STATEMENT_APPRAISAL_FORGET_ALL, row, count, err);
	rc = delete_reports(connection, STATEMENT_APPRAISAL_FORGET, vm->head.id, row, count, err);

	if (!rc)
		rc = delete_reports(
			connection, STATEMENT_APPRAISAL_FORGET, vm->baseline.id, row, count, err);
	return rc ? rc
		  : delete_reports(connection, STATEMENT_APPRAISAL_FORGET_OLD, vm->tail.id, row,
			    count, err);
}

static int forget_tokens(
	struct sqlite_connection *connection, const char *uuid, uint64_t *count, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_TOKEN_FORGET);

	sqlite_bind_text(&run, uuid);
	return count_deleted(&run, count, err);
}

static int set_forgotten(struct sqlite_connection *connection, uint64_t report, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_FORGOTTEN_SET);

	sqlite_bind_number(&run, report);
	return sqlite_run_finish(&run, err);
}

int sqlite_forget(struct sqlite_connection *connection, uint64_t row, const struct store_vm *vm,
	struct store_forgotten *ret_forgotten, struct error *err)
{
	struct store_forgotten gone = {.head = vm->head};
	uint64_t ignored = 0;
	int rc = forget_reports(connection, row, vm, &gone.reports, err);

	/* Whether a log has other uses is seen while its own are there. */
	if (!rc)
		rc = delete_of(connection, STATEMENT_LOG_FORGET, row, &gone.event_logs, err);
	if (!rc)
		rc = delete_of(connection, STATEMENT_LOG_FORGET_USES, row, &ignored, err);
	if (!rc)
		rc = delete_of(connection, STATEMENT_CLAIM_DROP, row, &gone.claims, err);
	if (!rc)
		rc = forget_tokens(connection, vm->uuid, &gone.tokens, err);
	if (!rc)
		rc = delete_of(connection, STATEMENT_VM_DELETE, row, &ignored, err);
	if (!rc)
		rc = set_forgotten(connection, vm->head.id, err);
	if (!rc)
		*ret_forgotten = gone;
	return rc;
}

int sqlite_find_revision(struct sqlite_connection *connection, const char *uuid,
	uint64_t *ret_revision, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_AUDIT_REVISION);

	sqlite_bind_text(&run, uuid);
	*ret_revision = sqlite_run_step(&run) ? sqlite_column_number(&run) : 0;
	return sqlite_run_end(&run, err);
}

int sqlite_find_lapsed(struct sqlite_connection *connection, const char *uuid, bool *ret_is_lapsed,
	struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_AUDIT_LAPSED);

	sqlite_bind_text(&run, uuid);
	*ret_is_lapsed = sqlite_run_step(&run) && sqlite_column_number(&run);
	return sqlite_run_end(&run, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Event logs in SQLite: which reports name them, and what retention leaves. */
#include <string.h>

#include "collector/store/sqlite/private.h"

int sqlite_find_log(struct sqlite_connection *connection, const uint8_t *sha256, bool *ret_is_kept,
	struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_LOG_FIND);

	sqlite_bind_bytes(&run, sha256, STORE_HASH_SIZE);
	*ret_is_kept = sqlite_run_step(&run);
	return sqlite_run_end(&run, err);
}

static int write_use(struct sqlite_connection *connection, enum sqlite_statement statement,
	uint64_t row, const uint8_t *sha256, uint64_t report, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, statement);

	sqlite_bind_number(&run, row);
	sqlite_bind_bytes(&run, sha256, STORE_HASH_SIZE);
	sqlite_bind_number(&run, report);
	return sqlite_run_finish(&run, err);
}

static int keep(
	struct sqlite_connection *connection, const struct store_log *log, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_LOG_INSERT);

	sqlite_bind_bytes(&run, log->sha256, sizeof(log->sha256));
	sqlite_bind_bytes(&run, log->bytes.bytes, log->bytes.len);
	return sqlite_run_finish(&run, err);
}

int sqlite_write_log(struct sqlite_connection *connection, uint64_t row,
	const struct store_vm *before, const struct store_change *change, struct error *err)
{
	const struct store_vm *now = &change->vm;
	int rc = 0;

	if (store_log_changes(before, change)) {
		if (before->has_log)
			rc = write_use(connection, STATEMENT_LOG_CLOSE, row, before->log,
				before->head.id, err);
		if (!rc && now->has_log)
			rc = write_use(
				connection, STATEMENT_LOG_USE, row, now->log, now->head.id, err);
	}
	return rc || !change->log ? rc : keep(connection, change->log, err);
}

int sqlite_expire_logs(struct sqlite_connection *connection, uint64_t row, struct error *err)
{
	/* Whether a log has other uses is seen while its own are there. */
	static const enum sqlite_statement statements[] = {
		STATEMENT_LOG_EXPIRE, STATEMENT_LOG_LEAVE};
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(statements) / sizeof(statements[0]); i++) {
		struct sqlite_run run = sqlite_run_start(connection, statements[i]);

		sqlite_bind_number(&run, row);
		rc = sqlite_run_finish(&run, err);
	}
	return rc;
}

/* To the end of what was begun. */
static int visit_logs(struct sqlite_run *run, store_log_visit *visit, void *context,
	size_t *ret_count, struct error *err)
{
	bool goes_on = true;

	for (*ret_count = 0; goes_on && sqlite_run_step(run); ++*ret_count) {
		const struct crypto_bytes sha256 = sqlite_column_bytes(run);
		struct store_log log = {.bytes = sqlite_column_bytes(run)};

		store_log_name(&log, &sha256);
		goes_on = visit(&log, context);
	}
	return sqlite_read_end(run, 0, err);
}

int sqlite_read_log(struct store *store, const uint8_t sha256[STORE_HASH_SIZE],
	store_log_visit *visit, void *context, struct error *err)
{
	struct sqlite_run run;
	size_t count;
	int rc = sqlite_read_begin(store, STATEMENT_LOG_READ, &run, err);

	if (rc)
		return rc;
	sqlite_bind_bytes(&run, sha256, STORE_HASH_SIZE);
	rc = visit_logs(&run, visit, context, &count, err);
	return rc || count ? rc : error_set(err, ERROR_NOT_FOUND, "no such event log is kept");
}

int sqlite_list_logs(struct store *store, const uint8_t after[STORE_HASH_SIZE], size_t limit,
	store_log_visit *visit, void *context, struct error *err)
{
	struct sqlite_run run;
	size_t count;
	int rc = sqlite_read_begin(store, STATEMENT_LOG_LIST, &run, err);

	if (rc)
		return rc;
	sqlite_bind_bytes(&run, after, STORE_HASH_SIZE);
	sqlite_bind_number(&run, limit);
	return visit_logs(&run, visit, context, &count, err);
}

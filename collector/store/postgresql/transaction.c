/* SPDX-License-Identifier: BSD-2-Clause */
/* One transaction on the connection that writes. */
#include "collector/store/postgresql/private.h"
#include "platform/system.h"

#define TRIES    8
#define PAUSE_MS 20
/* So often is asked what became of a commit, and so long is waited before. */
#define ASKINGS  10
#define WAIT_MS  500

static int lock_heads(struct pg_connection *connection, struct pg_heads *heads, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_HEADS_LOCK);
	int rc = 0;

	if (pg_run_step(&run)) {
		rc = pg_schema_refuse(pg_column_number(&run), err);
		heads->vms = pg_column_number(&run);
		heads->reports = pg_column_number(&run);
		heads->claims = pg_column_number(&run);
		heads->tokens = pg_column_number(&run);
		rc = rc ? rc : pg_column_link(&run, &heads->audit, err);
	} else if (!connection->has_failed) {
		rc = error_set(err, ERROR_MALFORMED, "the database has lost its numbers");
	}
	return pg_run_end(&run, rc, err);
}

static int begin(struct pg_store *pg, struct error *err)
{
	int rc;

	pg->writer.is_in_transaction = true;
	rc = pg_run_simple(&pg->writer, PG_BEGIN, err);
	return rc ? rc : lock_heads(&pg->writer, &pg->heads, err);
}

static int set_heads(struct pg_store *pg, struct error *err)
{
	struct pg_run run = pg_run_start(&pg->writer, PG_HEADS_SET);

	pg_bind_number(&run, pg->heads.vms);
	pg_bind_number(&run, pg->heads.reports);
	pg_bind_number(&run, pg->heads.claims);
	pg_bind_number(&run, pg->heads.tokens);
	pg_bind_link(&run, &pg->heads.audit);
	return pg_run_finish(&run, err);
}

static int set_instance(struct pg_store *pg, struct error *err)
{
	struct pg_run run = pg_run_start(&pg->writer, PG_INSTANCE_SET);

	pg_bind_bytes(&run, pg->instance, sizeof(pg->instance));
	pg_bind_number(&run, ++pg->commits);
	pg_bind_number(&run, platform_wall_clock_ms());
	return pg_run_finish(&run, err);
}

/* --- what became of it --- */

static int read_instance(struct pg_store *pg, uint64_t *ret_commits, struct error *err)
{
	struct pg_run run = pg_run_start(&pg->writer, PG_INSTANCE_READ);

	pg_bind_bytes(&run, pg->instance, sizeof(pg->instance));
	*ret_commits = pg_run_step(&run) ? pg_column_number(&run) : 0;
	return pg_run_end(&run, 0, err);
}

/* The lock is had only when the transaction that was cut off is over, one way or the other. */
static int ask_once(struct pg_store *pg, bool *ret_is_written, struct error *err)
{
	struct pg_heads ignored;
	uint64_t commits = 0;
	int rc;

	pg_connection_close(&pg->writer);
	rc = pg_connection_open(&pg->writer, err);
	if (!rc)
		rc = lock_heads(&pg->writer, &ignored, err);
	if (!rc)
		rc = read_instance(pg, &commits, err);
	if (!rc)
		*ret_is_written = commits == pg->commits;
	return rc;
}

static int find_out(struct pg_store *pg, bool *ret_is_written, struct error *err)
{
	int rc = ask_once(pg, ret_is_written, err);

	for (int i = 1; rc && i < ASKINGS; i++) {
		platform_sleep_us(WAIT_MS * 1000);
		rc = ask_once(pg, ret_is_written, err);
	}
	return rc ? error_wrap(err, "what was written is not known") : 0;
}

/* --- */

static int end(struct pg_store *pg, bool *ret_repeats, struct error *err)
{
	struct pg_connection *connection = &pg->writer;
	bool is_written = false;
	int rc = set_heads(pg, err);

	if (!rc)
		rc = set_instance(pg, err);
	if (!rc)
		rc = pg_run_simple(connection, PG_COMMIT, err);
	if (!rc)
		rc = pg_run_settle(connection, err);
	*ret_repeats = rc && pg_is_worth_repeating(connection);
	if (!rc || !connection->is_lost)
		return rc;
	*ret_repeats = false;
	rc = find_out(pg, &is_written, err);
	if (rc || is_written)
		return rc;
	*ret_repeats = true;
	return error_set(err, ERROR_IO, "PostgreSQL: the connection was lost");
}

/* The judge has refused: PostgreSQL itself is as it should be. */
static void roll_back(struct pg_connection *connection)
{
	struct error ignored;

	if (connection->has_failed || !connection->is_in_transaction)
		return;
	if (!pg_run_simple(connection, PG_ROLLBACK, &ignored))
		pg_run_settle(connection, &ignored);
}

/* Another program's schema is no fault of what is to be written. */
static int refuse(int rc, struct error *err)
{
	if (rc != -ERROR_UNSUPPORTED)
		return rc;
	err->code = ERROR_IO;
	return -ERROR_IO;
}

static int transact_once(
	struct pg_store *pg, pg_work *work, void *context, bool *ret_repeats, struct error *err)
{
	struct pg_connection *connection = &pg->writer;
	int rc = pg_connection_enter(connection, err);

	*ret_repeats = false;
	if (rc)
		return refuse(rc, err);
	rc = refuse(begin(pg, err), err);
	if (!rc)
		rc = work(pg, context, err);
	if (rc)
		*ret_repeats = pg_is_worth_repeating(connection);
	else
		rc = end(pg, ret_repeats, err);
	if (rc)
		roll_back(connection);
	connection->is_in_transaction = false;
	return pg_connection_leave(connection, rc);
}

int pg_transact(struct pg_store *pg, pg_work *work, void *context, struct error *err)
{
	bool repeats;
	int rc = transact_once(pg, work, context, &repeats, err);

	for (unsigned i = 1; rc && repeats && i < TRIES; i++) {
		platform_sleep_us((uint64_t)i * PAUSE_MS * 1000);
		rc = transact_once(pg, work, context, &repeats, err);
	}
	return rc;
}

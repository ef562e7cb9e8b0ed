/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the write-ahead log holds goes into the database, beside the writer: as a part of a commit,
 * as SQLite does it by itself, every report waits for it. What is written while it goes on is left
 * for the writer's own connection, since a log begins anew only when nothing at all is left in it.
 */
#include "collector/store/sqlite/private.h"

/* A shorter log is written to the same pages of the database more often. */
#define DUE_PAGES  8000
#define LATE_PAGES (8 * DUE_PAGES) /* the thread is too slow: the writer waits for it */

/* What fails is tried again after the next commit, which tells of a disk that is full. */
static void run_checkpoint(struct sqlite_connection *connection, bool closes)
{
	struct error ignored;

	if (sqlite_connection_enter(connection, &ignored))
		return;
	sqlite3_wal_checkpoint_v2(connection->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if (closes)
		sqlite_connection_close(connection);
	sqlite_connection_leave(connection, 0);
}

static void keep_log_short(struct ticker *ticker, bool is_due, void *context)
{
	struct sqlite_store *sqlite = context;
	struct sqlite_checkpoint *checkpoint = &sqlite->checkpoint;

	(void)ticker, (void)is_due;
	/* A commit of before the last round woke it. */
	if (!atomic_load(&checkpoint->is_due))
		return;
	/* A connection that stays would keep what it knows of the file. */
	run_checkpoint(&checkpoint->connection, true);
	run_checkpoint(&sqlite->writer, false);
	/* Only now: each commit since has said so again. */
	atomic_store(&checkpoint->is_due, false);
}

static int look_at_log(void *context, sqlite3 *db, const char *name, int pages)
{
	struct sqlite_checkpoint *checkpoint = context;

	if (pages >= DUE_PAGES) {
		atomic_store(&checkpoint->is_due, true);
		if (checkpoint->ticker)
			ticker_wake(checkpoint->ticker);
	}
	if (pages >= LATE_PAGES)
		sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

void sqlite_checkpoint_watch(
	struct sqlite_checkpoint *checkpoint, struct sqlite_connection *connection)
{
	connection->see_log = look_at_log;
	connection->see_log_context = checkpoint;
}

int sqlite_checkpoint_start(struct sqlite_store *sqlite, struct error *err)
{
	struct sqlite_checkpoint *checkpoint = &sqlite->checkpoint;
	int rc = ticker_start(&checkpoint->ticker, "checkpoints", 0, keep_log_short, sqlite, err);

	/* As bringing an old database to this version may have made it. */
	if (!rc && atomic_load(&checkpoint->is_due))
		ticker_wake(checkpoint->ticker);
	return rc;
}

void sqlite_checkpoint_stop(struct sqlite_checkpoint *checkpoint)
{
	ticker_stop(checkpoint->ticker);
	checkpoint->ticker = NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moves the write-ahead log into the database, on a thread beside the writer. SQLite would do it as
 * part of a commit, and every report would wait for that. What is written meanwhile is moved by the
 * writer's own connection at the end: a log starts again only when nothing is left in it.
 */
#include "collector/store/sqlite/private.h"

/* With a shorter log the same pages of the database are written more often. */
#define DUE_PAGES  8000
#define LATE_PAGES (8 * DUE_PAGES) /* the thread is too slow: the writer waits for it */

/* A failure is not reported: the next commit fails as well when the disk is full, and wakes the
 * thread again otherwise. */
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
	/* The commit that woke it came before the end of the last round. */
	if (!atomic_load(&checkpoint->is_due))
		return;
	/* Closed afterwards: an open connection would keep what it knows of the file. */
	run_checkpoint(&checkpoint->connection, true);
	run_checkpoint(&sqlite->writer, false);
	/* Only now: each commit during the round has set it again. */
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

	/* Bringing an old database to this version may have made the log long. */
	if (!rc && atomic_load(&checkpoint->is_due))
		ticker_wake(checkpoint->ticker);
	return rc;
}

void sqlite_checkpoint_stop(struct sqlite_checkpoint *checkpoint)
{
	ticker_stop(checkpoint->ticker);
	checkpoint->ticker = NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* One transaction on the connection that writes. */
#include "collector/store/sqlite/private.h"

static int roll_back(struct sqlite_connection *connection, int rc)
{
	struct error ignored;

	/* A full disk may have rolled it back already. */
	if (!sqlite3_get_autocommit(connection->db))
		sqlite_run_simple(connection, STATEMENT_ROLLBACK, &ignored);
	return rc;
}

/* All connections of a process share what SQLite knows of the write-ahead log. Where that was
 * read-only, all must be closed before the next one can be opened for writing. */
static void forget_read_only(struct sqlite_store *sqlite)
{
	pthread_mutex_lock(&sqlite->reader.lock);
	sqlite_connection_close(&sqlite->reader);
	pthread_mutex_unlock(&sqlite->reader.lock);
}

int sqlite_transact(struct sqlite_store *sqlite,
	int (*work)(struct sqlite_connection *connection, void *context, struct error *err),
	void *context, struct error *err)
{
	struct sqlite_connection *connection = &sqlite->writer;
	int rc = sqlite_connection_enter(connection, err);

	if (rc)
		return rc;
	rc = sqlite_run_simple(connection, STATEMENT_BEGIN, err);
	if (!rc) {
		rc = work(connection, context, err);
		if (!rc)
			rc = sqlite_run_simple(connection, STATEMENT_COMMIT, err);
		if (rc)
			roll_back(connection, rc);
	}
	sqlite_connection_leave(connection, rc);
	if (rc == -ERROR_PERMISSION)
		forget_read_only(sqlite);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector/store/sqlite/private.h"

#define BUSY_MS 5000

/* What a database is given before its first page. */
static const char creation[] = "PRAGMA page_size = 8192;"
			       "PRAGMA auto_vacuum = INCREMENTAL;";
static const char settings[] = "PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = FULL;"
			       "PRAGMA wal_autocheckpoint = 0;"
			       "PRAGMA trusted_schema = OFF;";

/* SQLite would create it readable for everybody. A file that is there must not be opened here:
 * closing it again would drop the locks that other connections of this process have on it. */
static int create_file(const char *path, struct error *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	enum error_code code = ERROR_IO;

	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno == EEXIST)
		return 0;
	if (errno == ENOENT || errno == ENOTDIR)
		code = ERROR_NOT_FOUND;
	if (errno == EACCES || errno == EROFS)
		code = ERROR_PERMISSION;
	return error_set(err, code, "create %s: %s", path, strerror(errno));
}

static int configure(struct sqlite_connection *connection, struct error *err)
{
	char text[128];
	int pages = 0, rc;

	sqlite3_extended_result_codes(connection->db, 1);
	sqlite3_busy_timeout(connection->db, BUSY_MS);
	snprintf(text, sizeof(text), "PRAGMA cache_size = -%d;", connection->cache_kib);
	rc = sqlite_run_number(connection, "PRAGMA page_count", &pages, err);
	if (rc)
		return rc;
	if (!pages && sqlite3_exec(connection->db, creation, NULL, NULL, NULL))
		return sqlite_error(connection, err);
	if (sqlite3_exec(connection->db, settings, NULL, NULL, NULL))
		return sqlite_error(connection, err);
	if (sqlite3_exec(connection->db, text, NULL, NULL, NULL))
		return sqlite_error(connection, err);
	if (connection->see_log)
		sqlite3_wal_hook(connection->db, connection->see_log, connection->see_log_context);
	if (!connection->max_bytes)
		return 0;
	snprintf(text, sizeof(text), "PRAGMA max_page_count = %llu;",
		(unsigned long long)(connection->max_bytes / 8192));
	if (sqlite3_exec(connection->db, text, NULL, NULL, NULL))
		return sqlite_error(connection, err);
	return 0;
}

static int open_database(struct sqlite_connection *connection, struct error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	int rc = connection->may_create ? create_file(connection->path, err) : 0;

	if (rc)
		return rc;
	if (sqlite3_open_v2(connection->path, &connection->db, flags, NULL))
		rc = sqlite_error(connection, err);
	if (!rc)
		rc = configure(connection, err);
	if (!rc)
		rc = sqlite_schema_migrate(connection, err);
	if (rc)
		sqlite_connection_close(connection);
	return rc;
}

void sqlite_connection_close(struct sqlite_connection *connection)
{
	for (size_t i = 0; i < STATEMENT_COUNT; i++) {
		sqlite3_finalize(connection->statements[i]);
		connection->statements[i] = NULL;
	}
	sqlite3_close(connection->db);
	connection->db = NULL;
}

int sqlite_connection_enter(struct sqlite_connection *connection, struct error *err)
{
	int rc = 0;

	pthread_mutex_lock(&connection->lock);
	if (!connection->db)
		rc = open_database(connection, err);
	if (rc)
		pthread_mutex_unlock(&connection->lock);
	return rc;
}

int sqlite_connection_leave(struct sqlite_connection *connection, int rc)
{
	if (rc == -ERROR_IO || rc == -ERROR_PERMISSION || rc == -ERROR_MALFORMED)
		sqlite_connection_close(connection);
	pthread_mutex_unlock(&connection->lock);
	return rc;
}

int sqlite_read_begin(struct store *store, enum sqlite_statement statement,
	struct sqlite_run *ret_run, struct error *err)
{
	struct sqlite_connection *reader = &((struct sqlite_store *)store)->reader;
	int rc = sqlite_connection_enter(reader, err);

	if (!rc)
		*ret_run = sqlite_run_start(reader, statement);
	return rc;
}

int sqlite_read_end(struct sqlite_run *run, int rc, struct error *err)
{
	return sqlite_connection_leave(run->connection, sqlite_run_end_after(run, rc, err));
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector/store/sqlite/sqlite.h"

#define BUSY_MS 5000

/* What a database is given before its first page. */
static const char creation[] = "PRAGMA page_size = 8192;"
			       "PRAGMA auto_vacuum = INCREMENTAL;";
static const char settings[] = "PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = FULL;"
			       "PRAGMA wal_autocheckpoint = 0;"
			       "PRAGMA trusted_schema = OFF;";

int sqlite_connection_error(const struct sqlite_connection *connection, struct error *err)
{
	const char *path = connection->path;
	const char *text = connection->db ? sqlite3_errmsg(connection->db) : "not open";
	int cause = connection->db ? sqlite3_system_errno(connection->db) : 0;

	switch (connection->db ? sqlite3_errcode(connection->db) & 0xff : SQLITE_NOMEM) {
	case SQLITE_NOMEM:
		return error_set(err, ERROR_NO_MEMORY, "%s: no memory", path);
	case SQLITE_FULL:
		return error_set(
			err, ERROR_IO, "%s: the disk or the allowed size is full; make room", path);
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return error_set(err, ERROR_PERMISSION,
			"%s is read-only; let this user write the file and its folder", path);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return error_set(err, ERROR_TIMEOUT, "%s: another process keeps it locked", path);
	case SQLITE_CORRUPT:
		return error_set(err, ERROR_MALFORMED,
			"%s is damaged (%s); restore it from a backup", path, text);
	case SQLITE_NOTADB:
		return error_set(err, ERROR_MALFORMED, "%s is no SQLite database", path);
	case SQLITE_TOOBIG:
		return error_set(err, ERROR_TOO_LARGE, "%s: %s", path, text);
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
		if (sqlite3_extended_errcode(connection->db) == SQLITE_IOERR_WRITE)
			return error_set(
				err, ERROR_IO, "%s: writing failed; is the disk full?", path);
		return error_set(err, cause == EACCES ? ERROR_PERMISSION : ERROR_IO, "%s: %s%s%s",
			path, text, cause ? ": " : "", cause ? strerror(cause) : "");
	default:
		return error_set(err, ERROR_INTERNAL, "%s: %s", path, text);
	}
}

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

int sqlite_connection_pragma(
	struct sqlite_connection *connection, const char *sql, int *ret_value, struct error *err)
{
	sqlite3_stmt *statement = NULL;
	int rc = 0;

	if (sqlite3_prepare_v2(connection->db, sql, -1, &statement, NULL) ||
		sqlite3_step(statement) != SQLITE_ROW)
		rc = sqlite_connection_error(connection, err);
	else
		*ret_value = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return rc;
}

static int configure(struct sqlite_connection *connection, struct error *err)
{
	char text[128];
	int pages = 0, rc;

	sqlite3_extended_result_codes(connection->db, 1);
	sqlite3_busy_timeout(connection->db, BUSY_MS);
	snprintf(text, sizeof(text), "PRAGMA cache_size = -%d;", connection->cache_kib);
	rc = sqlite_connection_pragma(connection, "PRAGMA page_count", &pages, err);
	if (rc)
		return rc;
	if (!pages && sqlite3_exec(connection->db, creation, NULL, NULL, NULL))
		return sqlite_connection_error(connection, err);
	if (sqlite3_exec(connection->db, settings, NULL, NULL, NULL) ||
		sqlite3_exec(connection->db, text, NULL, NULL, NULL))
		return sqlite_connection_error(connection, err);
	if (connection->checkpoint)
		sqlite_checkpoint_watch(connection->checkpoint, connection->db);
	if (!connection->max_bytes)
		return 0;
	snprintf(text, sizeof(text), "PRAGMA max_page_count = %llu;",
		(unsigned long long)(connection->max_bytes / 8192));
	if (sqlite3_exec(connection->db, text, NULL, NULL, NULL))
		return sqlite_connection_error(connection, err);
	return 0;
}

static int open_database(struct sqlite_connection *connection, struct error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	int rc = connection->may_create ? create_file(connection->path, err) : 0;

	if (rc)
		return rc;
	if (sqlite3_open_v2(connection->path, &connection->db, flags, NULL))
		rc = sqlite_connection_error(connection, err);
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

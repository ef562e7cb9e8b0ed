/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector/store/sqlite/private.h"
#include "platform/system.h"

#define BUSY_MS 5000

/* What a database is given before its first page. */
static const char creation[] = "PRAGMA page_size = 8192;"
			       "PRAGMA auto_vacuum = INCREMENTAL;";
static const char journal[] = "PRAGMA journal_mode = WAL;";
static const char settings[] = "PRAGMA synchronous = FULL;"
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
		platform_file_give(path);
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

static int set(struct sqlite_connection *connection, const char *sql, struct error *err)
{
	return sqlite3_exec(connection->db, sql, NULL, NULL, NULL) ? sqlite_error(connection, err)
								   : 0;
}

/* Set before the first page is read, the mode asks at once whether anybody else has the database
 * open, and keeps others out until this one is closed. */
static int prepare(struct sqlite_connection *connection, struct error *err)
{
	int pages = 0;
	int rc = connection->is_alone ? set(connection, "PRAGMA locking_mode = EXCLUSIVE", err) : 0;

	if (!rc)
		rc = sqlite_run_number(connection, "PRAGMA page_count", &pages, err);
	if (rc || connection->is_alone)
		return rc;
	if (!pages)
		rc = set(connection, creation, err);
	return rc ? rc : set(connection, journal, err);
}

static int configure(struct sqlite_connection *connection, struct error *err)
{
	char text[128];
	int rc;

	sqlite3_extended_result_codes(connection->db, 1);
	sqlite3_busy_timeout(connection->db, BUSY_MS);
	rc = prepare(connection, err);
	if (!rc)
		rc = set(connection, settings, err);
	snprintf(text, sizeof(text), "PRAGMA cache_size = -%d;", connection->cache_kib);
	if (!rc)
		rc = set(connection, text, err);
	if (!rc && connection->see_log)
		sqlite3_wal_hook(connection->db, connection->see_log, connection->see_log_context);
	if (rc || !connection->max_bytes)
		return rc;
	snprintf(text, sizeof(text), "PRAGMA max_page_count = %llu;",
		(unsigned long long)(connection->max_bytes / 8192));
	return set(connection, text, err);
}

static int open_database(struct sqlite_connection *connection, struct error *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	bool ignored;
	int rc = connection->may_create ? create_file(connection->path, err) : 0;

	if (rc)
		return rc;
	if (sqlite3_open_v2(connection->path, &connection->db, flags, NULL))
		rc = sqlite_error(connection, err);
	if (!rc)
		rc = configure(connection, err);
	if (!rc)
		rc = connection->keeps_schema ? sqlite_schema_look(connection, &ignored, err)
					      : sqlite_schema_migrate(connection, err);
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
	pack_end(&connection->pack);
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* A copy of a database that may be in use. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "collector/store/sqlite/private.h"
#include "collector/store/store.h"

#define BUSY_MS 60000

/* One transaction reads it all: the copy is the database as it was when this began. Whoever writes
 * goes on. */
static int copy(struct sqlite_connection *connection, const char *to, struct error *err)
{
	sqlite3_stmt *statement = NULL;
	int code, rc = 0;

	sqlite3_busy_timeout(connection->db, BUSY_MS);
	code = sqlite3_prepare_v2(connection->db, "VACUUM INTO ?1", -1, &statement, NULL);
	if (!code)
		code = sqlite3_bind_text(statement, 1, to, -1, SQLITE_STATIC);
	if (code || sqlite3_step(statement) != SQLITE_DONE)
		rc = sqlite_error(connection, err);
	sqlite3_finalize(statement);
	return rc;
}

static int look_whose(struct sqlite_connection *connection, struct error *err)
{
	int application = 0;
	int rc = sqlite_run_number(connection, "PRAGMA application_id", &application, err);

	if (!rc && application != SQLITE_APPLICATION_ID)
		rc = error_set(
			err, ERROR_MALFORMED, "%s is another program's database", connection->path);
	return rc;
}

/* SQLite leaves it to the kernel when the copy is written. */
static int settle(const char *path, struct error *err)
{
	int fd = open(path, O_RDWR | O_CLOEXEC), rc = 0;

	if (fd < 0 || fsync(fd))
		rc = error_set(err, ERROR_IO, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

int store_sqlite_backup(const char *path, const char *to, struct error *err)
{
	struct sqlite_connection connection = {.path = path};
	char unfinished[1200];
	int rc = 0;

	if (access(to, F_OK) == 0)
		return error_set(err, ERROR_USAGE, "%s is there already", to);
	snprintf(unfinished, sizeof(unfinished), "%s.new", to);
	unlink(unfinished);
	if (sqlite3_open_v2(path, &connection.db, SQLITE_OPEN_READWRITE, NULL))
		rc = sqlite_error(&connection, err);
	if (!rc)
		rc = look_whose(&connection, err);
	if (!rc)
		rc = copy(&connection, unfinished, err);
	sqlite_connection_close(&connection);
	if (!rc)
		rc = settle(unfinished, err);
	if (!rc && rename(unfinished, to))
		rc = error_set(err, ERROR_IO, "%s: %s", to, strerror(errno));
	if (rc)
		unlink(unfinished);
	return rc;
}

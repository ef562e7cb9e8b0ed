/* SPDX-License-Identifier: BSD-2-Clause */
/* What SQLite says went wrong, in our terms, and what to do. */
#include "collector/store/sqlite/private.h"

#include <errno.h>
#include <string.h>

int sqlite_error(const struct sqlite_connection *connection, struct error *err)
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

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The schema, as steps that are never changed once released: a database of any earlier version goes
 * through those it lacks, each in a transaction of its own.
 */
#include <stdio.h>

#include "collector/store/store_sqlite.h"

#define APPLICATION_ID 0x7674706d /* "vtpm" */

/* Texts are the names of core/, numbers over 2^63 wrap around. In reports, what is looked at
 * without the evidence comes first: a large row continues on other pages. Reports have no index but
 * their number: one by VM and time would about halve the rate, and a timeline follows `prev`
 * instead. */
static const char *const migrations[] = {
	"CREATE TABLE vms ("
	"  row INTEGER PRIMARY KEY,"
	"  uuid TEXT NOT NULL UNIQUE,"
	"  revision INTEGER NOT NULL,"
	"  enrolment TEXT NOT NULL,"
	"  eks BLOB NOT NULL,"
	"  ak_name BLOB NOT NULL,"
	"  status TEXT NOT NULL,"
	"  continuity TEXT NOT NULL,"
	"  reason TEXT NOT NULL,"
	"  received_ms INTEGER NOT NULL,"
	"  reset_count INTEGER NOT NULL,"
	"  restart_count INTEGER NOT NULL,"
	"  clock_ms INTEGER NOT NULL,"
	"  announced TEXT NOT NULL,"
	"  announced_until_ms INTEGER NOT NULL,"
	"  baseline INTEGER NOT NULL,"
	"  baseline_hash BLOB NOT NULL,"
	"  head INTEGER NOT NULL,"
	"  head_hash BLOB NOT NULL,"
	"  tail INTEGER NOT NULL,"
	"  tail_hash BLOB NOT NULL,"
	"  hostname TEXT NOT NULL,"
	"  is_safe INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX vms_status ON vms (status, uuid);"
	"CREATE TABLE reports ("
	"  id INTEGER PRIMARY KEY,"
	"  vm INTEGER NOT NULL REFERENCES vms (row),"
	"  hash BLOB NOT NULL,"
	"  prev INTEGER NOT NULL,"
	"  prev_hash BLOB NOT NULL,"
	"  received_ms INTEGER NOT NULL,"
	"  event TEXT NOT NULL,"
	"  status TEXT NOT NULL,"
	"  continuity TEXT NOT NULL,"
	"  reason TEXT NOT NULL,"
	"  attest BLOB NOT NULL,"
	"  signature BLOB NOT NULL,"
	"  nonce BLOB NOT NULL,"
	"  secret BLOB NOT NULL,"
	"  verdict BLOB NOT NULL,"
	"  evidence BLOB NOT NULL"
	") STRICT;"
	"CREATE TABLE challenges ("
	"  id BLOB PRIMARY KEY,"
	"  uuid TEXT NOT NULL,"
	"  expires_ms INTEGER NOT NULL,"
	"  is_spent INTEGER NOT NULL,"
	"  nonce BLOB NOT NULL,"
	"  secret BLOB NOT NULL,"
	"  context BLOB NOT NULL"
	") STRICT;"
	"CREATE TABLE audit ("
	"  id INTEGER PRIMARY KEY,"
	"  at_ms INTEGER NOT NULL,"
	"  uuid TEXT NOT NULL,"
	"  action TEXT NOT NULL,"
	"  actor TEXT NOT NULL,"
	"  detail TEXT NOT NULL"
	") STRICT;",
};

#define VERSION ((int)(sizeof(migrations) / sizeof(migrations[0])))

static int check_version(struct sqlite_connection *connection, int *ret_version, struct error *err)
{
	int application = 0, version = 0, tables = 0;
	int rc = sqlite_connection_pragma(connection, "PRAGMA application_id", &application, err);

	if (!rc)
		rc = sqlite_connection_pragma(connection, "PRAGMA user_version", &version, err);
	if (!rc)
		rc = sqlite_connection_pragma(
			connection, "SELECT count(*) FROM sqlite_schema", &tables, err);
	if (rc)
		return rc;
	if (application != APPLICATION_ID && (application || version || tables))
		return error_set(
			err, ERROR_MALFORMED, "%s is another program's database", connection->path);
	if (version < 0 || version > VERSION)
		return error_set(err, ERROR_UNSUPPORTED,
			"%s has schema %d, this program knows %d; use the newer program",
			connection->path, version, VERSION);
	*ret_version = version;
	return 0;
}

static int step(struct sqlite_connection *connection, int version, struct error *err)
{
	char mark[96];

	snprintf(mark, sizeof(mark), "PRAGMA application_id = %d; PRAGMA user_version = %d;",
		APPLICATION_ID, version + 1);
	if (sqlite3_exec(connection->db, migrations[version], NULL, NULL, NULL) ||
		sqlite3_exec(connection->db, mark, NULL, NULL, NULL))
		return sqlite_connection_error(connection, err);
	return 0;
}

/* The version is read again inside: two processes may start at once. */
static int step_in_transaction(
	struct sqlite_connection *connection, int *version, struct error *err)
{
	int rc;

	if (sqlite3_exec(connection->db, "BEGIN IMMEDIATE", NULL, NULL, NULL))
		return sqlite_connection_error(connection, err);
	rc = check_version(connection, version, err);
	if (!rc && *version < VERSION)
		rc = step(connection, *version, err);
	if (!rc && sqlite3_exec(connection->db, "COMMIT", NULL, NULL, NULL))
		rc = sqlite_connection_error(connection, err);
	if (rc && !sqlite3_get_autocommit(connection->db))
		sqlite3_exec(connection->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

int sqlite_schema_migrate(struct sqlite_connection *connection, struct error *err)
{
	int version = 0;
	int rc = check_version(connection, &version, err);

	while (!rc && version < VERSION) {
		rc = step_in_transaction(connection, &version, err);
		if (!rc && version < VERSION)
			version++;
	}
	return rc;
}

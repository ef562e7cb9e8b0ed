/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The schema, as steps that are never changed once released: a database of any earlier version goes
 * through those it lacks, each in a transaction of its own.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "collector/store/postgresql/private.h"

/* Whoever changes the schema holds this lock: "vtpm" and a number. */
#define LOCK "SELECT pg_advisory_xact_lock(1987342445, 1)"

/* Enumerations are stored by their names in core/; numbers over 2^63 wrap around. Texts are ordered
 * and changed to lower case as bytes are, whatever the database's language. What a report changes
 * of a VM is in no index: so it stays on its page. */
static const char create[] =
	"CREATE SCHEMA IF NOT EXISTS vtpm;"
	"CREATE TABLE vtpm.schema (version BIGINT NOT NULL);"
	"INSERT INTO vtpm.schema VALUES (0);"
	"CREATE TABLE vtpm.heads ("
	"  one BIGINT PRIMARY KEY CHECK (one = 1),"
	"  vms BIGINT NOT NULL,"
	"  reports BIGINT NOT NULL,"
	"  claims BIGINT NOT NULL,"
	"  tokens BIGINT NOT NULL,"
	"  audit BIGINT NOT NULL,"
	"  audit_hash BYTEA NOT NULL"
	") WITH (fillfactor = 10);"
	"INSERT INTO vtpm.heads VALUES (1, 0, 0, 0, 0, 0, decode(repeat('00', 32), 'hex'));"
	"CREATE TABLE vtpm.instances ("
	"  id BYTEA PRIMARY KEY,"
	"  commits BIGINT NOT NULL,"
	"  seen_ms BIGINT NOT NULL"
	") WITH (fillfactor = 10);"
	"CREATE TABLE vtpm.vms ("
	"  row BIGINT PRIMARY KEY,"
	"  uuid TEXT COLLATE \"C\" NOT NULL UNIQUE,"
	"  revision BIGINT NOT NULL,"
	"  enrolment TEXT COLLATE \"C\" NOT NULL,"
	"  eks BYTEA NOT NULL,"
	"  ak_name BYTEA NOT NULL,"
	"  status TEXT COLLATE \"C\" NOT NULL,"
	"  continuity TEXT COLLATE \"C\" NOT NULL,"
	"  reason TEXT COLLATE \"C\" NOT NULL,"
	"  hostname TEXT COLLATE \"C\" NOT NULL,"
	"  received_ms BIGINT NOT NULL,"
	"  reset_count BIGINT NOT NULL,"
	"  restart_count BIGINT NOT NULL,"
	"  clock_ms BIGINT NOT NULL,"
	"  is_safe BIGINT NOT NULL,"
	"  announced TEXT COLLATE \"C\" NOT NULL,"
	"  announced_until_ms BIGINT NOT NULL,"
	"  asked_ms BIGINT NOT NULL,"
	"  claimed_ms BIGINT NOT NULL,"
	"  seen_ms BIGINT NOT NULL,"
	"  hour_ms BIGINT NOT NULL,"
	"  hour_reports BIGINT NOT NULL,"
	"  hour_bytes BIGINT NOT NULL,"
	"  pending_ek BYTEA NOT NULL,"
	"  pending_bytes BIGINT NOT NULL,"
	"  disks_sealed BIGINT NOT NULL,"
	"  disks_failing BIGINT NOT NULL,"
	"  baseline BIGINT NOT NULL,"
	"  baseline_hash BYTEA NOT NULL,"
	"  head BIGINT NOT NULL,"
	"  head_hash BYTEA NOT NULL,"
	"  tail BIGINT NOT NULL,"
	"  tail_hash BYTEA NOT NULL,"
	"  lines BYTEA NOT NULL"
	") WITH (fillfactor = 60);"
	"CREATE INDEX vms_status ON vtpm.vms (status, uuid);"
	"CREATE INDEX vms_disks ON vtpm.vms (uuid) WHERE disks_failing > 0;"
	"CREATE INDEX vms_pending ON vtpm.vms (row) WHERE enrolment = 'pending';"
	"CREATE TABLE vtpm.reports ("
	"  id BIGINT PRIMARY KEY,"
	"  vm BIGINT NOT NULL,"
	"  hash BYTEA NOT NULL,"
	"  prev BIGINT NOT NULL,"
	"  prev_hash BYTEA NOT NULL,"
	"  received_ms BIGINT NOT NULL,"
	"  event TEXT COLLATE \"C\" NOT NULL,"
	"  status TEXT COLLATE \"C\" NOT NULL,"
	"  continuity TEXT COLLATE \"C\" NOT NULL,"
	"  reason TEXT COLLATE \"C\" NOT NULL,"
	"  challenged_ms BIGINT NOT NULL,"
	"  sender_role TEXT COLLATE \"C\" NOT NULL,"
	"  sender_name TEXT COLLATE \"C\" NOT NULL,"
	"  sender_address TEXT COLLATE \"C\" NOT NULL,"
	"  attest BYTEA NOT NULL,"
	"  signature BYTEA NOT NULL,"
	"  nonce BYTEA NOT NULL,"
	"  secret BYTEA NOT NULL,"
	"  ek BYTEA NOT NULL,"
	"  basis BYTEA NOT NULL,"
	"  snapshot BYTEA NOT NULL,"
	"  verdict BYTEA NOT NULL,"
	"  evidence BYTEA NOT NULL"
	");"
	"CREATE TABLE vtpm.spent ("
	"  expires_ms BIGINT NOT NULL,"
	"  id BYTEA NOT NULL,"
	"  PRIMARY KEY (expires_ms, id)"
	");"
	"CREATE TABLE vtpm.shared_key ("
	"  one BIGINT PRIMARY KEY CHECK (one = 1),"
	"  key BYTEA NOT NULL"
	");"
	"CREATE TABLE vtpm.documents (name TEXT COLLATE \"C\" PRIMARY KEY, value BYTEA NOT NULL);"
	"CREATE TABLE vtpm.keys (key BYTEA PRIMARY KEY, vm BIGINT NOT NULL);"
	"CREATE TABLE vtpm.claims ("
	"  id BIGINT PRIMARY KEY,"
	"  vm BIGINT NOT NULL,"
	"  sender_role TEXT COLLATE \"C\" NOT NULL,"
	"  sender_name TEXT COLLATE \"C\" NOT NULL,"
	"  sender_address TEXT COLLATE \"C\" NOT NULL,"
	"  received_ms BIGINT NOT NULL,"
	"  challenged_ms BIGINT NOT NULL,"
	"  continuity TEXT COLLATE \"C\" NOT NULL,"
	"  reason TEXT COLLATE \"C\" NOT NULL,"
	"  hostname TEXT COLLATE \"C\" NOT NULL,"
	"  ek BYTEA NOT NULL,"
	"  ak_name BYTEA NOT NULL"
	");"
	"CREATE INDEX claims_vm ON vtpm.claims (vm, id);"
	"CREATE TABLE vtpm.tokens ("
	"  id BIGINT PRIMARY KEY,"
	"  digest BYTEA NOT NULL UNIQUE,"
	"  uuid TEXT COLLATE \"C\" NOT NULL,"
	"  made_ms BIGINT NOT NULL,"
	"  made_by TEXT COLLATE \"C\" NOT NULL"
	");"
	"CREATE INDEX tokens_vm ON vtpm.tokens (uuid, id);"
	"CREATE TABLE vtpm.audit ("
	"  id BIGINT PRIMARY KEY,"
	"  hash BYTEA NOT NULL,"
	"  prev BIGINT NOT NULL,"
	"  prev_hash BYTEA NOT NULL,"
	"  at_ms BIGINT NOT NULL,"
	"  uuid TEXT COLLATE \"C\" NOT NULL,"
	"  action TEXT COLLATE \"C\" NOT NULL,"
	"  actor TEXT COLLATE \"C\" NOT NULL,"
	"  detail TEXT COLLATE \"C\" NOT NULL,"
	"  revision BIGINT NOT NULL,"
	"  snapshot BYTEA NOT NULL"
	");"
	"CREATE INDEX audit_vm ON vtpm.audit (uuid, revision) WHERE revision > 0;";

/* Who is silent, when to look who may be, and since when that was done without a gap. */
static const char add_silence[] =
	"ALTER TABLE vtpm.vms"
	"  ADD COLUMN check_ms BIGINT NOT NULL DEFAULT 0,"
	"  ADD COLUMN interval_s BIGINT NOT NULL DEFAULT 0,"
	"  ADD COLUMN awaited_s BIGINT NOT NULL DEFAULT 0,"
	"  ADD COLUMN silent_ms BIGINT NOT NULL DEFAULT 0;"
	"CREATE INDEX vms_check ON vtpm.vms (check_ms) WHERE check_ms > 0;"
	"CREATE INDEX vms_silent ON vtpm.vms (uuid) WHERE silent_ms > 0;"
	"CREATE TABLE vtpm.watch ("
	"  one BIGINT PRIMARY KEY CHECK (one = 1),"
	"  since_ms BIGINT NOT NULL,"
	"  ran_ms BIGINT NOT NULL"
	") WITH (fillfactor = 10);";

/* Event logs, once for all that name them: which do, from which report of a VM to which. */
static const char add_event_logs[] =
	"ALTER TABLE vtpm.vms ADD COLUMN event_log BYTEA NOT NULL DEFAULT '';"
	"CREATE TABLE vtpm.event_logs (sha256 BYTEA PRIMARY KEY, bytes BYTEA NOT NULL);"
	"CREATE TABLE vtpm.event_log_uses ("
	"  vm BIGINT NOT NULL,"
	"  sha256 BYTEA NOT NULL,"
	"  first BIGINT NOT NULL,"
	"  last BIGINT NOT NULL,"
	"  PRIMARY KEY (vm, sha256)"
	");"
	"CREATE INDEX event_log_uses_log ON vtpm.event_log_uses (sha256);";

/* What reports are packed with (collector/store/pack/pack.h): how many of them there are is counted
 * in the VM's record while it is the VM's keyframe, and here from then on. Reports of before are
 * not packed. */
static const char add_packing[] =
	"ALTER TABLE vtpm.reports"
	"  ADD COLUMN packed_len BIGINT NOT NULL DEFAULT 0,"
	"  ADD COLUMN keyframe BIGINT NOT NULL DEFAULT 0;"
	"ALTER TABLE vtpm.vms"
	"  ADD COLUMN keyframe BIGINT NOT NULL DEFAULT 0,"
	"  ADD COLUMN keyframe_uses BIGINT NOT NULL DEFAULT 0;"
	"CREATE TABLE vtpm.keyframes ("
	"  key BIGINT PRIMARY KEY,"
	"  key_vm BIGINT NOT NULL,"
	"  key_uses BIGINT NOT NULL,"
	"  key_len BIGINT NOT NULL,"
	"  key_bytes BYTEA NOT NULL"
	");"
	"ALTER TABLE vtpm.keyframes ALTER COLUMN key_bytes SET STORAGE EXTERNAL;"
	"CREATE INDEX keyframes_vm ON vtpm.keyframes (key_vm);";

/* By what attestation results are signed; the one whose until_ms is 0 does it now. */
static const char add_result_keys[] = "CREATE TABLE vtpm.result_keys ("
				      "  kid BYTEA PRIMARY KEY,"
				      "  made_ms BIGINT NOT NULL,"
				      "  until_ms BIGINT NOT NULL,"
				      "  x BYTEA NOT NULL,"
				      "  y BYTEA NOT NULL,"
				      "  secret BYTEA NOT NULL"
				      ");";

static const char *const migrations[] = {
	create, add_silence, add_event_logs, add_packing, add_result_keys};

#define VERSION ((int)(sizeof(migrations) / sizeof(migrations[0])))

static int run(struct pg_connection *connection, const char *sql, struct error *err)
{
	PGresult *result = PQexec(connection->pg, sql);
	ExecStatusType status = PQresultStatus(result);

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		pg_fail(connection, result);
	PQclear(result);
	return connection->has_failed ? pg_error(connection, err) : 0;
}

/* The first number that a query gives, 0 without one. */
static int ask(struct pg_connection *connection, const char *sql, int *ret_value, struct error *err)
{
	PGresult *result = PQexec(connection->pg, sql);

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		pg_fail(connection, result);
	*ret_value = PQntuples(result) ? (int)strtol(PQgetvalue(result, 0, 0), NULL, 10) : 0;
	PQclear(result);
	return connection->has_failed ? pg_error(connection, err) : 0;
}

static int check_copy(struct pg_connection *connection, struct error *err)
{
	int count = 0;
	int rc = ask(connection, PG_COPYING, &count, err);

	if (rc || !count || connection->may_be_unfinished)
		return rc;
	return error_set(err, ERROR_UNSUPPORTED,
		"the database is an unfinished copy: repeat `vtpm-collector copy` to its end");
}

int pg_schema_refuse(uint64_t version, struct error *err)
{
	if (version <= VERSION)
		return 0;
	return error_set(err, ERROR_UNSUPPORTED,
		"the database has schema %" PRIu64 ", this program knows %d; use the newer program",
		version, VERSION);
}

static int check_version(struct pg_connection *connection, int *ret_version, struct error *err)
{
	int is_there = 0, version = 0;
	int rc = ask(connection, "SELECT count(to_regclass('vtpm.schema'))", &is_there, err);

	if (!rc && is_there)
		rc = ask(connection, "SELECT version FROM vtpm.schema", &version, err);
	if (rc)
		return rc;
	rc = pg_schema_refuse((uint64_t)version, err);
	if (rc)
		return rc;
	*ret_version = version;
	return check_copy(connection, err);
}

static int step(struct pg_connection *connection, int version, struct error *err)
{
	char mark[64];
	int rc = run(connection, migrations[version], err);

	snprintf(mark, sizeof(mark), "UPDATE vtpm.schema SET version = %d", version + 1);
	return rc ? rc : run(connection, mark, err);
}

/* Whoever writes has finished then, and sees the new version when he begins again: PG_HEADS_LOCK.
 */
static int stop_writers(struct pg_connection *connection, int version, struct error *err)
{
	return version ? run(connection, "LOCK TABLE vtpm.heads IN ACCESS EXCLUSIVE MODE", err) : 0;
}

/* The version is read again inside: two instances may start at once. */
static int step_in_transaction(struct pg_connection *connection, int *version, struct error *err)
{
	int rc = run(connection, "BEGIN", err);

	if (!rc)
		rc = run(connection, LOCK, err);
	if (!rc)
		rc = check_version(connection, version, err);
	if (!rc && *version < VERSION)
		rc = stop_writers(connection, *version, err);
	if (!rc && *version < VERSION)
		rc = step(connection, *version, err);
	return rc ? rc : run(connection, "COMMIT", err);
}

int pg_schema_look(struct pg_connection *connection, bool *ret_is_current, struct error *err)
{
	int version = 0;
	int rc = check_version(connection, &version, err);

	if (!rc)
		*ret_is_current = version == VERSION;
	return rc;
}

int pg_schema_migrate(struct pg_connection *connection, struct error *err)
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

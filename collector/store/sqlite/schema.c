/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The schema, as steps that are never changed once released: a database of any earlier version goes
 * through those it lacks, each in a transaction of its own.
 */
#include <stdio.h>
#include <string.h>

#include "collector/store/sqlite/private.h"
#include "collector/store/store.h"

/* Enumerations are stored by their names in core/; numbers over 2^63 wrap around. In reports the
 * evidence comes last: a large row continues on other pages, which are then read only for it.
 * Reports have no index but their number: one by VM and time would about halve the rate. A timeline
 * follows `prev` instead. */
static const char create[] = "CREATE TABLE vms ("
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
			     ") STRICT;";

/* Which VM owns which key, and a hash chain of audit events, which begins with those that are
 * there. A key that several VMs were known by belongs to the first of them. */
static const char add_keys_and_audit_chain[] =
	"CREATE TABLE keys ("
	"  key BLOB PRIMARY KEY,"
	"  vm INTEGER NOT NULL REFERENCES vms (row)"
	") STRICT, WITHOUT ROWID;"
	"INSERT OR IGNORE INTO keys"
	"  SELECT substr(eks, 32 * at + 1, 32), row"
	"  FROM vms, (SELECT 0 AS at UNION SELECT 1 UNION SELECT 2 UNION SELECT 3)"
	"  WHERE length(eks) > 32 * at ORDER BY row;"
	"INSERT OR IGNORE INTO keys"
	"  SELECT ak_name, row FROM vms WHERE length(ak_name) > 0 ORDER BY row;"
	"ALTER TABLE reports ADD COLUMN ek BLOB NOT NULL DEFAULT x'';"
	"ALTER TABLE audit ADD COLUMN hash BLOB NOT NULL DEFAULT x'';"
	"ALTER TABLE audit ADD COLUMN prev INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE audit ADD COLUMN prev_hash BLOB NOT NULL DEFAULT x'';"
	"CREATE TABLE audit_head ("
	"  row INTEGER PRIMARY KEY CHECK (row = 1),"
	"  id INTEGER NOT NULL,"
	"  hash BLOB NOT NULL"
	") STRICT;"
	"INSERT INTO audit_head VALUES (1, 0, zeroblob(32));";

/* Since this version the client keeps its challenge, sealed with a key that all instances share.
 * The store only knows which are spent, ordered by when they expire, so that new ones stand
 * together. Whoever still holds an open challenge of an earlier version asks for another one. */
static const char add_spent_challenges[] = "DROP TABLE challenges;"
					   "CREATE TABLE spent ("
					   "  expires_ms INTEGER NOT NULL,"
					   "  id BLOB NOT NULL,"
					   "  PRIMARY KEY (expires_ms, id)"
					   ") STRICT, WITHOUT ROWID;"
					   "CREATE TABLE shared_key ("
					   "  row INTEGER PRIMARY KEY CHECK (row = 1),"
					   "  key BLOB NOT NULL"
					   ") STRICT;";

/* Who brought each report and when its challenge was given; and what others' keys say of a VM,
 * apart from its reports. Keys are those of accepted VMs alone: what waits for its acceptance has
 * none. */
static const char add_senders_and_claims[] =
	"ALTER TABLE reports ADD COLUMN sender_role TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE reports ADD COLUMN sender_name TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE reports ADD COLUMN sender_address TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE reports ADD COLUMN challenged_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE vms ADD COLUMN asked_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE vms ADD COLUMN claimed_ms INTEGER NOT NULL DEFAULT 0;"
	"DELETE FROM keys WHERE vm IN (SELECT row FROM vms WHERE enrolment <> 'accepted');"
	"UPDATE vms SET eks = x'', ak_name = x'' WHERE enrolment <> 'accepted';"
	"CREATE TABLE claims ("
	"  id INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  vm INTEGER NOT NULL REFERENCES vms (row),"
	"  sender_role TEXT NOT NULL,"
	"  sender_name TEXT NOT NULL,"
	"  sender_address TEXT NOT NULL,"
	"  received_ms INTEGER NOT NULL,"
	"  challenged_ms INTEGER NOT NULL,"
	"  continuity TEXT NOT NULL,"
	"  reason TEXT NOT NULL,"
	"  hostname TEXT NOT NULL,"
	"  ek BLOB NOT NULL,"
	"  ak_name BLOB NOT NULL"
	") STRICT;"
	"CREATE INDEX claims_vm ON claims (vm, id);";

/* What each report and each change by an operator made of the VM's record, and what else a report
 * was judged by: so that whether what is shown follows from what came can be seen afterwards. And
 * in which lines a VM's reports go on from each other's receipts: store_lines_write(). */
static const char add_snapshots[] =
	"ALTER TABLE vms ADD COLUMN lines BLOB NOT NULL DEFAULT x'';"
	"ALTER TABLE reports ADD COLUMN basis BLOB NOT NULL DEFAULT x'';"
	"ALTER TABLE reports ADD COLUMN snapshot BLOB NOT NULL DEFAULT x'';"
	"ALTER TABLE audit ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE audit ADD COLUMN snapshot BLOB NOT NULL DEFAULT x'';"
	"CREATE INDEX audit_vm ON audit (uuid, revision) WHERE revision > 0;";

/* Agents' tokens that are for one VM each. A number is given once. */
static const char add_tokens[] = "CREATE TABLE tokens ("
				 "  id INTEGER PRIMARY KEY AUTOINCREMENT,"
				 "  digest BLOB NOT NULL UNIQUE,"
				 "  uuid TEXT NOT NULL,"
				 "  made_ms INTEGER NOT NULL,"
				 "  made_by TEXT NOT NULL"
				 ") STRICT;"
				 "CREATE INDEX tokens_vm ON tokens (uuid, id);";

/* What a VM may still have kept, and what is known of those that nobody has accepted. */
static const char add_budgets[] =
	"ALTER TABLE vms ADD COLUMN seen_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE vms ADD COLUMN hour_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE vms ADD COLUMN hour_reports INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE vms ADD COLUMN hour_bytes INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE vms ADD COLUMN pending_ek BLOB NOT NULL DEFAULT x'';"
	"ALTER TABLE vms ADD COLUMN pending_bytes INTEGER NOT NULL DEFAULT 0;"
	"UPDATE vms SET seen_ms = received_ms;"
	"UPDATE vms SET pending_bytes = coalesce((SELECT length(evidence) FROM reports WHERE "
	"id = head), 0) WHERE enrolment = 'pending';"
	"CREATE INDEX vms_pending ON vms (seen_ms, pending_bytes) WHERE enrolment = 'pending';";

/* What is known of volumes that are sealed to a TPM. */
static const char add_disks[] =
	"ALTER TABLE vms ADD COLUMN disks_sealed INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE vms ADD COLUMN disks_failing INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX vms_disks ON vms (uuid, disks_failing) WHERE disks_failing > 0;";

/* Who is silent, when to look who may be, and since when that was done without a gap. */
static const char add_silence[] =
	"ALTER TABLE vms ADD COLUMN check_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE vms ADD COLUMN interval_s INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE vms ADD COLUMN awaited_s INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE vms ADD COLUMN silent_ms INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX vms_check ON vms (check_ms) WHERE check_ms > 0;"
	"CREATE INDEX vms_silent ON vms (uuid) WHERE silent_ms > 0;"
	"CREATE TABLE watch ("
	"  row INTEGER PRIMARY KEY CHECK (row = 1),"
	"  since_ms INTEGER NOT NULL,"
	"  ran_ms INTEGER NOT NULL"
	") STRICT;";

/* Event logs, once for all that name them: which do, from which report of a VM to which. */
static const char add_event_logs[] =
	"ALTER TABLE vms ADD COLUMN event_log BLOB NOT NULL DEFAULT x'';"
	"CREATE TABLE event_logs ("
	"  id INTEGER PRIMARY KEY,"
	"  sha256 BLOB NOT NULL UNIQUE,"
	"  bytes BLOB NOT NULL"
	") STRICT;"
	"CREATE TABLE event_log_uses ("
	"  vm INTEGER NOT NULL REFERENCES vms (row),"
	"  sha256 BLOB NOT NULL,"
	"  first INTEGER NOT NULL,"
	"  last INTEGER NOT NULL,"
	"  PRIMARY KEY (vm, sha256)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX event_log_uses_log ON event_log_uses (sha256);";

/* The highest number of a report of a VM that was forgotten: it is not given again. */
static const char add_forgotten[] = "CREATE TABLE forgotten ("
				    "  row INTEGER PRIMARY KEY CHECK (row = 1),"
				    "  report INTEGER NOT NULL"
				    ") STRICT;"
				    "INSERT INTO forgotten VALUES (1, 0);";

/* What reports are packed with (collector/store/pack/pack.h): how many of them there are is counted
 * in the VM's record while it is the VM's keyframe, and here from then on. Reports of before are
 * not packed. */
static const char add_packing[] =
	"ALTER TABLE reports ADD COLUMN packed_len INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE reports ADD COLUMN keyframe INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE vms ADD COLUMN keyframe INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE vms ADD COLUMN keyframe_uses INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE keyframes ("
	"  key INTEGER PRIMARY KEY AUTOINCREMENT,"
	"  key_vm INTEGER NOT NULL REFERENCES vms (row),"
	"  key_uses INTEGER NOT NULL,"
	"  key_len INTEGER NOT NULL,"
	"  key_bytes BLOB NOT NULL"
	") STRICT;"
	"CREATE INDEX keyframes_vm ON keyframes (key_vm);"
	"CREATE TRIGGER vms_keyframes AFTER DELETE ON vms BEGIN"
	"  DELETE FROM keyframes WHERE key_vm = OLD.row;"
	"END;";

/* By what attestation results are signed; the one whose until_ms is 0 does it now. */
static const char add_result_keys[] = "CREATE TABLE result_keys ("
				      "  kid BLOB PRIMARY KEY,"
				      "  made_ms INTEGER NOT NULL,"
				      "  until_ms INTEGER NOT NULL,"
				      "  x BLOB NOT NULL,"
				      "  y BLOB NOT NULL,"
				      "  secret BLOB NOT NULL"
				      ") STRICT, WITHOUT ROWID;";

static int chain_audit(struct sqlite_connection *connection, struct error *err);

static const struct {
	const char *sql;
	int (*work)(struct sqlite_connection *connection, struct error *err); /* behind it */
} migrations[] = {
	{create, NULL},
	{add_keys_and_audit_chain, chain_audit},
	{add_spent_challenges, NULL},
	{add_senders_and_claims, NULL},
	{add_snapshots, NULL},
	{add_tokens, NULL},
	{add_budgets, NULL},
	{add_disks, NULL},
	{add_silence, NULL},
	{add_event_logs, NULL},
	{add_forgotten, NULL},
	{add_packing, NULL},
	{add_result_keys, NULL},
};

#define VERSION ((int)(sizeof(migrations) / sizeof(migrations[0])))

/* The audit event behind number `after`; its number stays 0 where there is none. */
static int read_event(struct sqlite_connection *connection, uint64_t after,
	struct store_audit *ret_audit, struct error *err)
{
	static const char sql[] = "SELECT id, at_ms, uuid, action, actor, detail FROM audit "
				  "WHERE id > ?1 ORDER BY id LIMIT 1";
	struct sqlite_run run = {.connection = connection};
	int rc = 0;

	run.code = sqlite3_prepare_v2(connection->db, sql, -1, &run.statement, NULL);
	sqlite_bind_number(&run, after);
	if (sqlite_run_step(&run)) {
		ret_audit->link.id = sqlite_column_number(&run);
		rc = sqlite_column_event(&run, ret_audit, err);
	}
	rc = sqlite_run_end_after(&run, rc, err);
	sqlite3_finalize(run.statement);
	return rc;
}

static int run_update(struct sqlite_connection *connection, const char *sql,
	const struct store_audit *audit, bool has_prev, struct error *err)
{
	struct sqlite_run run = {.connection = connection};
	int rc;

	run.code = sqlite3_prepare_v2(connection->db, sql, -1, &run.statement, NULL);
	sqlite_bind_link(&run, &audit->link);
	if (has_prev)
		sqlite_bind_link(&run, &audit->prev);
	rc = sqlite_run_finish(&run, err);
	sqlite3_finalize(run.statement);
	return rc;
}

static int chain_audit(struct sqlite_connection *connection, struct error *err)
{
	struct store_audit audit = {0};
	struct store_link head = {0};
	int rc;

	for (;;) {
		audit.link.id = 0;
		rc = read_event(connection, head.id, &audit, err);
		if (rc || !audit.link.id)
			break;
		audit.prev = head;
		rc = store_audit_hash(&audit, audit.link.hash, err);
		if (!rc)
			rc = run_update(connection,
				"UPDATE audit SET hash = ?2, prev = ?3, prev_hash = ?4 "
				"WHERE id = ?1",
				&audit, true, err);
		if (rc)
			break;
		head = audit.link;
	}
	audit.link = head;
	return rc ? rc
		  : run_update(connection, "UPDATE audit_head SET id = ?1, hash = ?2", &audit,
			    false, err);
}

static int check_copy(struct sqlite_connection *connection, struct error *err)
{
	int count = 0;
	int rc = sqlite_run_number(connection, SQLITE_COPYING, &count, err);

	if (rc || !count || connection->may_be_unfinished)
		return rc;
	return error_set(err, ERROR_UNSUPPORTED,
		"%s is an unfinished copy: repeat `vtpm-collector copy` to its end",
		connection->path);
}

static int check_version(struct sqlite_connection *connection, int *ret_version, struct error *err)
{
	int application = 0, version = 0, tables = 0;
	int rc = sqlite_run_number(connection, "PRAGMA application_id", &application, err);

	if (!rc)
		rc = sqlite_run_number(connection, "PRAGMA user_version", &version, err);
	if (!rc)
		rc = sqlite_run_number(
			connection, "SELECT count(*) FROM sqlite_schema", &tables, err);
	if (rc)
		return rc;
	if (application != SQLITE_APPLICATION_ID && (application || version || tables))
		return error_set(
			err, ERROR_MALFORMED, "%s is another program's database", connection->path);
	if (version < 0 || version > VERSION)
		return error_set(err, ERROR_UNSUPPORTED,
			"%s has schema %d, this program knows %d; use the newer program",
			connection->path, version, VERSION);
	*ret_version = version;
	return check_copy(connection, err);
}

static int step(struct sqlite_connection *connection, int version, struct error *err)
{
	char mark[96];

	snprintf(mark, sizeof(mark), "PRAGMA application_id = %d; PRAGMA user_version = %d;",
		SQLITE_APPLICATION_ID, version + 1);
	if (sqlite3_exec(connection->db, migrations[version].sql, NULL, NULL, NULL))
		return sqlite_error(connection, err);
	if (sqlite3_exec(connection->db, mark, NULL, NULL, NULL))
		return sqlite_error(connection, err);
	return migrations[version].work ? migrations[version].work(connection, err) : 0;
}

/* The version is read again inside: two processes may start at once. */
static int step_in_transaction(
	struct sqlite_connection *connection, int *version, struct error *err)
{
	int rc;

	if (sqlite3_exec(connection->db, "BEGIN IMMEDIATE", NULL, NULL, NULL))
		return sqlite_error(connection, err);
	rc = check_version(connection, version, err);
	if (!rc && *version < VERSION)
		rc = step(connection, *version, err);
	if (!rc && sqlite3_exec(connection->db, "COMMIT", NULL, NULL, NULL))
		rc = sqlite_error(connection, err);
	if (rc && !sqlite3_get_autocommit(connection->db))
		sqlite3_exec(connection->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

int sqlite_schema_look(
	struct sqlite_connection *connection, bool *ret_is_current, struct error *err)
{
	int version = 0;
	int rc = check_version(connection, &version, err);

	if (!rc)
		*ret_is_current = version == VERSION;
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

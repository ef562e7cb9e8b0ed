/* SPDX-License-Identifier: BSD-2-Clause */
/* Every statement of the store, and how one is run. Values are bound, never part of a text. */
#include <stdio.h>
#include <string.h>

#include "collector/store/sqlite/private.h"

#define VM_COLUMNS                                                                                 \
	"uuid, revision, enrolment, eks, ak_name, status, continuity, reason, received_ms, "       \
	"reset_count, restart_count, clock_ms, announced, announced_until_ms, "                    \
	"baseline, baseline_hash, head, head_hash, tail, tail_hash, hostname, "                    \
	"is_safe, asked_ms, claimed_ms, lines, seen_ms, hour_ms, hour_reports, hour_bytes, "       \
	"pending_ek, pending_bytes, check_ms, disks_sealed, disks_failing, interval_s, "           \
	"awaited_s, "                                                                              \
	"silent_ms, event_log, keyframe, keyframe_uses"
/* Without check_ms: setting it writes its index again, even to the same value. */
#define VM_CHANGES                                                                                 \
	"revision = ?2, enrolment = ?3, eks = ?4, ak_name = ?5, continuity = ?7, reason = ?8, "    \
	"received_ms = ?9, reset_count = ?10, restart_count = ?11, clock_ms = ?12, "               \
	"announced = ?13, announced_until_ms = ?14, baseline = ?15, baseline_hash = ?16, "         \
	"head = ?17, head_hash = ?18, tail = ?19, tail_hash = ?20, hostname = ?21, "               \
	"is_safe = ?22, asked_ms = ?23, claimed_ms = ?24, lines = ?25, seen_ms = ?26, "            \
	"hour_ms = ?27, hour_reports = ?28, hour_bytes = ?29, pending_ek = ?30, "                  \
	"pending_bytes = ?31, disks_sealed = ?33, disks_failing = ?34, interval_s = ?35, "         \
	"awaited_s = ?36, silent_ms = ?37, event_log = ?38, keyframe = ?39, "                      \
	"keyframe_uses = ?40 WHERE uuid = ?1"
/* A record as it is shown: with who sent its newest report, where there is one. */
#define VM_SHOWN                                                                                   \
	"SELECT row, " VM_COLUMNS ", sender_role, sender_name, sender_address FROM vms "           \
	"LEFT JOIN (SELECT id, sender_role, sender_name, sender_address FROM reports) "            \
	"ON id = head "
#define APPRAISAL_COLUMNS                                                                          \
	"hash, prev, prev_hash, received_ms, event, status, continuity, reason, attest, "          \
	"signature, nonce, secret, verdict, evidence, ek, sender_role, sender_name, "              \
	"sender_address, challenged_ms, basis, snapshot, packed_len, keyframe"
/* With the keyframe that it was packed with, where that is there. */
#define APPRAISAL                                                                                  \
	"SELECT id, (SELECT uuid FROM vms WHERE row = vm), " APPRAISAL_COLUMNS                     \
	", key_len, key_bytes FROM reports LEFT JOIN keyframes ON key = keyframe "
#define CLAIM_COLUMNS                                                                              \
	"sender_role, sender_name, sender_address, received_ms, challenged_ms, continuity, "       \
	"reason, hostname, ek, ak_name"
/* Another VM that has one of the keys by now. */
#define CLAIM_OWNER                                                                                \
	"coalesce((SELECT min(uuid) FROM keys JOIN vms ON row = keys.vm "                          \
	"WHERE key IN (claims.ek, claims.ak_name) AND keys.vm <> claims.vm), '')"
/* What no report of VM ?1 names any more: retention is past the last one, which is not the newest,
 * and the baseline, which stays, is none of them. */
#define LOGS_LEFT                                                                                  \
	"(SELECT sha256 FROM event_log_uses JOIN vms ON row = vm WHERE vm = ?1 AND last <= tail "  \
	"AND sha256 <> event_log AND baseline NOT BETWEEN first AND last)"
#define TOKEN_COLUMNS      "digest, uuid, made_ms, made_by"
#define RESULT_KEY_COLUMNS "kid, made_ms, until_ms, x, y, secret"
#define AUDIT_COLUMNS                                                                              \
	"id, hash, prev, prev_hash, at_ms, uuid, action, actor, detail, revision, snapshot"

static const char *const texts[STATEMENT_COUNT] = {
	[STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
	[STATEMENT_COMMIT] = "COMMIT",
	[STATEMENT_ROLLBACK] = "ROLLBACK",
	[STATEMENT_VM_INSERT] =
		"INSERT INTO vms (" VM_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
		"?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, "
		"?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, "
		"?40)",
	[STATEMENT_VM_UPDATE] = "UPDATE vms SET status = ?6, " VM_CHANGES,
	/* Without the status: setting it writes its index again, even to the same value. */
	[STATEMENT_VM_UPDATE_REST] = "UPDATE vms SET " VM_CHANGES,
	[STATEMENT_VM_READ] = "SELECT row, " VM_COLUMNS " FROM vms WHERE uuid = ?1",
	[STATEMENT_VM_SHOW] = VM_SHOWN "WHERE uuid = ?1",
	[STATEMENT_VM_LIST] = VM_SHOWN "WHERE uuid > ?1 ORDER BY uuid LIMIT ?2",
	[STATEMENT_VM_LIST_STATUS] =
		VM_SHOWN "WHERE uuid > ?1 AND status = ?3 ORDER BY uuid LIMIT ?2",
	[STATEMENT_VM_SEARCH] =
		VM_SHOWN "WHERE uuid > ?1 AND (?3 = '' OR status = ?3) "
			 "AND (substr(uuid, 1, length(?4)) = ?4 OR instr(lower(hostname), ?4)) "
			 "ORDER BY uuid LIMIT ?2",
	/* An index has just these. */
	[STATEMENT_VM_LIST_DISKS] =
		VM_SHOWN "WHERE uuid > ?1 AND disks_failing > 0 AND (?3 = '' OR status = ?3) "
			 "AND (substr(uuid, 1, length(?4)) = ?4 OR instr(lower(hostname), ?4)) "
			 "ORDER BY uuid LIMIT ?2",
	[STATEMENT_VM_LIST_SILENT] =
		VM_SHOWN "WHERE uuid > ?1 AND silent_ms > 0 AND (?3 = '' OR status = ?3) "
			 "AND (substr(uuid, 1, length(?4)) = ?4 OR instr(lower(hostname), ?4)) "
			 "AND (NOT ?5 OR disks_failing > 0) ORDER BY uuid LIMIT ?2",
	[STATEMENT_VM_COUNT_SILENT] = "SELECT count(*) FROM vms WHERE silent_ms > 0",
	[STATEMENT_VM_CHECK] = "UPDATE vms SET check_ms = ?2 WHERE uuid = ?1",
	[STATEMENT_VM_DUE] = "SELECT uuid FROM vms WHERE check_ms > 0 AND check_ms <= ?1 LIMIT ?2",
	[STATEMENT_WATCH_READ] = "SELECT since_ms, ran_ms FROM watch",
	[STATEMENT_WATCH_WRITE] = "INSERT OR REPLACE INTO watch VALUES (1, ?1, ?2)",
	[STATEMENT_VM_COUNT_DISKS] =
		"SELECT count(*), total(disks_failing) FROM vms WHERE disks_failing > 0",
	[STATEMENT_VM_COUNT] = "SELECT status, continuity, count(*), min(seen_ms) FROM vms "
			       "GROUP BY status, continuity",
	[STATEMENT_VM_PASS] = "UPDATE vms SET tail = ?2, tail_hash = ?3 WHERE row = ?1",
	[STATEMENT_VM_UUID] = "SELECT uuid FROM vms WHERE row = ?1",
	[STATEMENT_VM_UUIDS] = "SELECT uuid FROM vms WHERE uuid > ?1 ORDER BY uuid LIMIT ?2",
	[STATEMENT_VM_PENDING] = "SELECT count(*), coalesce(sum(pending_bytes), 0) FROM vms "
				 "WHERE enrolment = 'pending'",
	/* Not the newest report: its number would be given again. */
	[STATEMENT_VM_FORGOTTEN] = "SELECT row, head FROM vms WHERE enrolment = 'pending' AND "
				   "seen_ms < ?1 AND head < (SELECT max(id) FROM reports) "
				   "ORDER BY seen_ms LIMIT ?2",
	[STATEMENT_VM_DELETE] = "DELETE FROM vms WHERE row = ?1",
	[STATEMENT_VM_LINKS] = "SELECT baseline, head, tail, keyframe FROM vms WHERE row = ?1",
	[STATEMENT_APPRAISAL_INSERT] =
		"INSERT INTO reports (vm, " APPRAISAL_COLUMNS ", id) VALUES (?1, ?2, ?3, "
		"?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
		"?17, ?18, ?19, ?20, ?21, ?22, ?24, ?25, "
		"(SELECT CASE WHEN max(?23, report + 1) > (SELECT coalesce(max(id), 0) FROM "
		"reports) THEN max(?23, report + 1) END FROM forgotten))",
	[STATEMENT_APPRAISAL_READ] = APPRAISAL "WHERE id = ?1",
	[STATEMENT_APPRAISAL_LIST] = APPRAISAL "WHERE id > ?1 ORDER BY id LIMIT ?2",
	[STATEMENT_APPRAISAL_CHUNK] =
		"SELECT id, vm, hash, prev, received_ms, keyframe FROM reports "
		"WHERE id > ?1 ORDER BY id LIMIT ?2",
	[STATEMENT_APPRAISAL_LAST] =
		"SELECT max(report, (SELECT coalesce(max(id), 0) FROM reports)) FROM forgotten",
	[STATEMENT_APPRAISAL_PREV] = "SELECT prev, prev_hash FROM reports WHERE id = ?1 AND vm = "
				     "(SELECT row FROM vms WHERE uuid = ?2)",
	[STATEMENT_APPRAISAL_OLDER] =
		"SELECT id FROM reports WHERE id < ?1 AND vm = (SELECT row FROM vms WHERE uuid = "
		"?2) ORDER BY id DESC LIMIT 1",
	[STATEMENT_APPRAISAL_OWNERS] = "SELECT id, prev, uuid, head, tail FROM reports LEFT JOIN "
				       "vms ON row = vm WHERE id > ?1 ORDER BY id LIMIT ?2",
	[STATEMENT_APPRAISAL_YOUNG] =
		"SELECT id FROM reports WHERE id > ?1 AND received_ms BETWEEN "
		"?2 AND ?3 ORDER BY id LIMIT 1",
	[STATEMENT_VM_TAILS] = "SELECT uuid, tail FROM vms WHERE tail > ?1 ORDER BY uuid LIMIT ?2",
	[STATEMENT_APPRAISAL_DELETE] = "DELETE FROM reports WHERE id = ?1",
	/* A VM's, from the newest on. */
	[STATEMENT_APPRAISAL_DROP] =
		"DELETE FROM reports WHERE id IN (WITH RECURSIVE chain (at) AS (SELECT ?1 UNION "
		"SELECT prev FROM reports JOIN chain ON id = at) SELECT at FROM chain)",
	/* Of VM ?2 alone, wherever its chain may lead. */
	[STATEMENT_APPRAISAL_FORGET] =
		"DELETE FROM reports WHERE vm = ?2 AND id IN (WITH RECURSIVE chain (at) AS (SELECT "
		"?1 UNION SELECT prev FROM reports JOIN chain ON id = at WHERE vm = ?2) SELECT at "
		"FROM chain)",
	/* Behind the tail are no more than former baselines, and other VMs' newest. */
	[STATEMENT_APPRAISAL_FORGET_OLD] = "DELETE FROM reports WHERE id <= ?1 AND vm = ?2",
	/* No index has them: for a chain that is damaged. */
	[STATEMENT_APPRAISAL_FORGET_ALL] = "DELETE FROM reports WHERE vm = ?1",
	/* Whether VM ?2's chain leads from report ?1 to ?3. */
	[STATEMENT_APPRAISAL_LEADS] =
		"WITH RECURSIVE chain (at) AS (SELECT ?1 UNION SELECT prev FROM reports JOIN chain "
		"ON id = at WHERE vm = ?2 AND at > ?3) SELECT count(*) FROM chain WHERE at = ?3",
	[STATEMENT_FORGOTTEN_SET] = "UPDATE forgotten SET report = max(report, ?1)",
	[STATEMENT_KEYFRAME_READ] = "SELECT key_len, key_bytes FROM keyframes WHERE key = ?1",
	[STATEMENT_KEYFRAME_INSERT] =
		"INSERT INTO keyframes (key_vm, key_uses, key_len, key_bytes) VALUES (?1, 0, ?2, "
		"?3)",
	[STATEMENT_KEYFRAME_CLOSE] = "UPDATE keyframes SET key_uses = key_uses + ?2 WHERE key = ?1",
	[STATEMENT_KEYFRAME_LEAVE] = "UPDATE keyframes SET key_uses = key_uses - 1 WHERE key = ?1",
	[STATEMENT_KEYFRAME_EXPIRE] =
		"DELETE FROM keyframes WHERE key = ?1 AND key_uses <= 0 AND key <> ?2",
	[STATEMENT_KEYFRAME_DROP] = "DELETE FROM keyframes WHERE key_vm = ?1",
	[STATEMENT_SPENT_INSERT] = "INSERT OR IGNORE INTO spent (expires_ms, id) VALUES (?1, ?2)",
	[STATEMENT_SPENT_EXPIRE] =
		"DELETE FROM spent WHERE (expires_ms, id) IN (SELECT expires_ms, id FROM spent "
		"WHERE expires_ms < min(?1, (SELECT max(expires_ms) FROM spent) - ?3) "
		"ORDER BY expires_ms LIMIT ?2)",
	[STATEMENT_SPENT_LAST] = "SELECT max(expires_ms) FROM spent",
	[STATEMENT_SHARED_KEY_READ] = "SELECT key FROM shared_key",
	[STATEMENT_SHARED_KEY_KEEP] = "INSERT INTO shared_key VALUES (1, ?1)",
	[STATEMENT_LOG_FIND] = "SELECT 1 FROM event_logs WHERE sha256 = ?1",
	[STATEMENT_LOG_READ] = "SELECT sha256, bytes FROM event_logs WHERE sha256 = ?1",
	[STATEMENT_LOG_LIST] = "SELECT sha256, bytes FROM event_logs WHERE sha256 > ?1 "
			       "AND substr(sha256, 1, 32) > ?1 ORDER BY sha256 LIMIT ?2",
	[STATEMENT_LOG_INSERT] = "INSERT OR IGNORE INTO event_logs (sha256, bytes) VALUES (?1, ?2)",
	[STATEMENT_LOG_USE] =
		"INSERT INTO event_log_uses (vm, sha256, first, last) VALUES (?1, ?2, ?3, ?3) "
		"ON CONFLICT (vm, sha256) DO UPDATE SET last = excluded.last",
	[STATEMENT_LOG_CLOSE] = "UPDATE event_log_uses SET last = ?3 WHERE vm = ?1 AND sha256 = ?2",
	[STATEMENT_LOG_EXPIRE] =
		"DELETE FROM event_logs WHERE sha256 IN " LOGS_LEFT " AND NOT EXISTS (SELECT 1 "
		"FROM event_log_uses AS other WHERE other.sha256 = event_logs.sha256 AND "
		"other.vm <> ?1)",
	[STATEMENT_LOG_LEAVE] = "DELETE FROM event_log_uses WHERE vm = ?1 AND sha256 IN " LOGS_LEFT,
	[STATEMENT_LOG_FORGET] =
		"DELETE FROM event_logs WHERE sha256 IN (SELECT sha256 FROM event_log_uses WHERE "
		"vm = ?1) AND NOT EXISTS (SELECT 1 FROM event_log_uses AS other WHERE "
		"other.sha256 = event_logs.sha256 AND other.vm <> ?1)",
	[STATEMENT_LOG_FORGET_USES] = "DELETE FROM event_log_uses WHERE vm = ?1",
	[STATEMENT_CLAIM_INSERT] =
		"INSERT INTO claims (id, vm, " CLAIM_COLUMNS
		") VALUES (nullif(?1, 0), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
	[STATEMENT_CLAIM_REMOVE] = "DELETE FROM claims WHERE id = ?1",
	/* The newest keeps its place: it is what an operator who waits must see. */
	[STATEMENT_CLAIM_CROWDED] =
		"DELETE FROM claims WHERE id = (SELECT id FROM claims WHERE vm = ?1 "
		"ORDER BY id DESC LIMIT 1 OFFSET 1) "
		"AND (SELECT count(*) FROM claims WHERE vm = ?1) > ?2",
	[STATEMENT_CLAIM_DROP] = "DELETE FROM claims WHERE vm = ?1",
	[STATEMENT_CLAIM_LIST] = "SELECT id, ?1, " CLAIM_COLUMNS ", " CLAIM_OWNER
				 " FROM claims WHERE vm = (SELECT row FROM vms "
				 "WHERE uuid = ?1) ORDER BY id DESC",
	[STATEMENT_CLAIM_LIST_NEW] =
		"SELECT id, (SELECT uuid FROM vms WHERE row = claims.vm), " CLAIM_COLUMNS
		", " CLAIM_OWNER " FROM claims WHERE id > ?1 ORDER BY id LIMIT ?2",
	[STATEMENT_CLAIM_EXPIRE] = "DELETE FROM claims WHERE id IN (SELECT id FROM claims WHERE "
				   "received_ms < ?1 ORDER BY id LIMIT ?2)",
	[STATEMENT_CLAIM_LAST] = "SELECT seq FROM sqlite_sequence WHERE name = 'claims'",
	[STATEMENT_TOKEN_INSERT] = "INSERT INTO tokens (" TOKEN_COLUMNS ") VALUES (?1, ?2, ?3, ?4)",
	[STATEMENT_TOKEN_DROP] = "DELETE FROM tokens WHERE id = ?1",
	[STATEMENT_TOKEN_FORGET] = "DELETE FROM tokens WHERE uuid = ?1",
	[STATEMENT_TOKEN_FIND] = "SELECT id, " TOKEN_COLUMNS " FROM tokens WHERE digest = ?1",
	[STATEMENT_TOKEN_LIST] =
		"SELECT id, " TOKEN_COLUMNS " FROM tokens WHERE id > ?1 ORDER BY id LIMIT ?2",
	[STATEMENT_TOKEN_LIST_VM] = "SELECT id, " TOKEN_COLUMNS " FROM tokens WHERE id > ?1 "
				    "AND uuid = ?3 ORDER BY id LIMIT ?2",
	[STATEMENT_RESULT_KEY_INSERT] =
		"INSERT INTO result_keys (" RESULT_KEY_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[STATEMENT_RESULT_KEY_RETIRE] = "UPDATE result_keys SET until_ms = ?1, secret = x'' "
					"WHERE until_ms = 0 OR until_ms > ?1",
	[STATEMENT_RESULT_KEY_LIST] = "SELECT " RESULT_KEY_COLUMNS
				      " FROM result_keys ORDER BY made_ms DESC, kid LIMIT ?1",
	[STATEMENT_AUDIT_INSERT] = "INSERT INTO audit (" AUDIT_COLUMNS
				   ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	[STATEMENT_AUDIT_LIST] =
		"SELECT " AUDIT_COLUMNS " FROM audit WHERE id > ?1 ORDER BY id LIMIT ?2",
	[STATEMENT_AUDIT_RECORD] = "SELECT " AUDIT_COLUMNS " FROM audit WHERE uuid = ?1 AND "
				   "revision > 0 AND revision < ?2 ORDER BY revision DESC LIMIT 1",
	[STATEMENT_AUDIT_REVISION] =
		"SELECT coalesce(max(revision), 0) FROM audit WHERE uuid = ?1 AND revision > 0",
	[STATEMENT_AUDIT_LAPSED] =
		"SELECT count(*) FROM (SELECT actor FROM audit WHERE uuid = ?1 AND revision > 0 "
		"AND action = '" STORE_FORGOTTEN_ACTION "' ORDER BY revision DESC LIMIT 1) "
		"WHERE actor = '" STORE_FORGOTTEN_IN_SILENCE "'",
	[STATEMENT_AUDIT_HEAD] = "SELECT id, hash FROM audit_head",
	[STATEMENT_AUDIT_HEAD_SET] = "UPDATE audit_head SET id = ?1, hash = ?2",
	[STATEMENT_KEY_OWNER] = "SELECT vm FROM keys WHERE key = ?1",
	[STATEMENT_KEY_STRAY] =
		"SELECT key, uuid FROM keys LEFT JOIN vms ON row = vm WHERE uuid IS NULL OR "
		"(ak_name <> key AND NOT instr(eks, key)) LIMIT ?1",
	[STATEMENT_KEY_TAKE] = "INSERT OR REPLACE INTO keys (vm, key) VALUES (?1, ?2)",
	[STATEMENT_KEY_LEAVE] = "DELETE FROM keys WHERE vm = ?1 AND key = ?2",
	[STATEMENT_VACUUM] = "PRAGMA incremental_vacuum(1024)",
};

struct sqlite_run sqlite_run_start(
	struct sqlite_connection *connection, enum sqlite_statement statement)
{
	struct sqlite_run run = {.connection = connection};
	sqlite3_stmt **prepared = &connection->statements[statement];

	if (!*prepared)
		run.code = sqlite3_prepare_v3(connection->db, texts[statement], -1,
			SQLITE_PREPARE_PERSISTENT, prepared, NULL);
	run.statement = *prepared;
	return run;
}

static void keep_first(struct sqlite_run *run, int code)
{
	if (!run->code)
		run->code = code;
}

void sqlite_bind_number(struct sqlite_run *run, uint64_t value)
{
	if (!run->code)
		keep_first(
			run, sqlite3_bind_int64(run->statement, ++run->at, (sqlite3_int64)value));
}

void sqlite_bind_text(struct sqlite_run *run, const char *text)
{
	if (!run->code)
		keep_first(
			run, sqlite3_bind_text(run->statement, ++run->at, text, -1, SQLITE_STATIC));
}

void sqlite_bind_bytes(struct sqlite_run *run, const void *bytes, size_t len)
{
	/* A null pointer would be bound as NULL. */
	if (!run->code)
		keep_first(run, sqlite3_bind_blob64(run->statement, ++run->at, len ? bytes : "",
					len, SQLITE_STATIC));
}

void sqlite_bind_copy(struct sqlite_run *run, const void *bytes, size_t len)
{
	if (!run->code)
		keep_first(run, sqlite3_bind_blob64(
					run->statement, ++run->at, bytes, len, SQLITE_TRANSIENT));
}

void sqlite_bind_link(struct sqlite_run *run, const struct store_link *link)
{
	sqlite_bind_number(run, link->id);
	sqlite_bind_bytes(run, link->hash, sizeof(link->hash));
}

bool sqlite_run_step(struct sqlite_run *run)
{
	int code = run->code ? run->code : sqlite3_step(run->statement);

	run->at = 0;
	if (code == SQLITE_ROW)
		return true;
	keep_first(run, code == SQLITE_DONE ? SQLITE_OK : code);
	return false;
}

int sqlite_run_end(struct sqlite_run *run, struct error *err)
{
	/* Read the error first: a reset sets it again, and clearing the bindings deletes it. */
	int rc = run->code ? sqlite_error(run->connection, err) : 0;

	if (run->statement) {
		sqlite3_reset(run->statement);
		sqlite3_clear_bindings(run->statement);
	}
	return rc;
}

int sqlite_run_end_after(struct sqlite_run *run, int rc, struct error *err)
{
	struct error ignored;

	if (!rc)
		return sqlite_run_end(run, err);
	sqlite_run_end(run, &ignored);
	return rc;
}

int sqlite_run_finish(struct sqlite_run *run, struct error *err)
{
	while (sqlite_run_step(run))
		;
	return sqlite_run_end(run, err);
}

int sqlite_run_simple(
	struct sqlite_connection *connection, enum sqlite_statement statement, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, statement);

	return sqlite_run_finish(&run, err);
}

int sqlite_run_number(
	struct sqlite_connection *connection, const char *sql, int *ret_value, struct error *err)
{
	sqlite3_stmt *statement = NULL;
	int rc = sqlite3_prepare_v2(connection->db, sql, -1, &statement, NULL);

	if (rc || sqlite3_step(statement) != SQLITE_ROW)
		rc = sqlite_error(connection, err);
	else
		*ret_value = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return rc;
}

uint64_t sqlite_column_number(struct sqlite_run *run)
{
	return (uint64_t)sqlite3_column_int64(run->statement, run->at++);
}

const char *sqlite_column_word(struct sqlite_run *run)
{
	const char *text = (const char *)sqlite3_column_text(run->statement, run->at++);

	return text ? text : "";
}

int sqlite_column_text(struct sqlite_run *run, char *ret_text, size_t size, struct error *err)
{
	const char *text = sqlite_column_word(run);

	if (strlen(text) >= size)
		return error_set(
			err, ERROR_MALFORMED, "%s has too long a text", run->connection->path);
	snprintf(ret_text, size, "%s", text);
	return 0;
}

struct crypto_bytes sqlite_column_bytes(struct sqlite_run *run)
{
	const void *bytes = sqlite3_column_blob(run->statement, run->at);
	struct crypto_bytes column = {bytes, (size_t)sqlite3_column_bytes(run->statement, run->at)};

	run->at++;
	return column;
}

int sqlite_column_link(struct sqlite_run *run, struct store_link *ret_link, struct error *err)
{
	uint64_t id = sqlite_column_number(run);
	struct crypto_bytes hash = sqlite_column_bytes(run);

	if (hash.len != STORE_HASH_SIZE)
		return error_set(err, ERROR_MALFORMED, "%s has a hash of a wrong size",
			run->connection->path);
	ret_link->id = id;
	memcpy(ret_link->hash, hash.bytes, STORE_HASH_SIZE);
	return 0;
}

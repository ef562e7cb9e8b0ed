/* SPDX-License-Identifier: BSD-2-Clause */
/* Every statement of the store. In their texts @columns, @values and @changes stand for those of a
 * record, whose parameters begin with number `first`. */
#include "collector/store/postgresql/statements.h"

#include <string.h>

#define SENDER "sender_role, sender_name, sender_address"
/* A record as it is shown: with who sent its newest report, where there is one. */
#define VM_SHOWN                                                                                   \
	"SELECT row, @columns, coalesce(sender_role, ''), coalesce(sender_name, ''), "             \
	"coalesce(sender_address, '') FROM vtpm.vms LEFT JOIN (SELECT id, " SENDER                 \
	" FROM vtpm.reports) AS sent ON id = head "
#define SEARCHED                                                                                   \
	"($3 = '' OR status = $3) AND (starts_with(uuid, $4) OR strpos(lower(hostname), $4) > 0) " \
	"ORDER BY uuid LIMIT $2"
#define REPORT                                                                                     \
	"SELECT id, coalesce((SELECT uuid FROM vtpm.vms WHERE row = vm), ''), @columns, "          \
	"coalesce(key_len, 0), coalesce(key_bytes, '') FROM vtpm.reports LEFT JOIN "               \
	"vtpm.keyframes ON key = keyframe "
/* Another VM that has one of a claim's keys by now. */
#define CLAIM_OWNER                                                                                \
	"coalesce((SELECT min(uuid) FROM vtpm.keys JOIN vtpm.vms ON row = keys.vm "                \
	"WHERE key IN (claims.ek, claims.ak_name) AND keys.vm <> claims.vm), '')"

/* What no report of VM $1 names any more: retention is past the last one, which is not the newest,
 * and the baseline, which stays, is none of them. */
#define LOGS_LEFT                                                                                  \
	"(SELECT sha256 FROM vtpm.event_log_uses JOIN vtpm.vms ON row = vm WHERE vm = $1 AND "     \
	"last <= tail AND sha256 <> event_log AND baseline NOT BETWEEN first AND last)"

static const struct {
	const char *text;
	const struct pg_record *record;
	int first;
} statements[PG_STATEMENT_COUNT] = {
	/* What locks make safe: whoever has the heads' sees all that was committed before. */
	[PG_BEGIN] = {.text = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"},
	[PG_COMMIT] = {.text = "COMMIT"},
	[PG_ROLLBACK] = {.text = "ROLLBACK"},
	/* Whoever changes the schema has the table to himself: so the version is that of all that
	 * this transaction sees. */
	[PG_HEADS_LOCK] = {.text = "SELECT (SELECT version FROM vtpm.schema), vms, reports, "
				   "claims, tokens, audit, audit_hash FROM vtpm.heads FOR UPDATE"},
	[PG_HEADS_SET] =
		{.text = "UPDATE vtpm.heads SET vms = $1, reports = $2, claims = $3, tokens = $4, "
			 "audit = $5, audit_hash = $6"},
	[PG_INSTANCE_SET] =
		{.text = "INSERT INTO vtpm.instances (id, commits, seen_ms) VALUES ($1, $2, $3) "
			 "ON CONFLICT (id) DO UPDATE SET commits = excluded.commits, "
			 "seen_ms = excluded.seen_ms"},
	[PG_INSTANCE_READ] = {.text = "SELECT commits FROM vtpm.instances WHERE id = $1"},
	[PG_VM_INSERT] = {"INSERT INTO vtpm.vms (row, @columns) VALUES ($1, @values)",
		&pg_record_vm, 2},
	[PG_VM_UPDATE] = {"UPDATE vtpm.vms SET @changes WHERE row = $1", &pg_record_vm, 2},
	/* With whether the log is kept that a report names, and, if $3, what the report is packed
	 * with: so it waits for two answers less. */
	[PG_VM_LOCK] = {"SELECT row, @columns, (SELECT count(*) FROM vtpm.event_logs WHERE "
			"sha256 = $2), coalesce(key_len, 0), "
			"coalesce(CASE WHEN $3::bigint > 0 THEN key_bytes END, '') FROM vtpm.vms "
			"LEFT JOIN vtpm.keyframes ON key = keyframe WHERE uuid = $1 "
			"FOR UPDATE OF vms",
		&pg_record_vm, 0},
	[PG_VM_READ] = {"SELECT row, @columns FROM vtpm.vms WHERE uuid = $1", &pg_record_vm, 0},
	[PG_VM_SHOW] = {VM_SHOWN "WHERE uuid = $1", &pg_record_vm, 0},
	[PG_VM_LIST] = {VM_SHOWN "WHERE uuid > $1 ORDER BY uuid LIMIT $2", &pg_record_vm, 0},
	[PG_VM_LIST_STATUS] = {VM_SHOWN "WHERE uuid > $1 AND status = $3 ORDER BY uuid LIMIT $2",
		&pg_record_vm, 0},
	[PG_VM_SEARCH] = {VM_SHOWN "WHERE uuid > $1 AND " SEARCHED, &pg_record_vm, 0},
	/* An index has just these. */
	[PG_VM_LIST_DISKS] = {VM_SHOWN "WHERE uuid > $1 AND disks_failing > 0 AND " SEARCHED,
		&pg_record_vm, 0},
	[PG_VM_COUNT_DISKS] = {.text = "SELECT count(*), coalesce(sum(disks_failing), 0)::bigint "
				       "FROM vtpm.vms WHERE disks_failing > 0"},
	[PG_VM_LIST_SILENT] = {VM_SHOWN "WHERE uuid > $1 AND silent_ms > 0 AND "
					"($5 = 0 OR disks_failing > 0) AND " SEARCHED,
		&pg_record_vm, 0},
	[PG_VM_COUNT_SILENT] = {.text = "SELECT count(*) FROM vtpm.vms WHERE silent_ms > 0"},
	[PG_VM_DUE] = {.text = "SELECT uuid FROM vtpm.vms WHERE check_ms > 0 AND check_ms <= $1 "
			       "LIMIT $2"},
	[PG_WATCH_READ] = {.text = "SELECT since_ms, ran_ms FROM vtpm.watch"},
	[PG_WATCH_WRITE] = {.text = "INSERT INTO vtpm.watch (one, since_ms, ran_ms) VALUES (1, $1, "
				    "$2) ON CONFLICT "
				    "(one) DO UPDATE SET since_ms = excluded.since_ms, ran_ms = "
				    "excluded.ran_ms"},
	[PG_VM_COUNT] = {.text = "SELECT status, continuity, count(*), min(seen_ms) FROM vtpm.vms "
				 "GROUP BY status, continuity"},
	[PG_VM_PASS] = {.text = "UPDATE vtpm.vms SET tail = $2, tail_hash = $3 WHERE row = $1"},
	[PG_VM_UUIDS] =
		{.text = "SELECT uuid FROM vtpm.vms WHERE uuid > $1 ORDER BY uuid LIMIT $2"},
	[PG_VM_PENDING] =
		{.text = "SELECT count(*), coalesce(sum(pending_bytes), 0)::bigint FROM vtpm.vms "
			 "WHERE enrolment = 'pending'"},
	/* Not the newest report: the highest number would go back. */
	[PG_VM_FORGOTTEN] =
		{.text = "SELECT row, head FROM vtpm.vms WHERE enrolment = 'pending' AND "
			 "seen_ms < $1 AND head < (SELECT max(id) FROM vtpm.reports) "
			 "ORDER BY seen_ms LIMIT $2"},
	[PG_VM_DELETE] = {.text = "WITH keys AS (DELETE FROM vtpm.keyframes WHERE key_vm = $1) "
				  "DELETE FROM vtpm.vms WHERE row = $1"},
	[PG_VM_LINKS] = {.text = "SELECT baseline, head, tail, keyframe FROM vtpm.vms "
				 "WHERE row = $1"},
	[PG_VM_TAILS] =
		{.text = "SELECT uuid, tail FROM vtpm.vms WHERE tail > $1 ORDER BY uuid LIMIT $2"},
	[PG_APPRAISAL_INSERT] = {"INSERT INTO vtpm.reports (id, vm, @columns) "
				 "VALUES ($1, $2, @values)",
		&pg_record_appraisal, 3},
	[PG_APPRAISAL_READ] = {REPORT "WHERE id = $1", &pg_record_appraisal, 0},
	[PG_APPRAISAL_LIST] = {REPORT "WHERE id > $1 ORDER BY id LIMIT $2", &pg_record_appraisal,
		0},
	[PG_APPRAISAL_CHUNK] = {.text = "SELECT id, vm, hash, prev, received_ms, keyframe "
					"FROM vtpm.reports WHERE id > $1 ORDER BY id LIMIT $2"},
	/* Also where the newest is forgotten. */
	[PG_APPRAISAL_LAST] = {.text = "SELECT reports FROM vtpm.heads"},
	[PG_APPRAISAL_PREV] =
		{.text = "SELECT prev, prev_hash FROM vtpm.reports WHERE id = $1 AND vm = "
			 "(SELECT row FROM vtpm.vms WHERE uuid = $2)"},
	[PG_APPRAISAL_OLDER] = {.text = "SELECT id FROM vtpm.reports WHERE id < $1 AND vm = "
					"(SELECT row FROM vtpm.vms WHERE uuid = $2) "
					"ORDER BY id DESC LIMIT 1"},
	[PG_APPRAISAL_OWNERS] = {.text = "SELECT id, prev, coalesce(uuid, ''), coalesce(head, 0), "
					 "coalesce(tail, 0) FROM vtpm.reports LEFT JOIN vtpm.vms "
					 "ON row = vm WHERE id > $1 ORDER BY id LIMIT $2"},
	[PG_APPRAISAL_YOUNG] = {.text = "SELECT id FROM vtpm.reports WHERE id > $1 AND received_ms "
					"BETWEEN $2 AND $3 ORDER BY id LIMIT 1"},
	[PG_APPRAISAL_DELETE] = {.text = "DELETE FROM vtpm.reports WHERE id = $1"},
	/* A VM's, from the newest on. */
	[PG_APPRAISAL_DROP] =
		{.text = "DELETE FROM vtpm.reports WHERE id IN (WITH RECURSIVE chain (at) AS "
			 "(SELECT $1 UNION SELECT prev FROM vtpm.reports JOIN chain "
			 "ON id = at) SELECT at FROM chain)"},
	/* Of VM $2 alone, wherever its chain may lead. */
	[PG_APPRAISAL_FORGET] =
		{.text = "DELETE FROM vtpm.reports WHERE vm = $2 AND id IN (WITH RECURSIVE "
			 "chain (at) AS (SELECT $1 UNION SELECT prev FROM vtpm.reports JOIN chain "
			 "ON id = at WHERE vm = $2) SELECT at FROM chain)"},
	/* Behind the tail are no more than former baselines, and other VMs' newest. */
	[PG_APPRAISAL_FORGET_OLD] = {.text = "DELETE FROM vtpm.reports WHERE id <= $1 AND vm = $2"},
	/* No index has them: for a chain that is damaged. */
	[PG_APPRAISAL_FORGET_ALL] = {.text = "DELETE FROM vtpm.reports WHERE vm = $1"},
	/* Whether VM $2's chain leads from report $1 to $3. */
	[PG_APPRAISAL_LEADS] =
		{.text = "WITH RECURSIVE chain (at) AS (SELECT $1::bigint UNION SELECT prev FROM "
			 "vtpm.reports JOIN chain ON id = at WHERE vm = $2 AND at > $3) SELECT "
			 "count(*) FROM chain WHERE at = $3"},
	[PG_KEYFRAME_READ] = {.text = "SELECT key_len, key_bytes FROM vtpm.keyframes "
				      "WHERE key = $1"},
	[PG_KEYFRAME_INSERT] =
		{.text = "INSERT INTO vtpm.keyframes (key, key_vm, key_uses, key_len, key_bytes) "
			 "VALUES ($1, $2, 0, $3, $4)"},
	[PG_KEYFRAME_CLOSE] =
		{.text = "UPDATE vtpm.keyframes SET key_uses = key_uses + $2 WHERE key = $1"},
	[PG_KEYFRAME_LEAVE] =
		{.text = "UPDATE vtpm.keyframes SET key_uses = key_uses - 1 WHERE key = $1"},
	[PG_KEYFRAME_EXPIRE] =
		{.text = "DELETE FROM vtpm.keyframes WHERE key = $1 AND key_uses <= 0 AND key <> "
			 "$2"},
	[PG_KEYFRAME_DROP] = {.text = "DELETE FROM vtpm.keyframes WHERE key_vm = $1"},
	[PG_SPENT_INSERT] = {.text = "INSERT INTO vtpm.spent (expires_ms, id) VALUES ($1, $2) "
				     "ON CONFLICT DO NOTHING"},
	[PG_SPENT_EXPIRE] =
		{.text = "DELETE FROM vtpm.spent WHERE (expires_ms, id) IN (SELECT expires_ms, "
			 "id FROM vtpm.spent WHERE expires_ms < least($1, (SELECT "
			 "max(expires_ms) FROM vtpm.spent) - $3) ORDER BY expires_ms "
			 "LIMIT $2)"},
	[PG_SPENT_LAST] = {.text = "SELECT coalesce(max(expires_ms), 0) FROM vtpm.spent"},
	[PG_SHARED_KEY_READ] = {.text = "SELECT key FROM vtpm.shared_key"},
	[PG_SHARED_KEY_KEEP] = {.text = "INSERT INTO vtpm.shared_key (one, key) VALUES (1, $1)"},
	[PG_LOG_FIND] = {.text = "SELECT 1::bigint FROM vtpm.event_logs WHERE sha256 = $1"},
	[PG_LOG_READ] = {.text = "SELECT sha256, bytes FROM vtpm.event_logs WHERE sha256 = $1"},
	[PG_LOG_LIST] = {.text = "SELECT sha256, bytes FROM vtpm.event_logs WHERE sha256 > $1 "
				 "AND substr(sha256, 1, 32) > $1 ORDER BY sha256 LIMIT $2"},
	[PG_LOG_INSERT] = {.text = "INSERT INTO vtpm.event_logs (sha256, bytes) VALUES ($1, $2) "
				   "ON CONFLICT DO NOTHING"},
	[PG_LOG_USE] = {.text = "INSERT INTO vtpm.event_log_uses (vm, sha256, first, last) "
				"VALUES ($1, $2, $3, $3) ON CONFLICT (vm, sha256) DO UPDATE SET "
				"last = excluded.last"},
	[PG_LOG_CLOSE] = {.text = "UPDATE vtpm.event_log_uses SET last = $3 WHERE vm = $1 AND "
				  "sha256 = $2"},
	[PG_LOG_EXPIRE] =
		{.text = "DELETE FROM vtpm.event_logs WHERE sha256 IN " LOGS_LEFT
			 " AND NOT EXISTS (SELECT FROM vtpm.event_log_uses AS other WHERE "
			 "other.sha256 = event_logs.sha256 AND other.vm <> $1)"},
	[PG_LOG_LEAVE] =
		{.text = "DELETE FROM vtpm.event_log_uses WHERE vm = $1 AND sha256 IN " LOGS_LEFT},
	[PG_LOG_FORGET] =
		{.text = "DELETE FROM vtpm.event_logs WHERE sha256 IN (SELECT sha256 FROM "
			 "vtpm.event_log_uses WHERE vm = $1) AND NOT EXISTS (SELECT FROM "
			 "vtpm.event_log_uses AS other WHERE other.sha256 = event_logs.sha256 AND "
			 "other.vm <> $1)"},
	[PG_LOG_FORGET_USES] = {.text = "DELETE FROM vtpm.event_log_uses WHERE vm = $1"},
	[PG_CLAIM_INSERT] = {"INSERT INTO vtpm.claims (id, vm, @columns) VALUES ($1, $2, @values)",
		&pg_record_claim, 3},
	[PG_CLAIM_REMOVE] = {.text = "DELETE FROM vtpm.claims WHERE id = $1"},
	/* The newest keeps its place: it is what an operator who waits must see. */
	[PG_CLAIM_CROWDED] =
		{.text = "DELETE FROM vtpm.claims WHERE id = (SELECT id FROM vtpm.claims "
			 "WHERE vm = $1 ORDER BY id DESC LIMIT 1 OFFSET 1) AND "
			 "(SELECT count(*) FROM vtpm.claims WHERE vm = $1) > $2"},
	[PG_CLAIM_DROP] = {.text = "DELETE FROM vtpm.claims WHERE vm = $1"},
	[PG_CLAIM_LIST] = {"SELECT id, $1, @columns, " CLAIM_OWNER " FROM vtpm.claims WHERE vm = "
			   "(SELECT row FROM vtpm.vms WHERE uuid = $1) ORDER BY id DESC",
		&pg_record_claim, 0},
	[PG_CLAIM_LIST_NEW] =
		{"SELECT id, coalesce((SELECT uuid FROM vtpm.vms WHERE row = claims.vm), "
		 "''), @columns, " CLAIM_OWNER
		 " FROM vtpm.claims WHERE id > $1 ORDER BY id LIMIT $2",
			&pg_record_claim, 0},
	[PG_CLAIM_EXPIRE] =
		{.text = "DELETE FROM vtpm.claims WHERE id IN (SELECT id FROM vtpm.claims "
			 "WHERE received_ms < $1 ORDER BY id LIMIT $2)"},
	[PG_CLAIM_LAST] = {.text = "SELECT claims FROM vtpm.heads"},
	[PG_TOKEN_INSERT] = {"INSERT INTO vtpm.tokens (id, @columns) VALUES ($1, @values)",
		&pg_record_token, 2},
	[PG_TOKEN_DROP] = {.text = "DELETE FROM vtpm.tokens WHERE id = $1"},
	[PG_TOKEN_FORGET] = {.text = "DELETE FROM vtpm.tokens WHERE uuid = $1"},
	[PG_TOKEN_FIND] = {"SELECT id, @columns FROM vtpm.tokens WHERE digest = $1",
		&pg_record_token, 0},
	[PG_TOKEN_LIST] = {"SELECT id, @columns FROM vtpm.tokens WHERE id > $1 ORDER BY id "
			   "LIMIT $2",
		&pg_record_token, 0},
	[PG_TOKEN_LIST_VM] = {"SELECT id, @columns FROM vtpm.tokens WHERE id > $1 AND uuid = $3 "
			      "ORDER BY id LIMIT $2",
		&pg_record_token, 0},
	[PG_RESULT_KEY_INSERT] = {"INSERT INTO vtpm.result_keys (@columns) VALUES (@values)",
		&pg_record_result_key, 1},
	[PG_RESULT_KEY_RETIRE] = {.text = "UPDATE vtpm.result_keys SET until_ms = $1, secret = '' "
					  "WHERE until_ms = 0 OR until_ms > $1"},
	[PG_RESULT_KEY_LIST] = {"SELECT @columns FROM vtpm.result_keys ORDER BY made_ms DESC, kid "
				"LIMIT $1",
		&pg_record_result_key, 0},
	[PG_AUDIT_INSERT] = {"INSERT INTO vtpm.audit (@columns) VALUES (@values)", &pg_record_audit,
		1},
	[PG_AUDIT_LIST] = {"SELECT @columns FROM vtpm.audit WHERE id > $1 ORDER BY id LIMIT $2",
		&pg_record_audit, 0},
	[PG_AUDIT_RECORD] = {"SELECT @columns FROM vtpm.audit WHERE uuid = $1 AND revision > 0 AND "
			     "revision < $2 ORDER BY revision DESC LIMIT 1",
		&pg_record_audit, 0},
	[PG_AUDIT_REVISION] = {.text = "SELECT coalesce(max(revision), 0) FROM vtpm.audit WHERE "
				       "uuid = $1 AND revision > 0"},
	[PG_AUDIT_LAPSED] =
		{.text = "SELECT count(*) FROM (SELECT actor FROM vtpm.audit WHERE uuid = $1 AND "
			 "revision > 0 AND action = '" STORE_FORGOTTEN_ACTION
			 "' ORDER BY revision DESC LIMIT 1) AS newest WHERE actor = "
			 "'" STORE_FORGOTTEN_IN_SILENCE "'"},
	[PG_AUDIT_HEAD] = {.text = "SELECT audit, audit_hash FROM vtpm.heads"},
	[PG_KEY_OWNER] = {.text = "SELECT coalesce(uuid, '') FROM vtpm.keys LEFT JOIN vtpm.vms "
				  "ON row = vm WHERE key = $1"},
	/* Of two keys the first counts. */
	[PG_KEY_OTHER] = {.text = "SELECT coalesce(uuid, '') FROM vtpm.keys LEFT JOIN vtpm.vms "
				  "ON row = vm WHERE key IN ($2, $3) AND vm <> $1 "
				  "ORDER BY key <> $2 LIMIT 1"},
	[PG_KEY_STRAY] =
		{.text = "SELECT key, coalesce(uuid, '') FROM vtpm.keys LEFT JOIN vtpm.vms "
			 "ON row = vm WHERE uuid IS NULL OR (ak_name <> key AND "
			 "position(key IN eks) = 0) LIMIT $1"},
	[PG_KEY_TAKE] =
		{.text = "INSERT INTO vtpm.keys (vm, key) VALUES ($1, $2) ON CONFLICT (key) "
			 "DO UPDATE SET vm = excluded.vm"},
	[PG_KEY_LEAVE] = {.text = "DELETE FROM vtpm.keys WHERE vm = $1 AND key = $2"},
	/* Taken once more, it would have to be given back once more. */
	[PG_DUTY] = {.text = "SELECT CASE WHEN EXISTS (SELECT FROM pg_locks WHERE " PG_DUTY_LOCK
			     " AND pid = pg_backend_pid()) OR "
			     "pg_try_advisory_lock(1987342445, 2) THEN 1 ELSE 0 END::bigint"},
	[PG_DOCUMENT_READ] = {.text = "SELECT value FROM vtpm.documents WHERE name = $1"},
	[PG_DOCUMENT_KEEP] = {.text = "INSERT INTO vtpm.documents (name, value) VALUES ($1, $2) "
				      "ON CONFLICT (name) DO UPDATE SET value = excluded.value"},
	/* A file never shrinks, but what VACUUM found free in it is written to again. Of a row, in
	 * a table or in its TOAST table, four fit on a page: so that many more rows have room at
	 * least, whatever the statistics know of their sizes. A row that is deleted and not yet
	 * vacuumed counts; so does room that a table's fillfactor keeps for its updates. */
	[PG_SIZE] = {.text = "SELECT pg_database_size(current_database()) - "
			     "(current_setting('block_size')::bigint * (SELECT "
			     "coalesce(sum(greatest(relpages - (greatest(reltuples, "
			     "pg_stat_get_live_tuples(part.oid)) + "
			     "pg_stat_get_dead_tuples(part.oid)) / 4, 0)), 0) "
			     "FROM pg_class AS part WHERE oid IN (SELECT "
			     "unnest(ARRAY[oid, reltoastrelid]) FROM pg_class WHERE relkind = 'r' "
			     "AND relnamespace = 'vtpm'::regnamespace AND "
			     "coalesce(array_to_string(reloptions, ','), '') NOT LIKE "
			     "'%fillfactor%')))::bigint"},
};

static const char *const listings[] = {
	[PG_COLUMNS] = "@columns",
	[PG_VALUES] = "@values",
	[PG_CHANGES] = "@changes",
};

/* What `text` begins with; PG_CHANGES + 1 for nothing of these. */
static unsigned find_listing(const char *text)
{
	unsigned i = PG_COLUMNS;

	while (i <= PG_CHANGES && strncmp(text, listings[i], strlen(listings[i])) != 0)
		i++;
	return i;
}

void pg_statement_text(enum pg_statement statement, struct buf *to)
{
	const char *text = statements[statement].text;

	while (*text) {
		size_t plain = strcspn(text, "@");
		unsigned listing;

		buf_append(to, text, plain);
		text += plain;
		listing = find_listing(text);
		if (!*text || listing > PG_CHANGES)
			break;
		pg_record_list(statements[statement].record, (enum pg_listing)listing,
			statements[statement].first, to);
		text += strlen(listings[listing]);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the store in PostgreSQL. */
#ifndef COLLECTOR_STORE_POSTGRESQL_PRIVATE_H
#define COLLECTOR_STORE_POSTGRESQL_PRIVATE_H

#include <libpq-fe.h>
#include <pthread.h>

#include "collector/store/pack/pack.h"
#include "collector/store/store_lines.h"
#include "collector/store/store_private.h"

#define PG_PARAMETERS    44
/* How many marks of an unfinished copy there are. */
#define PG_COPYING       "SELECT count(to_regclass('vtpm.copying'))"
#define PG_INSTANCE_SIZE 16
/* Which of pg_locks the duty of pg_has_duty() is. */
#define PG_DUTY_LOCK     "locktype = 'advisory' AND classid = 1987342445 AND objid = 2"

enum pg_statement {
	PG_BEGIN,
	PG_COMMIT,
	PG_ROLLBACK,
	PG_HEADS_LOCK,
	PG_HEADS_SET,
	PG_INSTANCE_SET,
	PG_INSTANCE_READ,
	PG_VM_INSERT,
	PG_VM_UPDATE,
	PG_VM_LOCK,
	PG_VM_READ,
	PG_VM_SHOW,
	PG_VM_LIST,
	PG_VM_LIST_STATUS,
	PG_VM_SEARCH,
	PG_VM_LIST_DISKS,
	PG_VM_COUNT_DISKS,
	PG_VM_LIST_SILENT,
	PG_VM_COUNT_SILENT,
	PG_VM_DUE,
	PG_WATCH_READ,
	PG_WATCH_WRITE,
	PG_VM_COUNT,
	PG_VM_PASS,
	PG_VM_UUIDS,
	PG_VM_PENDING,
	PG_VM_FORGOTTEN,
	PG_VM_DELETE,
	PG_VM_LINKS,
	PG_VM_TAILS,
	PG_APPRAISAL_INSERT,
	PG_APPRAISAL_READ,
	PG_APPRAISAL_LIST,
	PG_APPRAISAL_CHUNK,
	PG_APPRAISAL_LAST,
	PG_APPRAISAL_PREV,
	PG_APPRAISAL_OLDER,
	PG_APPRAISAL_OWNERS,
	PG_APPRAISAL_YOUNG,
	PG_APPRAISAL_DELETE,
	PG_APPRAISAL_DROP,
	PG_APPRAISAL_FORGET,
	PG_APPRAISAL_FORGET_OLD,
	PG_APPRAISAL_FORGET_ALL,
	PG_APPRAISAL_LEADS,
	PG_KEYFRAME_READ,
	PG_KEYFRAME_INSERT,
	PG_KEYFRAME_CLOSE,
	PG_KEYFRAME_LEAVE,
	PG_KEYFRAME_EXPIRE,
	PG_KEYFRAME_DROP,
	PG_SPENT_INSERT,
	PG_SPENT_EXPIRE,
	PG_SPENT_LAST,
	PG_SHARED_KEY_READ,
	PG_SHARED_KEY_KEEP,
	PG_LOG_FIND,
	PG_LOG_READ,
	PG_LOG_LIST,
	PG_LOG_INSERT,
	PG_LOG_USE,
	PG_LOG_CLOSE,
	PG_LOG_EXPIRE,
	PG_LOG_LEAVE,
	PG_LOG_FORGET,
	PG_LOG_FORGET_USES,
	PG_CLAIM_INSERT,
	PG_CLAIM_REMOVE,
	PG_CLAIM_CROWDED,
	PG_CLAIM_DROP,
	PG_CLAIM_LIST,
	PG_CLAIM_LIST_NEW,
	PG_CLAIM_EXPIRE,
	PG_CLAIM_LAST,
	PG_TOKEN_INSERT,
	PG_TOKEN_DROP,
	PG_TOKEN_FORGET,
	PG_TOKEN_FIND,
	PG_TOKEN_LIST,
	PG_TOKEN_LIST_VM,
	PG_RESULT_KEY_INSERT,
	PG_RESULT_KEY_RETIRE,
	PG_RESULT_KEY_LIST,
	PG_AUDIT_INSERT,
	PG_AUDIT_LIST,
	PG_AUDIT_RECORD,
	PG_AUDIT_REVISION,
	PG_AUDIT_LAPSED,
	PG_AUDIT_HEAD,
	PG_KEY_OWNER,
	PG_KEY_OTHER,
	PG_KEY_STRAY,
	PG_KEY_TAKE,
	PG_KEY_LEAVE,
	PG_SIZE,
	PG_DUTY,
	PG_DOCUMENT_READ,
	PG_DOCUMENT_KEEP,
	PG_STATEMENT_COUNT,
};

/* One connection, used by one thread at a time. `pg` is NULL until it is needed, and again after an
 * error that a fresh connection may not have. */
struct pg_connection {
	pthread_mutex_t lock;
	const char *url;
	PGconn *pg;
	bool may_be_unfinished; /* a copy that was not done to its end */
	bool keeps_schema;      /* an earlier version's stays until pg_schema_migrate() */
	bool is_in_transaction; /* what is written is sent, and its outcome seen later */
	int pending;            /* results of what was sent and not looked at */
	bool is_prepared[PG_STATEMENT_COUNT];
	struct pack pack;
	/* The first failure since pg_clear(): what PostgreSQL calls it, empty for none of its own;
	 * and whether the connection is gone. */
	bool has_failed, is_lost;
	char state[6];
	char message[256];
};

/* The last numbers that were given, and the end of the audit log: one row, which whoever writes
 * keeps locked from the beginning of his transaction to its end. So numbers rise in the order of
 * commits, and no two writers wait for each other crosswise. */
struct pg_heads {
	uint64_t vms, reports, claims, tokens;
	struct store_link audit;
};

struct pg_store {
	struct store store; /* first: the ops' functions cast */
	struct pg_connection writer;
	struct pg_connection reader;
	struct pg_connection duty;  /* has the lock of pg_has_duty() for as long as it lasts */
	struct pg_heads heads;      /* of the transaction under way */
	const struct pack_key *key; /* of the item under way: its VM's keyframe, or NULL */
	bool asks_key;              /* whether that was looked for */
	/* What the last transaction that committed left in this instance's row. */
	uint8_t instance[PG_INSTANCE_SIZE];
	uint64_t commits;
	uint64_t max_bytes;
	char url[];
};

/* The connection's first failure in our terms. Returns its code. */
int pg_error(const struct pg_connection *connection, struct error *err);

/* Keeps what a result or the connection says went wrong, unless something did before. */
void pg_fail(struct pg_connection *connection, const PGresult *result);
void pg_clear(struct pg_connection *connection);

/* Whether it may go well when everything is done again: somebody else was in the way, or the
 * connection was lost. */
bool pg_is_worth_repeating(const struct pg_connection *connection);

/* Opens the connection: on stable storage, with bounds to how long others are waited for. */
int pg_connection_open(struct pg_connection *connection, struct error *err);
void pg_connection_close(struct pg_connection *connection);

/* Takes the connection, opened where it is not; gives it back, and closes it where it is lost. Only
 * what pg_connection_enter() succeeded for is left. Returns rc. */
int pg_connection_enter(struct pg_connection *connection, struct error *err);
int pg_connection_leave(struct pg_connection *connection, int rc);

/* Creates the schema or brings it to this version, before anything else is sent. Errors:
 * UNSUPPORTED, PERMISSION and those of writing. */
int pg_schema_migrate(struct pg_connection *connection, struct error *err);

/* Refuses a version that is newer: another program has changed the schema since this one looked.
 * Errors: UNSUPPORTED. */
int pg_schema_refuse(uint64_t version, struct error *err);

/* Whether it is of this version. Errors: as above. */
int pg_schema_look(struct pg_connection *connection, bool *ret_is_current, struct error *err);

/* A statement at work: values are bound in their order, then it runs. It must end with
 * pg_run_end(). */
struct pg_run {
	struct pg_connection *connection;
	enum pg_statement statement;
	int count; /* of parameters */
	Oid types[PG_PARAMETERS];
	const void *values[PG_PARAMETERS]; /* of texts and bytes */
	int lengths[PG_PARAMETERS];
	uint8_t numbers[PG_PARAMETERS][8];
	uint8_t lines[STORE_LINES_BYTES];
	PGresult *result;
	int row; /* of the result: the next one */
	int at;  /* the column last read */
};

struct pg_run pg_run_start(struct pg_connection *connection, enum pg_statement statement);
void pg_bind_number(struct pg_run *run, uint64_t value);
void pg_bind_text(struct pg_run *run, const char *text);
void pg_bind_bytes(struct pg_run *run, const void *bytes, size_t len);
void pg_bind_link(struct pg_run *run, const struct store_link *link);

/* The next row; the first call runs the statement. False at the end and on failure. */
bool pg_run_step(struct pg_run *run);

/* How many rows a statement that was run with pg_run_step() changed. */
size_t pg_run_changed(const struct pg_run *run);

/* Returns `rc` where it is a failure, else 0 or the error of what went wrong in between. */
int pg_run_end(struct pg_run *run, int rc, struct error *err);

/* Sends a statement that has no rows. In a transaction its failure is seen at the next
 * pg_run_step() or at the end. */
int pg_run_finish(struct pg_run *run, struct error *err);
int pg_run_simple(struct pg_connection *connection, enum pg_statement statement, struct error *err);

/* Everything that was sent and not looked at. */
int pg_run_settle(struct pg_connection *connection, struct error *err);

/* The reader with a statement at work, to be bound; and its end, with rc as above. */
int pg_read_begin(struct store *store, enum pg_statement statement, struct pg_run *ret_run,
	struct error *err);
int pg_read_end(struct pg_run *run, int rc, struct error *err);

/* The columns of a row in their order. A text that does not fit, or bytes that are not as many as
 * expected, are MALFORMED: the database was changed by somebody else. Bytes are borrowed until
 * pg_run_end(). */
uint64_t pg_column_number(struct pg_run *run);
struct crypto_bytes pg_column_bytes(struct pg_run *run);
int pg_column_text(struct pg_run *run, char *ret_text, size_t size, struct error *err);
int pg_column_link(struct pg_run *run, struct store_link *ret_link, struct error *err);

/* A table's columns, and which member of a structure each has. */
struct pg_record;
extern const struct pg_record pg_record_vm, pg_record_appraisal, pg_record_claim, pg_record_token,
	pg_record_audit, pg_record_result_key;

/* Appends to a statement's text all columns ("a, b"), their parameters from number `first` on
 * ("$2, $3"), or both ("a = $2, b = $3"). */
enum pg_listing { PG_COLUMNS, PG_VALUES, PG_CHANGES };
void pg_record_list(
	const struct pg_record *record, enum pg_listing listing, int first, struct buf *to);

void pg_bind_record(struct pg_run *run, const struct pg_record *record, const void *from);
int pg_column_record(
	struct pg_run *run, const struct pg_record *record, void *to, struct error *err);

/* A VM's record behind its row's number; with who sent its newest report behind it. */
int pg_column_vm(struct pg_run *run, uint64_t *ret_row, struct store_vm *ret_vm, struct error *err);
int pg_column_shown(struct pg_run *run, struct store_vm *ret_vm, struct error *err);
int pg_column_appraisal(
	struct pg_run *run, struct store_appraisal *ret_appraisal, struct error *err);
/* A keyframe; without bytes where a report has none. */
struct pack_stored pg_column_stored(struct pg_run *run);
int pg_column_audit(struct pg_run *run, struct store_audit *ret_audit, struct error *err);

/* The record of a VM and its row's number. Errors: NOT_FOUND. */
int pg_find_vm(struct pg_connection *connection, enum pg_statement statement, const char *uuid,
	uint64_t *ret_row, struct store_vm *ret_vm, struct error *err);

/* Does `work` in one transaction with the heads locked. It is repeated where others were in the
 * way. When the connection is lost at its end, the database is asked what became of it. */
typedef int pg_work(struct pg_store *pg, void *context, struct error *err);
int pg_transact(struct pg_store *pg, pg_work *work, void *context, struct error *err);

/* Appends an audit event with the change's snapshot. */
int pg_write_audit(struct pg_store *pg, const struct store_change *change, struct error *err);

/* Appends a report of the VM of this row, packed; its number is set. `may_be_key`: it may be packed
 * with another one. In `vm` is which that is. */
int pg_write_appraisal(struct pg_store *pg, uint64_t row, struct store_vm *vm, bool may_be_key,
	struct store_appraisal *appraisal, struct error *err);

/* A report that was packed with a keyframe is gone: the last one takes that with it, unless it is
 * `current`, the one of its VM. And all keyframes of a VM go. */
int pg_leave_keyframe(
	struct pg_connection *connection, uint64_t keyframe, uint64_t current, struct error *err);
int pg_drop_keyframes(struct pg_connection *connection, uint64_t row, struct error *err);

int pg_drop_appraisals(struct pg_connection *connection, uint64_t head, struct error *err);
int pg_write_claim(struct pg_store *pg, uint64_t row, const char *uuid,
	const struct store_claim *claim, uint64_t *ret_id, struct error *err);
int pg_drop_claims(struct pg_connection *connection, uint64_t row, struct error *err);

/* Whether an event log is kept; which one a VM's newest report names, and what is to be kept; and
 * what no report of the VM names any more. */
int pg_find_log(struct pg_connection *connection, const uint8_t *sha256, bool *ret_is_kept,
	struct error *err);
int pg_write_log(struct pg_connection *connection, uint64_t row, const struct store_vm *before,
	const struct store_change *change, struct error *err);
int pg_expire_logs(struct pg_connection *connection, uint64_t row, struct error *err);

/* Deletes a VM with all that is kept of it, but for its keys. */
int pg_forget(struct pg_connection *connection, uint64_t row, const struct store_vm *vm,
	struct store_forgotten *ret_forgotten, struct error *err);

/* The highest revision of this UUID's record in an audit event; 0: none. */
int pg_find_revision(struct pg_connection *connection, const char *uuid, uint64_t *ret_revision,
	struct error *err);

/* store_change.is_lapsed, of a VM that is not accepted. */
int pg_find_lapsed(
	struct pg_connection *connection, const char *uuid, bool *ret_is_lapsed, struct error *err);

int pg_write_tokens(
	struct pg_store *pg, const struct store_token *tokens, size_t count, struct error *err);
int pg_drop_token(struct pg_connection *connection, uint64_t id, struct error *err);

/* store_change.has_result_key, and what a change makes of the keys. */
int pg_find_result_key(struct pg_connection *connection, bool *ret_is_there, struct error *err);
int pg_write_result_key(
	struct pg_connection *connection, const struct store_change *change, struct error *err);

/* Parts of store_ops. */
int pg_read_log(struct store *store, const uint8_t sha256[STORE_HASH_SIZE], store_log_visit *visit,
	void *context, struct error *err);
int pg_list_logs(struct store *store, const uint8_t after[STORE_HASH_SIZE], size_t limit,
	store_log_visit *visit, void *context, struct error *err);
bool pg_has_duty(struct store *store);
int pg_read_document(struct store *store, const char *name, struct buf *to, struct error *err);
int pg_keep_document(
	struct store *store, const char *name, const struct crypto_bytes *value, struct error *err);
int pg_write(
	struct store *store, struct store_batch *batch, const size_t *order, struct error *err);
int pg_find_token(struct store *store, const uint8_t digest[STORE_HASH_SIZE],
	struct store_token *ret_token, struct error *err);
int pg_list_tokens(struct store *store, const char *uuid, uint64_t after, size_t limit,
	store_token_visit *visit, void *context, struct error *err);
int pg_list_result_keys(struct store *store, size_t limit, store_result_key_visit *visit,
	void *context, struct error *err);
int pg_list_claims(struct store *store, const char *uuid, store_claim_visit *visit, void *context,
	struct error *err);
int pg_list_new_claims(struct store *store, uint64_t after, size_t limit, store_claim_visit *visit,
	void *context, struct error *err);
int pg_expire_claims(struct store *store, uint64_t before_ms, size_t limit, size_t *ret_deleted,
	struct error *err);
int pg_expire_pending(struct store *store, uint64_t before_ms, size_t limit, size_t *ret_deleted,
	struct error *err);
int pg_read_room(struct store *store, struct store_room *ret_room, struct error *err);
int pg_share_key(struct store *store, uint8_t *key, struct error *err);
int pg_expire_challenges(struct store *store, uint64_t before_ms, size_t limit, size_t *ret_deleted,
	struct error *err);
int pg_expire_appraisals(struct store *store, uint64_t before_ms, size_t limit, uint64_t *cursor,
	size_t *ret_deleted, struct error *err);
int pg_read_last_claim(struct store *store, uint64_t *ret_number, struct error *err);
int pg_read_last_number(struct store *store, uint64_t *ret_number, struct error *err);
int pg_read_prev(struct store *store, const char *uuid, uint64_t report,
	struct store_link *ret_prev, struct error *err);
int pg_list_uuids(struct store *store, const char *after, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err);
int pg_read_record_event(struct store *store, const char *uuid, uint64_t before,
	struct store_audit *ret_audit, struct error *err);
int pg_find_older(struct store *store, const char *uuid, uint64_t before, uint64_t *ret_id,
	struct error *err);
int pg_find_owner(struct store *store, const struct crypto_bytes *key,
	char ret_uuid[TEXT_UUID_SIZE], struct error *err);
int pg_list_due(struct store *store, uint64_t now_ms, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err);
int pg_read_watch(struct store *store, struct store_watch *ret_watch, struct error *err);
int pg_write_watch(struct store *store, const struct store_watch *watch, struct error *err);
int pg_list_stray_keys(struct store *store, size_t limit, store_key_visit *visit, void *context,
	struct error *err);
int pg_list_owners(struct store *store, uint64_t after, size_t limit, store_owner_visit *visit,
	void *context, struct error *err);
int pg_list_tails(struct store *store, const struct store_tails *tails, size_t limit,
	store_tail_visit *visit, void *context, struct error *err);

#endif

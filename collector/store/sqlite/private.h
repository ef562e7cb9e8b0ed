/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the store in SQLite. */
#ifndef COLLECTOR_STORE_SQLITE_PRIVATE_H
#define COLLECTOR_STORE_SQLITE_PRIVATE_H

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "collector/store/pack/pack.h"
#include "collector/store/store_private.h"
#include "collector/ticker.h"

#define SQLITE_APPLICATION_ID 0x7674706d /* "vtpm" */
/* How many marks of an unfinished copy there are. */
#define SQLITE_COPYING        "SELECT count(*) FROM sqlite_schema WHERE name = 'copying'"

enum sqlite_statement {
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_ROLLBACK,
	STATEMENT_VM_INSERT,
	STATEMENT_VM_UPDATE,
	STATEMENT_VM_UPDATE_REST,
	STATEMENT_VM_READ,
	STATEMENT_VM_SHOW,
	STATEMENT_VM_LIST,
	STATEMENT_VM_LIST_STATUS,
	STATEMENT_VM_SEARCH,
	STATEMENT_VM_LIST_DISKS,
	STATEMENT_VM_COUNT_DISKS,
	STATEMENT_VM_LIST_SILENT,
	STATEMENT_VM_COUNT_SILENT,
	STATEMENT_VM_CHECK,
	STATEMENT_VM_DUE,
	STATEMENT_WATCH_READ,
	STATEMENT_WATCH_WRITE,
	STATEMENT_VM_COUNT,
	STATEMENT_VM_PASS,
	STATEMENT_VM_UUID,
	STATEMENT_VM_UUIDS,
	STATEMENT_VM_PENDING,
	STATEMENT_VM_FORGOTTEN,
	STATEMENT_VM_DELETE,
	STATEMENT_VM_LINKS,
	STATEMENT_APPRAISAL_INSERT,
	STATEMENT_APPRAISAL_READ,
	STATEMENT_APPRAISAL_LIST,
	STATEMENT_APPRAISAL_CHUNK,
	STATEMENT_APPRAISAL_LAST,
	STATEMENT_APPRAISAL_PREV,
	STATEMENT_APPRAISAL_OLDER,
	STATEMENT_APPRAISAL_OWNERS,
	STATEMENT_APPRAISAL_YOUNG,
	STATEMENT_VM_TAILS,
	STATEMENT_APPRAISAL_DELETE,
	STATEMENT_APPRAISAL_DROP,
	STATEMENT_APPRAISAL_FORGET,
	STATEMENT_APPRAISAL_FORGET_OLD,
	STATEMENT_APPRAISAL_FORGET_ALL,
	STATEMENT_APPRAISAL_LEADS,
	STATEMENT_FORGOTTEN_SET,
	STATEMENT_KEYFRAME_READ,
	STATEMENT_KEYFRAME_INSERT,
	STATEMENT_KEYFRAME_CLOSE,
	STATEMENT_KEYFRAME_LEAVE,
	STATEMENT_KEYFRAME_EXPIRE,
	STATEMENT_KEYFRAME_DROP,
	STATEMENT_SPENT_INSERT,
	STATEMENT_SPENT_EXPIRE,
	STATEMENT_SPENT_LAST,
	STATEMENT_SHARED_KEY_READ,
	STATEMENT_SHARED_KEY_KEEP,
	STATEMENT_LOG_FIND,
	STATEMENT_LOG_READ,
	STATEMENT_LOG_LIST,
	STATEMENT_LOG_INSERT,
	STATEMENT_LOG_USE,
	STATEMENT_LOG_CLOSE,
	STATEMENT_LOG_EXPIRE,
	STATEMENT_LOG_LEAVE,
	STATEMENT_LOG_FORGET,
	STATEMENT_LOG_FORGET_USES,
	STATEMENT_CLAIM_INSERT,
	STATEMENT_CLAIM_REMOVE,
	STATEMENT_CLAIM_CROWDED,
	STATEMENT_CLAIM_DROP,
	STATEMENT_CLAIM_LIST,
	STATEMENT_CLAIM_LIST_NEW,
	STATEMENT_CLAIM_EXPIRE,
	STATEMENT_CLAIM_LAST,
	STATEMENT_TOKEN_INSERT,
	STATEMENT_TOKEN_DROP,
	STATEMENT_TOKEN_FORGET,
	STATEMENT_TOKEN_FIND,
	STATEMENT_TOKEN_LIST,
	STATEMENT_TOKEN_LIST_VM,
	STATEMENT_RESULT_KEY_INSERT,
	STATEMENT_RESULT_KEY_RETIRE,
	STATEMENT_RESULT_KEY_LIST,
	STATEMENT_AUDIT_INSERT,
	STATEMENT_AUDIT_LIST,
	STATEMENT_AUDIT_RECORD,
	STATEMENT_AUDIT_REVISION,
	STATEMENT_AUDIT_LAPSED,
	STATEMENT_AUDIT_HEAD,
	STATEMENT_AUDIT_HEAD_SET,
	STATEMENT_KEY_OWNER,
	STATEMENT_KEY_STRAY,
	STATEMENT_KEY_TAKE,
	STATEMENT_KEY_LEAVE,
	STATEMENT_VACUUM,
	STATEMENT_COUNT,
};

/* One connection, used by one thread at a time. `db` is NULL until it is needed, and again after an
 * error that a fresh connection may not have. */
struct sqlite_connection {
	pthread_mutex_t lock;
	const char *path;
	uint64_t max_bytes;
	int cache_kib;
	/* Called after each commit with how long the log is; NULL: nobody wants to know. */
	int (*see_log)(void *context, sqlite3 *db, const char *name, int pages);
	void *see_log_context;
	const struct store *store; /* of the writer's: what numbers reports get */
	bool may_be_unfinished;    /* a copy that was not done to its end */
	bool keeps_schema;         /* an earlier version's stays until sqlite_schema_migrate() */
	bool is_alone;             /* nobody else may have it open, and what it is stays */
	bool may_create; /* the first time only: a database that vanishes is not replaced */
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENT_COUNT];
	struct pack pack;
};

/* The thread that keeps the write-ahead log short. */
struct sqlite_checkpoint {
	struct ticker *ticker;
	atomic_bool is_due;
	struct sqlite_connection connection; /* its own */
};

struct sqlite_store {
	struct store store; /* first: the ops' functions cast */
	struct sqlite_connection writer;
	struct sqlite_connection reader;
	struct sqlite_checkpoint checkpoint;
	char path[];
};

/* The connection's last error in our terms. Returns its code. */
int sqlite_error(const struct sqlite_connection *connection, struct error *err);

void sqlite_connection_close(struct sqlite_connection *connection);

/* Takes the connection, opened where it is not; gives it back, and closes it after an error that
 * may be the connection's own. Only what sqlite_connection_enter() succeeded for is left. Returns
 * rc. */
int sqlite_connection_enter(struct sqlite_connection *connection, struct error *err);
int sqlite_connection_leave(struct sqlite_connection *connection, int rc);

/* Creates the schema or brings it to this version. Errors: UNSUPPORTED, MALFORMED and those of
 * writing. */
int sqlite_schema_migrate(struct sqlite_connection *connection, struct error *err);

/* Whether it is of this version. Errors: as above. */
int sqlite_schema_look(
	struct sqlite_connection *connection, bool *ret_is_current, struct error *err);

/* A statement at work: values are bound in their order with a sticky failure, then it runs. It must
 * end with sqlite_run_end(), before the next one of its kind starts. */
struct sqlite_run {
	struct sqlite_connection *connection;
	sqlite3_stmt *statement; /* NULL: it could not be prepared */
	int at;                  /* the parameter last bound, or the column last read */
	int code;                /* SQLITE_OK, or the first failure */
};

struct sqlite_run sqlite_run_start(
	struct sqlite_connection *connection, enum sqlite_statement statement);
void sqlite_bind_number(struct sqlite_run *run, uint64_t value);
void sqlite_bind_text(struct sqlite_run *run, const char *text);
void sqlite_bind_bytes(struct sqlite_run *run, const void *bytes, size_t len);
void sqlite_bind_copy(struct sqlite_run *run, const void *bytes, size_t len); /* kept */
void sqlite_bind_link(struct sqlite_run *run, const struct store_link *link);

/* The next row. False at the end and on failure. */
bool sqlite_run_step(struct sqlite_run *run);

/* Resets the statement. Returns 0 or the error of what went wrong in between. */
int sqlite_run_end(struct sqlite_run *run, struct error *err);

/* Likewise after `rc`, which is returned where it is a failure: the first one is told. */
int sqlite_run_end_after(struct sqlite_run *run, int rc, struct error *err);

/* The reader with a statement at work, to be bound; and its end, with rc as above. What is between
 * them runs no other reader's statement. */
int sqlite_read_begin(struct store *store, enum sqlite_statement statement,
	struct sqlite_run *ret_run, struct error *err);
int sqlite_read_end(struct sqlite_run *run, int rc, struct error *err);

/* Runs a statement that has no rows. */
int sqlite_run_finish(struct sqlite_run *run, struct error *err);
int sqlite_run_simple(
	struct sqlite_connection *connection, enum sqlite_statement statement, struct error *err);

/* The first number that a query gives which is run only once. */
int sqlite_run_number(
	struct sqlite_connection *connection, const char *sql, int *ret_value, struct error *err);

/* The columns of a row in their order. A text that does not fit, or bytes that are not as many as
 * expected, are MALFORMED: the database was changed by somebody else. */
uint64_t sqlite_column_number(struct sqlite_run *run);
const char *sqlite_column_word(struct sqlite_run *run);
int sqlite_column_text(struct sqlite_run *run, char *ret_text, size_t size, struct error *err);
struct crypto_bytes sqlite_column_bytes(struct sqlite_run *run);
int sqlite_column_link(struct sqlite_run *run, struct store_link *ret_link, struct error *err);

/* Records to parameters, in the order that the statements have them, and back from columns. */
void sqlite_bind_vm(struct sqlite_run *run, const struct store_vm *vm);
int sqlite_column_vm(
	struct sqlite_run *run, uint64_t *ret_row, struct store_vm *ret_vm, struct error *err);
void sqlite_bind_appraisal(struct sqlite_run *run, uint64_t vm_row, const struct pack_row *row);
int sqlite_column_appraisal(
	struct sqlite_run *run, struct store_appraisal *ret_appraisal, struct error *err);
void sqlite_bind_audit(struct sqlite_run *run, const struct store_audit *audit);
int sqlite_column_audit(struct sqlite_run *run, struct store_audit *ret_audit, struct error *err);
/* Of an audit event what is hashed: its time and texts. */
int sqlite_column_event(struct sqlite_run *run, struct store_audit *ret_audit, struct error *err);

/* The record of a VM and its row's number. Errors: NOT_FOUND. */
int sqlite_find_vm(struct sqlite_connection *connection, const char *uuid, uint64_t *ret_row,
	struct store_vm *ret_vm, struct error *err);

/* Appends the change's audit event. */
int sqlite_write_audit(
	struct sqlite_connection *connection, const struct store_change *change, struct error *err);

/* Appends a report of the VM of this row, packed; its number is set. `may_be_key`: it may be packed
 * with another one. In `vm` is which that is. */
int sqlite_write_appraisal(struct sqlite_connection *connection, uint64_t row, struct store_vm *vm,
	bool may_be_key, struct store_appraisal *appraisal, struct error *err);

/* A report that was packed with a keyframe is gone: the last one takes that with it, unless it is
 * `current`, the one of its VM. And all keyframes of a VM go. */
int sqlite_leave_keyframe(struct sqlite_connection *connection, uint64_t keyframe, uint64_t current,
	struct error *err);
int sqlite_drop_keyframes(struct sqlite_connection *connection, uint64_t row, struct error *err);

/* Deletes a report and all of its VM before it. */
int sqlite_drop_appraisals(struct sqlite_connection *connection, uint64_t head, struct error *err);

/* Keeps a claim about the VM of `row` and `uuid`, in the place of its sender's last one; the newest
 * before it goes where there are too many. *ret_id: its number. */
int sqlite_write_claim(struct sqlite_connection *connection, uint64_t row, const char *uuid,
	const struct store_claim *claim, uint64_t *ret_id, struct error *err);
int sqlite_drop_claims(struct sqlite_connection *connection, uint64_t row, struct error *err);

/* Whether an event log is kept; which one a VM's newest report names, and what is to be kept; and
 * what no report of the VM names any more. */
int sqlite_find_log(struct sqlite_connection *connection, const uint8_t *sha256, bool *ret_is_kept,
	struct error *err);
int sqlite_write_log(struct sqlite_connection *connection, uint64_t row,
	const struct store_vm *before, const struct store_change *change, struct error *err);
int sqlite_expire_logs(struct sqlite_connection *connection, uint64_t row, struct error *err);

/* Deletes a VM with all that is kept of it, but for its keys. */
int sqlite_forget(struct sqlite_connection *connection, uint64_t row, const struct store_vm *vm,
	struct store_forgotten *ret_forgotten, struct error *err);

/* The highest revision of this UUID's record in an audit event; 0: none. */
int sqlite_find_revision(struct sqlite_connection *connection, const char *uuid,
	uint64_t *ret_revision, struct error *err);

/* store_change.is_lapsed, of a VM that is not accepted. */
int sqlite_find_lapsed(struct sqlite_connection *connection, const char *uuid, bool *ret_is_lapsed,
	struct error *err);

/* A sender, in the three columns or parameters that it has everywhere. */
void sqlite_bind_sender(struct sqlite_run *run, const struct store_sender *sender);
int sqlite_column_sender(
	struct sqlite_run *run, struct store_sender *ret_sender, struct error *err);

/* The newest audit event. */
int sqlite_find_last_challenge(
	struct sqlite_connection *connection, uint64_t *ret_expires_ms, struct error *err);

int sqlite_find_audit_head(
	struct sqlite_connection *connection, struct store_link *ret_head, struct error *err);

/* Does `work` in one transaction. On failure it was never begun or is rolled back. */
int sqlite_transact(struct sqlite_store *sqlite,
	int (*work)(struct sqlite_connection *connection, void *context, struct error *err),
	void *context, struct error *err);

/* Has the thread told how long the log is after each of this connection's commits. Before it is
 * opened. */
void sqlite_checkpoint_watch(
	struct sqlite_checkpoint *checkpoint, struct sqlite_connection *connection);

/* Errors: NO_MEMORY. */
int sqlite_checkpoint_start(struct sqlite_store *sqlite, struct error *err);
void sqlite_checkpoint_stop(struct sqlite_checkpoint *checkpoint);

/* The row of the VM that a key belongs to (0: nobody), and the UUID of a row. */
int sqlite_find_key(struct sqlite_connection *connection, const struct crypto_bytes *key,
	uint64_t *ret_row, struct error *err);
int sqlite_find_uuid(struct sqlite_connection *connection, uint64_t row,
	char ret_uuid[TEXT_UUID_SIZE], struct error *err);

int sqlite_write_tokens(struct sqlite_connection *connection, const struct store_token *tokens,
	size_t count, struct error *err);
int sqlite_drop_token(struct sqlite_connection *connection, uint64_t id, struct error *err);

/* store_change.has_result_key, and what a change makes of the keys. */
int sqlite_find_result_key(
	struct sqlite_connection *connection, bool *ret_is_there, struct error *err);
int sqlite_write_result_key(
	struct sqlite_connection *connection, const struct store_change *change, struct error *err);

/* Parts of store_ops. */
int sqlite_read_log(struct store *store, const uint8_t sha256[STORE_HASH_SIZE],
	store_log_visit *visit, void *context, struct error *err);
int sqlite_list_logs(struct store *store, const uint8_t after[STORE_HASH_SIZE], size_t limit,
	store_log_visit *visit, void *context, struct error *err);
int sqlite_find_token(struct store *store, const uint8_t digest[STORE_HASH_SIZE],
	struct store_token *ret_token, struct error *err);
int sqlite_list_tokens(struct store *store, const char *uuid, uint64_t after, size_t limit,
	store_token_visit *visit, void *context, struct error *err);
int sqlite_list_result_keys(struct store *store, size_t limit, store_result_key_visit *visit,
	void *context, struct error *err);
int sqlite_read_last_claim(struct store *store, uint64_t *ret_number, struct error *err);
int sqlite_read_last_number(struct store *store, uint64_t *ret_number, struct error *err);
int sqlite_read_prev(struct store *store, const char *uuid, uint64_t report,
	struct store_link *ret_prev, struct error *err);
int sqlite_list_uuids(struct store *store, const char *after, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err);
int sqlite_read_record_event(struct store *store, const char *uuid, uint64_t before,
	struct store_audit *ret_audit, struct error *err);
int sqlite_find_older(struct store *store, const char *uuid, uint64_t before, uint64_t *ret_id,
	struct error *err);
int sqlite_find_owner(struct store *store, const struct crypto_bytes *key,
	char ret_uuid[TEXT_UUID_SIZE], struct error *err);
int sqlite_list_due(struct store *store, uint64_t now_ms, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err);
int sqlite_read_watch(struct store *store, struct store_watch *ret_watch, struct error *err);
int sqlite_write_watch(struct store *store, const struct store_watch *watch, struct error *err);
int sqlite_list_stray_keys(struct store *store, size_t limit, store_key_visit *visit, void *context,
	struct error *err);
int sqlite_list_tails(struct store *store, const struct store_tails *tails, size_t limit,
	store_tail_visit *visit, void *context, struct error *err);
int sqlite_list_owners(struct store *store, uint64_t after, size_t limit, store_owner_visit *visit,
	void *context, struct error *err);
int sqlite_share_key(struct store *store, uint8_t *key, struct error *err);
int sqlite_write(
	struct store *store, struct store_batch *batch, const size_t *order, struct error *err);
int sqlite_list_claims(struct store *store, const char *uuid, store_claim_visit *visit,
	void *context, struct error *err);
int sqlite_list_new_claims(struct store *store, uint64_t after, size_t limit,
	store_claim_visit *visit, void *context, struct error *err);
int sqlite_expire_claims(struct store *store, uint64_t before_ms, size_t limit, size_t *ret_deleted,
	struct error *err);
int sqlite_expire_pending(struct store *store, uint64_t before_ms, size_t limit,
	size_t *ret_deleted, struct error *err);
int sqlite_read_room(struct store *store, struct store_room *ret_room, struct error *err);
int sqlite_expire_challenges(struct store *store, uint64_t before_ms, size_t limit,
	size_t *ret_deleted, struct error *err);
int sqlite_expire_appraisals(struct store *store, uint64_t before_ms, size_t limit,
	uint64_t *cursor, size_t *ret_deleted, struct error *err);

#endif

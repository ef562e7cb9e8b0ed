/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the collector keeps what it knows: VMs, their reports, spent challenges, and what operators
 * did. One interface, several implementations; tests/collector/test_store*.c are what each must
 * pass.
 *
 * Writing. Everything is written in batches by store_write(): one transaction, all or nothing, on
 * stable storage when it returns 0. Whatever depends on a VM's record is decided inside it, by the
 * item's judge, while no one else can change that VM: so any instance may take any report.
 *
 * Reading. Visitors get borrowed records that are valid during the call; a visitor copies what it
 * keeps and returns false to stop. Nothing a read returns needs freeing.
 *
 * Threads. Any thread may call any function at any time. Writes wait for each other, and reads wait
 * for each other; with SQLite reads and writes do not. Judges and visitors must be quick and must
 * not call the store. store_close() comes last, when no call is under way.
 *
 * History. Each report holds its predecessor's hash (store_appraisal_hash()), one chain for each VM
 * from `tail`, the last one that retention deleted, to `head`. A changed, removed or reordered
 * report breaks it. Audit events form one such chain, from which nothing is ever deleted. Somebody
 * who can rewrite the whole database can rewrite the chains as well: where that matters, export
 * them to another place.
 *
 * Forgetting. A VM that is forgotten (store_change.forgets) leaves an audit event with its record
 * and the end of its chain. Numbers that were given are not given again, and the record of a new VM
 * with its UUID goes on counting behind that event.
 *
 * Keys. A VM is known by its EKs' fingerprints and its AK's name. Each key belongs to one VM: the
 * one in whose record it was put last. A VM that loses a key to another keeps it in its record, but
 * no longer owns it.
 *
 * Result keys. What is given to others about a VM is signed by a key that all who use the store
 * share (store_change.result_key). A later one takes its place; its public half stays.
 *
 * Event logs. A log is kept once for all VMs and reports that name its SHA-256. Which do is known
 * by the VM: the one that its newest report names stands in its record, and for those before it,
 * from which report to which. A log goes when the last report that names it is deleted by
 * retention.
 *
 * Times are milliseconds since 1970 by the collector's clock. UUIDs are canonical (text_uuid()).
 *
 * Errors of every function: IO (disk full, reading or writing failed), PERMISSION (read-only),
 * TIMEOUT (another process is writing), MALFORMED (damaged database), NO_MEMORY; TOO_LARGE and
 * INTERNAL for arguments beyond what is promised here. The store remains usable after each: when
 * the cause is gone, the next call succeeds.
 */
#ifndef COLLECTOR_STORE_H
#define COLLECTOR_STORE_H

#include "collector/store/store_types.h"

struct store;

/* An empty store in memory: for tests and for trying out. Errors: NO_MEMORY. */
int store_memory_open(struct store **ret_store, struct error *err);

/* The store in the SQLite database `path`, created where it is missing (mode 0600) and brought to
 * this version's schema. `max_bytes` limits the file's size, without its write-ahead log; 0 does
 * not. A file that may only be read is opened if its schema is this version's, and refuses writes
 * until it may be written.
 * Errors: UNSUPPORTED when the schema is of a newer version, MALFORMED when it is another
 * program's file. */
int store_sqlite_open(
	const char *path, uint64_t max_bytes, struct store **ret_store, struct error *err);

/* The store in the PostgreSQL database that `url` names, as libpq understands it, with its
 * environment and .pgpass: brought to this version's schema, in the database's schema "vtpm". Any
 * number of collectors may use one database. `max_bytes` is what the database may take as far as
 * store_read_room() tells; 0: nobody knows.
 * Errors: UNSUPPORTED when the schema is of a newer version; IO, PERMISSION when the database
 * cannot be reached. */
int store_postgresql_open(
	const char *url, uint64_t max_bytes, struct store **ret_store, struct error *err);

/* Brings the database to this version's schema, and lets `role` use it, which is made where it is
 * missing and has no password; empty: nobody else. The role may not change audit events and
 * reports. Errors: as above. */
int store_postgresql_init(const char *url, const char *role, struct error *err);

/* Copies the SQLite database `path`, which may be in use, to the file `to`, which must not be
 * there. Errors: USAGE, MALFORMED, IO, PERMISSION. */
int store_sqlite_backup(const char *path, const char *to, struct error *err);

void store_close(struct store *store);

/* Writes a batch. On failure nothing of it was written, whatever the items say. */
int store_write(struct store *store, struct store_batch *batch, struct error *err);

/* The record of a VM. Errors: NOT_FOUND. */
int store_read_vm(
	struct store *store, const char *uuid, struct store_vm *ret_vm, struct error *err);

/* The same with who sent its newest report, which is behind other pages of a database. */
int store_show_vm(
	struct store *store, const char *uuid, struct store_vm *ret_vm, struct error *err);

/* A page of VMs, by UUID. */
int store_list_vms(struct store *store, const struct store_query *query, store_vm_visit *visit,
	void *context, struct error *err);

/* How many VMs have which status and continuity. Looks at all of them. */
int store_count_vms(struct store *store, struct store_counts *ret_counts, struct error *err);

/* Up to `limit` reports of all VMs after number `after`, oldest first. */
int store_list_appraisals(struct store *store, uint64_t after, size_t limit,
	store_appraisal_visit *visit, void *context, struct error *err);

/* One report. Errors: NOT_FOUND. */
int store_read_appraisal(struct store *store, uint64_t id, store_appraisal_visit *visit,
	void *context, struct error *err);

/* Up to `limit` reports of a VM, newest first: from report `from` on, or from the newest where that
 * is 0. For the next page, pass the last one's prev.id, unless that is 0 or vm.tail.id. Ends early
 * where a link leads nowhere (store_verify_history() says so). Errors: NOT_FOUND for the VM. */
int store_read_timeline(struct store *store, const char *uuid, uint64_t from, size_t limit,
	store_appraisal_visit *visit, void *context, struct error *err);

/* Up to `limit` audit events after number `after`, oldest first. */
int store_list_audit(struct store *store, uint64_t after, size_t limit, store_audit_visit *visit,
	void *context, struct error *err);

/* A VM's claims, newest first: STORE_CLAIMS_MAX at most. None for a VM that is not known. */
int store_list_claims(struct store *store, const char *uuid, store_claim_visit *visit,
	void *context, struct error *err);

/* The event log with this SHA-256. Errors: NOT_FOUND. */
int store_read_log(struct store *store, const uint8_t sha256[STORE_HASH_SIZE],
	store_log_visit *visit, void *context, struct error *err);

/* Up to `limit` event logs whose SHA-256 comes after this one, in its order; zeros: from the first.
 */
int store_list_logs(struct store *store, const uint8_t after[STORE_HASH_SIZE], size_t limit,
	store_log_visit *visit, void *context, struct error *err);

/* Up to `limit` claims of all VMs after number `after`, oldest first. */
int store_list_new_claims(struct store *store, uint64_t after, size_t limit,
	store_claim_visit *visit, void *context, struct error *err);

/* Forgets up to `limit` claims that were received before `before_ms`. */
int store_expire_claims(struct store *store, uint64_t before_ms, size_t limit, size_t *ret_deleted,
	struct error *err);

/* The token with this digest, found by an index. Errors: NOT_FOUND. */
int store_find_token(struct store *store, const uint8_t digest[STORE_HASH_SIZE],
	struct store_token *ret_token, struct error *err);

/* Up to `limit` tokens after number `after`, oldest first: of one VM, or of all where `uuid` is
 * empty. */
int store_list_tokens(struct store *store, const char *uuid, uint64_t after, size_t limit,
	store_token_visit *visit, void *context, struct error *err);

/* Up to `limit` keys that sign results, or did: the newest first. */
int store_list_result_keys(struct store *store, size_t limit, store_result_key_visit *visit,
	void *context, struct error *err);

/* Forgets up to `limit` VMs that nobody accepted and that were last seen before `before_ms`, with
 * all that is kept of them; an audit event says how many. */
int store_expire_pending(struct store *store, uint64_t before_ms, size_t limit, size_t *ret_deleted,
	struct error *err);

/* How much of the store is taken and left. Quick: it looks at the VMs that wait, and at no others.
 */
int store_read_room(struct store *store, struct store_room *ret_room, struct error *err);

/* The secret that everybody who uses this store shares. If one is kept, it is copied to `key`;
 * otherwise `key` is kept from now on. */
int store_share_key(struct store *store, uint8_t key[STORE_KEY_SIZE], struct error *err);

/* Whether several collectors may use it at once, each with its own state directory. */
bool store_is_shared(const struct store *store);

/* Whether this collector does what one of all that use the store does for them: deleting what has
 * expired, telling webhooks. Another one does within seconds when this one ends. */
bool store_has_duty(struct store *store);

/* A small document of all that use a shared store; INTERNAL for another one. Errors: NOT_FOUND. */
int store_read_document(struct store *store, const char *name, struct buf *to, struct error *err);
int store_keep_document(
	struct store *store, const char *name, const struct crypto_bytes *value, struct error *err);

/* Somebody has an acknowledgement of report `number` that this store does not have: it is an older
 * copy of what it was. So that no number is given twice, new ones go on from the next multiple of
 * 2^32, which the copy that is lost cannot have reached. */
void store_note_lost(struct store *store, uint64_t number);

/* The highest number that was noted since the store was opened; 0: none. */
uint64_t store_lost_number(const struct store *store);

/* Milliseconds of the clock by which challenges expire. It goes on as time does, whatever becomes
 * of the collector's clock, and begins at that, but never before any challenge that was ever
 * forgotten: one that was spent stays so when the clock is set ahead and back again. */
uint64_t store_clock_ms(const struct store *store);

/* Forgets up to `limit` spent challenges that expired before `before_ms` by store_clock_ms(), and
 * more than STORE_CHALLENGE_MS before the last one. Call again until fewer than `limit` are
 * deleted. */
int store_expire_challenges(struct store *store, uint64_t before_ms, size_t limit,
	size_t *ret_deleted, struct error *err);

/* Deletes reports received before `before_ms`, the oldest first, but never a VM's newest report or
 * its baseline. Looks at `limit` reports after number *cursor and moves that: start with 0, and
 * call again until it is 0. Transactions are short, so that new reports get in between. */
int store_expire_appraisals(struct store *store, uint64_t before_ms, size_t limit, uint64_t *cursor,
	size_t *ret_deleted, struct error *err);

/* One step of the verification of a VM: its history from its newest report backwards, every hash
 * and every link, and at the end its baseline, and whether what is shown of it is what its history
 * says. Looks at STORE_VERIFY_STEP reports at most; call until `is_done`. Reports may come and
 * retention may delete meanwhile. Something wrong is a finding, not an error; it goes on with what
 * is older. Errors: NOT_FOUND for the VM, TIMEOUT where something looks wrong and the record is
 * written all the time, so that it cannot be told. */
int store_verify_history(struct store *store, const char *uuid,
	struct store_verification *verification, struct error *err);

/* The UUIDs of up to `limit` VMs after `after`, also of those whose record cannot be read. */
int store_list_uuids(struct store *store, const char *after, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err);

/* The UUIDs of up to `limit` VMs that are to be looked at by now: store_silence_look(). */
int store_list_due(struct store *store, uint64_t now_ms, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err);

/* Since when it is looked who is silent; all zero where nobody ever did. */
int store_read_watch(struct store *store, struct store_watch *ret_watch, struct error *err);
int store_write_watch(struct store *store, const struct store_watch *watch, struct error *err);

/* The highest number that was ever given to a claim; 0: none. */
int store_read_last_claim(struct store *store, uint64_t *ret_number, struct error *err);

/* The highest number of a report, also of one that is forgotten, and the newest audit event. */
int store_read_ends(struct store *store, uint64_t *ret_reports, struct store_link *ret_event,
	struct error *err);

/* The record of a VM as the newest audit event that wrote it before `revision` left it. Errors:
 * NOT_FOUND, also where that event is its end. */
int store_read_record_event(struct store *store, const char *uuid, uint64_t revision,
	struct store_vm *ret_vm, struct error *err);

/* When the newest audit event came that wrote the VM's record; 0: none did. */
int store_read_record_ms(
	struct store *store, const char *uuid, uint64_t *ret_ms, struct error *err);

/* For up to `limit` VMs after `after` what was the newest report when `at` was the highest number:
 * the same at any later time, as long as retention has not gone past it. */
int store_list_heads(struct store *store, uint64_t at, const char *after, size_t limit,
	store_head_visit *visit, void *context, struct error *err);

/* The same for the audit log, from its first event on. */
int store_verify_audit(
	struct store *store, struct store_verification *verification, struct error *err);

/* The same for keys that are with the wrong VM, and then for all reports, in steps of
 * STORE_OWNERS_STEP: whether there is a VM that they are of, and they are in its history. Of those
 * that are linked past, only what stands in one step with the VM's next report is found. */
int store_verify_owners(
	struct store *store, struct store_verification *verification, struct error *err);

/* The retention as the newest audit event about it has it. */
int store_read_retention(
	struct store *store, struct store_retention_setting *ret_setting, struct error *err);

/* The action and the detail of such an event. */
void store_retention_print(
	const struct store_retention_setting *setting, struct store_audit *ret_audit);

/* Writes what an audit event is of, its action and its detail: this VM is forgotten, and where its
 * chain ended. `why`: empty: nobody says. */
void store_forgotten_print(const struct store_vm *vm, const char *why, struct store_audit *audit);

/* Writes the detail of an audit event: this token is revoked. */
void store_token_print_revoked(const struct store_token *token, struct store_audit *audit);

/* Adds to what a step found: tokens that no audit event made, that one revoked, that are another
 * VM's, or that are missing. */
int store_verify_tokens(
	struct store *store, struct store_verification *verification, struct error *err);

/* Whether the bytes of each event log are those of its SHA-256, in steps of STORE_LOGS_STEP;
 * `where` of a fault is 0. */
int store_verify_logs(
	struct store *store, struct store_verification *verification, struct error *err);

/* Adds to what a step found: VMs of which reports are gone that retention cannot have deleted yet,
 * since one with a lower number is younger. */
int store_verify_expired(struct store *store, const struct store_retention_clock *clock,
	struct store_verification *verification, struct error *err);

/* The hash of a report behind one whose hash is report->prev.hash. SHA-256 over
 *   "vtpm-store-report-v4" NUL ‖ prev.hash ‖ uuid (36 characters) ‖ received_ms (8 bytes) ‖
 *   event ‖ status ‖ continuity ‖ reason ‖ verdict ‖ attest ‖ signature ‖ nonce ‖ secret ‖ ek ‖
 *   role ‖ name ‖ address ‖ challenged_ms (8 bytes) ‖ basis ‖ snapshot ‖ SHA-256(evidence)
 * with each of the texts and bytes in the middle as its length (4 bytes, big-endian) and its bytes,
 * enums by their names. Without a snapshot it is "vtpm-store-report-v3", without a sender's address
 * too "vtpm-store-report-v2", without an EK too "vtpm-store-report-v1", and what these lack is left
 * out.
 * Errors: CRYPTO, NO_MEMORY. */
int store_appraisal_hash(const struct store_appraisal *appraisal, uint8_t ret_hash[STORE_HASH_SIZE],
	struct error *err);

/* The hash of an audit event behind one whose hash is audit->prev.hash. SHA-256 over
 *   "vtpm-store-audit-v2" NUL ‖ prev.hash ‖ at_ms (8 bytes) ‖ uuid ‖ action ‖ actor ‖ detail ‖
 *   snapshot
 * with the five as above. Without a snapshot it is "vtpm-store-audit-v1". Errors: CRYPTO,
 * NO_MEMORY. */
int store_audit_hash(
	const struct store_audit *audit, uint8_t ret_hash[STORE_HASH_SIZE], struct error *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the collector keeps what it knows: VMs, their reports, spent challenges, and what operators
 * did. One interface, several implementations; tests/collector/test_store.c is what each must pass.
 *
 * Writing. Everything is written in batches by store_write(): one transaction, all or nothing, on
 * stable storage when it returns 0. Whatever depends on a VM's record is decided inside it, by the
 * item's judge, while no one else can change that VM: so any instance may take any report.
 *
 * Reading. Visitors get borrowed records that are valid during the call; a visitor copies what it
 * keeps and returns false to stop. Nothing a read returns needs freeing.
 *
 * Threads. Any thread may call any function at any time: writes wait for each other, reads for each
 * other, and with SQLite neither for the other. Judges and visitors must be quick and must not call
 * the store. store_close() comes last, when no call is under way.
 *
 * History. Each report holds its predecessor's hash (store_appraisal_hash()), one chain for each VM
 * from `tail`, the last one that retention deleted, to `head`. A changed, removed or reordered
 * report breaks it. Audit events are one such chain, of which nothing is ever deleted. Who can
 * rewrite the whole database can rewrite the chains, too: export them to another place where that
 * matters.
 *
 * Keys. A VM is known by its EKs' fingerprints and its AK's name. Each of them belongs to one VM,
 * the one whose record was the last to get it. Who loses a key so keeps it in its record.
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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/crypto/crypto.h"
#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/status.h"
#include "core/text.h"
#include "core/verdict/verdict.h"

#define STORE_HASH_SIZE      32 /* SHA-256 */
#define STORE_CHALLENGE_SIZE 16
#define STORE_KEY_SIZE       64
#define STORE_EKS_MAX        4
#define STORE_BATCH_MAX      1024 /* items, rows of a page or of a chunk */
#define STORE_REASON_SIZE    64
#define STORE_HOSTNAME_SIZE  256
#define STORE_SEARCH_SIZE    64
#define STORE_VERDICT_MAX    65536
#define STORE_QUOTE_MAX      1024 /* attest, signature, nonce and secret, each */
#define STORE_ITEM_KEYS      2
#define STORE_VERIFY_STEP    64 /* so that no other reader waits long */

enum store_enrolment {
	STORE_ENROLMENT_UNKNOWN = 0,
	STORE_ENROLMENT_PENDING,
	STORE_ENROLMENT_ACCEPTED,
	STORE_ENROLMENT_COUNT,
};

/* A report by its number and hash; number 0: none. Numbers rise in the order of commits. */
struct store_link {
	uint64_t id;
	uint8_t hash[STORE_HASH_SIZE];
};

/* What is known of a VM now. The store keeps `revision`, `head` and `tail`: judges' changes to them
 * are ignored. */
struct store_vm {
	char uuid[TEXT_UUID_SIZE];
	uint64_t revision; /* 0: not in the store; one more at each write by a judge */
	enum store_enrolment enrolment;
	size_t ek_count;
	uint8_t eks[STORE_EKS_MAX][STORE_HASH_SIZE]; /* fingerprints: SHA-256 of the public area */
	struct evidence_name ak_name;
	enum verdict_status status; /* what is shown: usually the last report's verdict */
	enum continuity continuity;
	char reason[STORE_REASON_SIZE]; /* the decisive reason's code as a word */
	/* What the guest calls itself, from the last report: shown and searched, never believed. */
	char hostname[STORE_HOSTNAME_SIZE];
	uint64_t received_ms; /* when the last report came */
	uint32_t reset_count; /* of the last attest, to compare the next one with */
	uint32_t restart_count;
	uint64_t clock_ms;
	bool is_safe;
	enum event announced;        /* what an operator said will happen, */
	uint64_t announced_until_ms; /* and until when that holds; 0: nothing is announced */
	struct store_link baseline;  /* the report that others are compared with; kept for ever */
	struct store_link head;      /* the newest report; kept for ever */
	struct store_link tail;      /* the newest one that retention went past */
};

/* A report as it was appraised, with its verdict: enough to judge it again. The store sets the
 * first three. */
struct store_appraisal {
	char uuid[TEXT_UUID_SIZE];
	struct store_link link;
	struct store_link prev; /* the same VM's report before */
	uint64_t received_ms;
	enum event event; /* what was announced when it was judged */
	enum verdict_status status;
	enum continuity continuity;
	char reason[STORE_REASON_SIZE];
	struct crypto_bytes verdict;  /* the whole verdict as JSON, at most STORE_VERDICT_MAX */
	struct crypto_bytes evidence; /* exactly as received, at most EVIDENCE_MAX_BYTES */
	struct crypto_bytes attest;   /* these five empty where nothing was signed */
	struct crypto_bytes signature;
	struct crypto_bytes nonce;
	struct crypto_bytes secret; /* what the TPM activated; without it nobody can check later */
	struct crypto_bytes ek; /* fingerprint of the EK that the AK is proven to be with; empty in
				 * reports of before schema 2, too */
};

/* A challenge that a report answers. It can be spent once, before it expires. Of one that is not
 * spent yet the store knows nothing. */
struct store_challenge {
	uint64_t expires_ms;
	uint8_t id[STORE_CHALLENGE_SIZE]; /* random: chosen by who made it */
};

/* What came of spending an item's challenge. */
enum store_spend {
	STORE_SPEND_NONE = 0, /* the item has no challenge */
	STORE_SPEND_DONE,
	STORE_SPEND_EXPIRED,
	STORE_SPEND_AGAIN, /* spent before: a replay */
};

/* Something an operator or a policy did. `action` is a word: "accept", "enrol", "trust-ca". The
 * store sets both links: numbers rise, and `prev` is the event before of all. */
struct store_audit {
	struct store_link link;
	struct store_link prev;
	uint64_t at_ms;
	char uuid[TEXT_UUID_SIZE]; /* empty: of no VM */
	char action[32];
	char actor[64];
	char detail[256];
};

/* What a judge is asked and what it answers. */
struct store_change {
	enum store_spend spend;                 /* asked: whether the item's challenge was good */
	const struct store_appraisal *baseline; /* asked: NULL: none, or not wanted */
	char owner[TEXT_UUID_SIZE]; /* asked: another VM that one of the item's keys belongs to */
	struct store_vm vm;         /* asked: the record now; answered: the record to come */
	bool writes_vm;             /* answered: write `vm`. A report writes it in any case */
	bool is_baseline;           /* answered: the report becomes vm.baseline */
	bool takes_keys; /* answered: vm's keys become its own even where it has them already */
	const struct store_appraisal *appraisal; /* answered: to be appended, or NULL */
	const struct store_audit *audit;         /* answered: to be appended, or NULL */
};

/* Decides what an item writes; nothing by default. What `report` and `audit` point to must live
 * until store_write() returns. May be called again for the same item when a transaction has to be
 * repeated: it sets what it answers each time anew. */
typedef void store_judge(struct store_change *change, void *context);

struct store_item {
	char uuid[TEXT_UUID_SIZE]; /* empty: of no VM, for an audit event only */
	bool has_challenge;
	struct store_challenge challenge;
	bool wants_baseline;
	struct crypto_bytes keys[STORE_ITEM_KEYS]; /* whose they are is asked; empty: none */
	store_judge *judge;
	void *context;
	enum store_spend spend;    /* set by store_write() */
	struct store_link written; /* set by store_write(): the report, id 0 without one */
};

/* Items are judged by VM, those of one VM in their order: the second sees what the first wrote. */
struct store_batch {
	uint64_t now_ms;
	struct store_item *items;
	size_t item_count;
};

struct store_query {
	bool has_status; /* only VMs of this one */
	enum verdict_status status;
	/* Only VMs whose UUID begins with this or whose hostname has it, in lower case; empty: all.
	 */
	char search[STORE_SEARCH_SIZE];
	char after[TEXT_UUID_SIZE]; /* the last UUID of the page before; empty: from the start */
	size_t limit;               /* 1 to STORE_BATCH_MAX */
};

/* How many VMs are shown how. */
struct store_counts {
	uint64_t vms[VERDICT_CONTRAINDICATED + 1][CONTINUITY_COUNT];
};

/* How far the verification of one chain has come, and what it found. All zero at its beginning. */
struct store_verification {
	struct store_link at; /* of a history the report to come next, of the audit log the last
			       * event; where a step goes on */
	uint64_t count;       /* reports or events that are right */
	bool is_done;         /* all is looked at, or a fault ended it */
	const char *fault;    /* what is wrong, a literal; NULL: nothing so far */
	uint64_t where;       /* and with which report or event */
};

typedef bool store_vm_visit(const struct store_vm *vm, void *context);
typedef bool store_appraisal_visit(const struct store_appraisal *appraisal, void *context);
typedef bool store_audit_visit(const struct store_audit *audit, void *context);

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

void store_close(struct store *store);

/* Writes a batch. On failure nothing of it was written, whatever the items say. */
int store_write(struct store *store, struct store_batch *batch, struct error *err);

/* The record of a VM. Errors: NOT_FOUND. */
int store_read_vm(
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

/* The secret that all who use this store share: what is kept becomes `key`; where nothing is kept,
 * `key` is from now on. */
int store_share_key(struct store *store, uint8_t key[STORE_KEY_SIZE], struct error *err);

/* Forgets up to `limit` spent challenges that expired before `before_ms`. Call until none is
 * deleted. */
int store_expire_challenges(struct store *store, uint64_t before_ms, size_t limit,
	size_t *ret_deleted, struct error *err);

/* Deletes reports received before `before_ms`, from the oldest on, but no VM's newest one nor its
 * baseline: looks at `limit` reports behind number *cursor and moves it; start with 0, and call
 * until it is 0 again. Short transactions, so that reports get in between. */
int store_expire_appraisals(struct store *store, uint64_t before_ms, size_t limit, uint64_t *cursor,
	size_t *ret_deleted, struct error *err);

/* One step of the verification of a VM's history, from its newest report backwards: every hash and
 * every link, and at the end the baseline. Looks at STORE_VERIFY_STEP reports at most; call until
 * `is_done`. Reports may come and retention may delete meanwhile. What is wrong is a finding, not
 * an error, and ends it: behind a fault nothing says what should be there. Errors: NOT_FOUND for
 * the VM. */
int store_verify_history(struct store *store, const char *uuid,
	struct store_verification *verification, struct error *err);

/* The same for the audit log, from its first event on. */
int store_verify_audit(
	struct store *store, struct store_verification *verification, struct error *err);

/* The hash of a report behind one whose hash is report->prev.hash. SHA-256 over
 *   "vtpm-store-report-v2" NUL ‖ prev.hash ‖ uuid (36 characters) ‖ received_ms (8 bytes) ‖
 *   event ‖ status ‖ continuity ‖ reason ‖ verdict ‖ attest ‖ signature ‖ nonce ‖ secret ‖ ek ‖
 *   SHA-256(evidence)
 * with each of the ten in the middle as its length (4 bytes, big-endian) and its bytes, enums by
 * their names. Without an EK it is "vtpm-store-report-v1" and that one is left out.
 * Errors: CRYPTO, NO_MEMORY. */
int store_appraisal_hash(const struct store_appraisal *appraisal, uint8_t ret_hash[STORE_HASH_SIZE],
	struct error *err);

/* The hash of an audit event behind one whose hash is audit->prev.hash. SHA-256 over
 *   "vtpm-store-audit-v1" NUL ‖ prev.hash ‖ at_ms (8 bytes) ‖ uuid ‖ action ‖ actor ‖ detail
 * with the four texts as above. Errors: CRYPTO, NO_MEMORY. */
int store_audit_hash(
	const struct store_audit *audit, uint8_t ret_hash[STORE_HASH_SIZE], struct error *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What an implementation of a store provides, and what all of them share. */
#ifndef COLLECTOR_STORE_PRIVATE_H
#define COLLECTOR_STORE_PRIVATE_H

#include "collector/store/store_types.h"
#include "collector/store/store_words.h"

struct store;

struct store_tails {
	uint64_t after;
	uint64_t since_ms, until_ms;
};

/* As the functions of store.h, which check the arguments first. */
struct store_ops {
	void (*close)(struct store *store);
	int (*write)(struct store *store, struct store_batch *batch, const size_t *order,
		struct error *err);
	int (*read_vm)(
		struct store *store, const char *uuid, struct store_vm *ret_vm, struct error *err);
	int (*show_vm)(
		struct store *store, const char *uuid, struct store_vm *ret_vm, struct error *err);
	int (*list_vms)(struct store *store, const struct store_query *query, store_vm_visit *visit,
		void *context, struct error *err);
	int (*count_vms)(struct store *store, struct store_counts *counts, struct error *err);
	int (*list_appraisals)(struct store *store, uint64_t after, size_t limit,
		store_appraisal_visit *visit, void *context, struct error *err);
	int (*read_appraisal)(struct store *store, uint64_t id, store_appraisal_visit *visit,
		void *context, struct error *err);
	int (*read_timeline)(struct store *store, const char *uuid, uint64_t from, size_t limit,
		store_appraisal_visit *visit, void *context, struct error *err);
	int (*read_log)(struct store *store, const uint8_t sha256[STORE_HASH_SIZE],
		store_log_visit *visit, void *context, struct error *err);
	int (*list_logs)(struct store *store, const uint8_t after[STORE_HASH_SIZE], size_t limit,
		store_log_visit *visit, void *context, struct error *err);
	int (*list_claims)(struct store *store, const char *uuid, store_claim_visit *visit,
		void *context, struct error *err);
	int (*list_new_claims)(struct store *store, uint64_t after, size_t limit,
		store_claim_visit *visit, void *context, struct error *err);
	int (*expire_claims)(struct store *store, uint64_t before_ms, size_t limit,
		size_t *ret_deleted, struct error *err);
	int (*find_token)(struct store *store, const uint8_t digest[STORE_HASH_SIZE],
		struct store_token *ret_token, struct error *err);
	int (*list_tokens)(struct store *store, const char *uuid, uint64_t after, size_t limit,
		store_token_visit *visit, void *context, struct error *err);
	int (*list_result_keys)(struct store *store, size_t limit, store_result_key_visit *visit,
		void *context, struct error *err);
	int (*expire_pending)(struct store *store, uint64_t before_ms, size_t limit,
		size_t *ret_deleted, struct error *err);
	int (*read_room)(struct store *store, struct store_room *ret_room, struct error *err);
	int (*share_key)(struct store *store, uint8_t *key, struct error *err);
	int (*list_audit)(struct store *store, uint64_t after, size_t limit,
		store_audit_visit *visit, void *context, struct error *err);
	/* The newest event; number 0 and zeros where there is none. */
	int (*read_audit_head)(struct store *store, struct store_link *ret_head, struct error *err);
	/* The highest number of a report; 0: there is none. */
	int (*read_last_number)(struct store *store, uint64_t *ret_number, struct error *err);
	/* The highest number that was given to a claim, also to one that is forgotten. */
	int (*read_last_claim)(struct store *store, uint64_t *ret_number, struct error *err);
	/* A report's link back, whatever else of it can be read. Errors: NOT_FOUND. */
	int (*read_prev)(struct store *store, const char *uuid, uint64_t report,
		struct store_link *ret_prev, struct error *err);
	/* Names VMs whose records cannot be read, too. */
	int (*list_uuids)(struct store *store, const char *after, size_t limit,
		store_uuid_visit *visit, void *context, struct error *err);
	/* The newest audit event with a snapshot of the VM, whose revision is before `before`.
	 * Errors: NOT_FOUND. */
	int (*read_record_event)(struct store *store, const char *uuid, uint64_t before,
		struct store_audit *ret_audit, struct error *err);
	/* The VM's newest report before number `before`; 0: there is none. */
	int (*find_older)(struct store *store, const char *uuid, uint64_t before, uint64_t *ret_id,
		struct error *err);
	/* Whose a key is; empty: nobody's. */
	int (*find_owner)(struct store *store, const struct crypto_bytes *key,
		char ret_uuid[TEXT_UUID_SIZE], struct error *err);
	/* Keys that their owner's record does not have. */
	int (*list_stray_keys)(struct store *store, size_t limit, store_key_visit *visit,
		void *context, struct error *err);
	/* Whose the reports after number `after` are. */
	int (*list_owners)(struct store *store, uint64_t after, size_t limit,
		store_owner_visit *visit, void *context, struct error *err);
	/* VMs whose tail is after number `after`, and after the first report behind that which came
	 * from `since_ms` to `until_ms`, unless the first of these is 0. */
	int (*list_tails)(struct store *store, const struct store_tails *tails, size_t limit,
		store_tail_visit *visit, void *context, struct error *err);
	int (*expire_challenges)(struct store *store, uint64_t before_ms, size_t limit,
		size_t *ret_deleted, struct error *err);
	/* The VMs whose check_ms has come, in any order. */
	int (*list_due)(struct store *store, uint64_t now_ms, size_t limit, store_uuid_visit *visit,
		void *context, struct error *err);
	/* All zero before it was written. */
	int (*read_watch)(struct store *store, struct store_watch *ret_watch, struct error *err);
	int (*write_watch)(struct store *store, const struct store_watch *watch, struct error *err);
	/* When the last of the spent challenges expires; 0 where there is none. */
	int (*read_last_challenge)(
		struct store *store, uint64_t *ret_expires_ms, struct error *err);
	int (*expire_appraisals)(struct store *store, uint64_t before_ms, size_t limit,
		uint64_t *cursor, size_t *ret_deleted, struct error *err);
	/* Of a store that several collectors may use at once; NULL in the others. */
	bool (*has_duty)(struct store *store);
	int (*read_document)(
		struct store *store, const char *name, struct buf *to, struct error *err);
	int (*keep_document)(struct store *store, const char *name,
		const struct crypto_bytes *value, struct error *err);
};

/* The first member of each implementation's own structure. */
struct store {
	const struct store_ops *ops;
	uint64_t clock_offset_ms; /* between the monotonic clock and store_clock_ms() */
	_Atomic uint64_t lost;    /* store_lost_number() */
};

/* New reports have this number or a later one. */
uint64_t store_least_number(const struct store *store);

/* Sets the clock; for the end of opening a store. */
void store_clock_start(struct store *store);

/* Whether a report that is written changes which log its VM's newest report names. */
bool store_log_changes(const struct store_vm *before, const struct store_change *change);

/* The name that a log has in the database. What has another length is cut off or padded, and so the
 * name of nothing: a fault to be shown, and no error that would hide all logs behind it. */
void store_log_name(struct store_log *log, const struct crypto_bytes *sha256);

/* What a VM is known by, borrowed from its record. */
struct store_keys {
	size_t count;
	struct crypto_bytes items[STORE_EKS_MAX + 1];
};

struct store_keys store_vm_keys(const struct store_vm *vm);

bool store_keys_same(const struct store_keys *left, const struct store_keys *right);

/* Asks the item's judge about `change`, which has the questions filled in, and checks the answer.
 * Where that has a report, *ret_report becomes a copy with borrowed bytes (its snapshot's are the
 * change's), linked behind vm.head
 * and hashed, all but its number; else its received_ms and everything is 0.
 * Errors: TOO_LARGE, INTERNAL, CRYPTO, NO_MEMORY. */
int store_item_judge(const struct store_item *item, struct store_change *change,
	struct store_appraisal *ret_appraisal, struct error *err);

/* Makes `report`, which has its number now, its VM's newest, and tells the item. */
void store_item_written(struct store_item *item, struct store_change *change,
	const struct store_appraisal *appraisal);

/* A copy of the change's audit event, linked behind `head` and hashed, all but its number. */
int store_audit_link(const struct store_change *change, const struct store_link *head,
	struct store_audit *ret_audit, struct error *err);

/* Whether a VM, of which nothing is there, was forgotten behind the record of this revision. */
int store_was_forgotten(
	struct store *store, const char *uuid, uint64_t revision, bool *ret_was, struct error *err);

/* The audit event of VMs that were forgotten since nobody accepted them. */
struct store_audit store_pending_audit(size_t count, uint64_t now_ms);

/* What an audit event says of a token that is made: its VM and its digest. */
void store_token_print_made(const struct store_token *token, struct store_audit *audit);

/* What retention does with one report. */
struct store_retention {
	bool passes;  /* vm.tail becomes this report */
	bool deletes; /* and its row goes */
};

struct store_retention store_retention_decide(
	const struct store_vm *vm, const struct store_appraisal *appraisal, uint64_t before_ms);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the store in memory. */
#ifndef COLLECTOR_STORE_MEMORY_PRIVATE_H
#define COLLECTOR_STORE_MEMORY_PRIVATE_H

#include <pthread.h>

#include "collector/store/store_private.h"

/* A sorted array of pointers to rows, which it owns: each row is one allocation. */
struct memory_table {
	int (*compare)(const void *key, const void *row); /* as bsearch() wants it */
	void **rows;
	size_t count;
	size_t cap;
};

/* The place of `key`, or where it would be put; *ret_found says which. */
size_t memory_table_place(const struct memory_table *table, const void *key, bool *ret_found);

/* The row of `key`, or NULL. */
void *memory_table_find(const struct memory_table *table, const void *key);

/* Makes room for `count` more rows, so that memory_table_insert() cannot fail. */
int memory_table_reserve(struct memory_table *table, size_t count, struct error *err);
void memory_table_insert(struct memory_table *table, const void *key, void *row);
void memory_table_remove(struct memory_table *table, size_t place);
void memory_table_free(struct memory_table *table);

/* Whose a key is. */
struct memory_key {
	size_t len;
	uint8_t data[EVIDENCE_NAME_MAX];
	char uuid[TEXT_UUID_SIZE]; /* empty: nobody's any more, while a batch is under way */
};

/* How keys are ordered, for bsearch(). */
int memory_key_compare(const void *key, const void *row);

/* A VM's use of an event log. */
struct memory_log_key {
	char uuid[TEXT_UUID_SIZE];
	uint8_t sha256[STORE_HASH_SIZE];
};

/* How logs and their uses are ordered, for bsearch(). */
int memory_log_compare(const void *key, const void *row);
int memory_log_use_compare(const void *key, const void *row);

struct memory_store {
	struct store store; /* first: the ops' functions cast */
	pthread_mutex_t lock;
	struct memory_table vms;         /* struct store_vm by UUID */
	struct memory_table appraisals;  /* struct store_appraisal by number */
	struct memory_table spent;       /* struct store_challenge by itself */
	struct memory_table audit;       /* struct store_audit by number */
	struct memory_table keys;        /* struct memory_key by struct crypto_bytes */
	struct memory_table claims;      /* struct store_claim by number */
	struct memory_table tokens;      /* struct store_token by number */
	struct memory_table result_keys; /* struct store_result_key by when it came */
	struct memory_table logs;        /* event logs by their SHA-256 */
	struct memory_table log_uses;    /* by struct memory_log_key */
	uint64_t last_token;
	uint64_t last_appraisal;
	uint64_t last_claim;
	struct store_link last_audit;
	struct store_watch watch;
	bool has_shared_key;
	uint8_t shared_key[STORE_KEY_SIZE];
};

/* The store with its lock held, and back; rc is returned. */
static inline struct memory_store *memory_enter(struct store *store)
{
	struct memory_store *memory = (struct memory_store *)store;

	pthread_mutex_lock(&memory->lock);
	return memory;
}

static inline int memory_leave(struct memory_store *memory, int rc)
{
	pthread_mutex_unlock(&memory->lock);
	return rc;
}

/* What a batch is going to make of the tokens, in the order of the changes. */
struct memory_tokens {
	struct memory_token_change {
		struct store_token *made;    /* owned until it is handed over; NULL: none */
		uint64_t revoked;            /* 0: none */
		char forgot[TEXT_UUID_SIZE]; /* all of this VM; empty: of none */
	} * rows;
	size_t count;
};

int memory_tokens_stage(
	struct memory_tokens *tokens, const struct store_change *change, struct error *err);
int memory_tokens_reserve(
	struct memory_store *memory, const struct memory_tokens *tokens, struct error *err);
void memory_tokens_hand_over(struct memory_store *memory, struct memory_tokens *tokens);
void memory_tokens_free(struct memory_tokens *tokens);

/* What a batch is going to make of the keys that sign results, in the order of the changes. */
struct memory_result_keys {
	struct memory_result_key_change {
		struct store_result_key *made; /* owned until it is handed over */
		uint64_t others_until_ms;
	} * rows;
	size_t count;
};

bool memory_result_keys_has(
	const struct memory_store *memory, const struct memory_result_keys *keys);
int memory_result_keys_stage(
	struct memory_result_keys *keys, const struct store_change *change, struct error *err);
void memory_result_keys_hand_over(struct memory_store *memory, struct memory_result_keys *keys);
void memory_result_keys_free(struct memory_result_keys *keys);

/* What a batch is going to make of keys, in the order of the changes: the last one of a key holds.
 */
struct memory_keys {
	struct memory_key **rows;
	size_t count;
};

/* For a batch of `count` items. False: memory is short. */
bool memory_keys_start(struct memory_keys *keys, size_t count);
void memory_keys_free(struct memory_keys *keys);

/* Another VM that one of the item's keys belongs to by now. */
void memory_keys_find_other(const struct memory_store *memory, const struct memory_keys *keys,
	const struct store_item *item, char ret_owner[TEXT_UUID_SIZE]);
int memory_keys_stage(const struct memory_store *memory, struct memory_keys *keys,
	const struct store_vm *before, const struct store_change *change, struct error *err);
void memory_keys_hand_over(struct memory_store *memory, struct memory_keys *keys);

/* What a batch is going to make of claims. */
struct memory_claims {
	struct memory_claim_change {
		char uuid[TEXT_UUID_SIZE];
		bool drops;
		struct store_claim *claim; /* NULL: none comes */
	} * rows;
	size_t count, numbers; /* that it gives */
};

bool memory_claims_start(struct memory_claims *claims, size_t count);
void memory_claims_free(struct memory_claims *claims);
int memory_claims_stage(const struct memory_store *memory, struct memory_claims *claims,
	struct store_item *item, const struct store_change *change, struct error *err);
void memory_claims_hand_over(struct memory_store *memory, struct memory_claims *claims);

/* What a batch is going to make of event logs. */
struct memory_logs {
	struct memory_log_change {
		bool closes; /* the VM's newest report names `closed` no more, up to `last` it did
			      */
		struct memory_log_key closed;
		uint64_t last;
		void *use;    /* NULL: none comes */
		void *kept;   /* likewise */
		bool forgets; /* all that the VM of `closed` has */
	} * rows;
	size_t count;
};

bool memory_logs_start(struct memory_logs *logs, size_t count);
void memory_logs_free(struct memory_logs *logs);

/* How many logs only this VM names. */
size_t memory_logs_count(const struct memory_store *memory, const char *uuid);

/* Whether a log is kept, as this batch left it so far. */
bool memory_logs_has(
	const struct memory_store *memory, const struct memory_logs *logs, const uint8_t *sha256);
int memory_logs_stage(const struct memory_store *memory, struct memory_logs *logs,
	const struct store_vm *before, const struct store_change *change, struct error *err);
int memory_logs_reserve(
	struct memory_store *memory, const struct memory_logs *logs, struct error *err);
void memory_logs_hand_over(struct memory_store *memory, struct memory_logs *logs);

/* VMs that a batch is going to forget, and what of each is to go. */
struct memory_forgetting {
	struct memory_forgotten {
		char uuid[TEXT_UUID_SIZE];
		uint64_t head; /* reports up to this number */
	} * rows;
	size_t count;
};

/* What stands in the store of a VM, but for its reports. */
void memory_count_forgotten(
	const struct memory_store *memory, const char *uuid, struct store_forgotten *forgotten);

/* For a batch of `count` items. False: memory is short. */
bool memory_forgetting_start(struct memory_forgetting *forgetting, size_t count);
void memory_forgetting_stage(struct memory_forgetting *forgetting, const struct store_vm *vm);

/* Behind what is handed over of reports, before that of VMs. */
void memory_forgetting_hand_over(
	struct memory_store *memory, const struct memory_forgetting *forgetting);

/* Retention went past reports of this VM: what no report names any more goes. */
void memory_logs_expire(struct memory_store *memory, const struct store_vm *vm);

/* Parts of store_ops. */
int memory_read_log(struct store *store, const uint8_t sha256[STORE_HASH_SIZE],
	store_log_visit *visit, void *context, struct error *err);
int memory_list_logs(struct store *store, const uint8_t after[STORE_HASH_SIZE], size_t limit,
	store_log_visit *visit, void *context, struct error *err);
int memory_read_last_claim(struct store *store, uint64_t *ret_number, struct error *err);
int memory_find_token(struct store *store, const uint8_t digest[STORE_HASH_SIZE],
	struct store_token *ret_token, struct error *err);
int memory_list_claims(struct store *store, const char *uuid, store_claim_visit *visit,
	void *context, struct error *err);
int memory_list_new_claims(struct store *store, uint64_t after, size_t limit,
	store_claim_visit *visit, void *context, struct error *err);
int memory_expire_claims(struct store *store, uint64_t before_ms, size_t limit, size_t *ret_deleted,
	struct error *err);
int memory_list_result_keys(struct store *store, size_t limit, store_result_key_visit *visit,
	void *context, struct error *err);
int memory_list_tokens(struct store *store, const char *uuid, uint64_t after, size_t limit,
	store_token_visit *visit, void *context, struct error *err);

/* A copy that holds its bytes in the same allocation. NULL when memory is short. */
struct store_appraisal *memory_appraisal_copy(const struct store_appraisal *appraisal);

/* Parts of store_ops, with the lock held. */
int memory_expire_pending(struct memory_store *memory, uint64_t before_ms, size_t limit,
	size_t *ret_deleted, struct error *err);
void memory_read_room(const struct memory_store *memory, struct store_room *ret_room);

/* store_ops.write, with the lock held. */
int memory_write(struct memory_store *memory, struct store_batch *batch, const size_t *order,
	struct error *err);

/* Parts of store_ops. */
int memory_read_last_number(struct store *store, uint64_t *ret_number, struct error *err);
int memory_read_prev(struct store *store, const char *uuid, uint64_t report,
	struct store_link *ret_prev, struct error *err);
int memory_list_uuids(struct store *store, const char *after, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err);
int memory_read_record_event(struct store *store, const char *uuid, uint64_t before,
	struct store_audit *ret_audit, struct error *err);
int memory_find_older(struct store *store, const char *uuid, uint64_t before, uint64_t *ret_id,
	struct error *err);
int memory_find_owner(struct store *store, const struct crypto_bytes *key,
	char ret_uuid[TEXT_UUID_SIZE], struct error *err);
int memory_list_due(struct store *store, uint64_t now_ms, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err);
int memory_read_watch(struct store *store, struct store_watch *ret_watch, struct error *err);
int memory_write_watch(struct store *store, const struct store_watch *watch, struct error *err);
int memory_list_stray_keys(struct store *store, size_t limit, store_key_visit *visit, void *context,
	struct error *err);
int memory_list_tails(struct store *store, const struct store_tails *tails, size_t limit,
	store_tail_visit *visit, void *context, struct error *err);
int memory_list_owners(struct store *store, uint64_t after, size_t limit, store_owner_visit *visit,
	void *context, struct error *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/store.h"
#include "collector/store/store_private.h"
#include "core/log.h"
#include "platform/system.h"

void store_close(struct store *store)
{
	if (store)
		store->ops->close(store);
}

/* Of the challenges that were forgotten, each expired at least STORE_CHALLENGE_MS before the last
 * one that was not. */
void store_clock_start(struct store *store)
{
	uint64_t now_ms = platform_wall_clock_ms(), last_ms = 0;
	struct error ignored;
	int rc = store->ops->read_last_challenge(store, &last_ms, &ignored);

	if (!rc && last_ms > now_ms + STORE_CHALLENGE_MS) {
		log_write(LOG_LEVEL_WARNING,
			"the clock is behind the store's by %" PRIu64 " s: was it set back?",
			(last_ms - now_ms) / 1000);
		now_ms = last_ms - STORE_CHALLENGE_MS;
	}
	store->clock_offset_ms = now_ms - platform_monotonic_ms();
}

uint64_t store_clock_ms(const struct store *store)
{
	return platform_monotonic_ms() + store->clock_offset_ms;
}

void store_note_lost(struct store *store, uint64_t number)
{
	uint64_t known = atomic_load(&store->lost);

	while (number > known && !atomic_compare_exchange_weak(&store->lost, &known, number))
		;
}

uint64_t store_lost_number(const struct store *store)
{
	return atomic_load(&store->lost);
}

uint64_t store_least_number(const struct store *store)
{
	uint64_t lost = atomic_load(&store->lost);

	return lost ? ((lost >> 32) + 1) << 32 : 0;
}

static bool is_canonical(const char *uuid)
{
	char canonical[TEXT_UUID_SIZE];

	return text_uuid(uuid, canonical) && !strcmp(uuid, canonical);
}

static int check_uuid(const char *uuid, struct error *err)
{
	return is_canonical(uuid) ? 0 : error_set(err, ERROR_INTERNAL, "not a canonical UUID");
}

static int check_count(size_t count, struct error *err)
{
	if (count > STORE_BATCH_MAX)
		return error_set(err, ERROR_TOO_LARGE, "more than %d at once", STORE_BATCH_MAX);
	return 0;
}

static int check_limit(size_t limit, struct error *err)
{
	return limit ? check_count(limit, err) : error_set(err, ERROR_INTERNAL, "no limit given");
}

static int check_batch(const struct store_batch *batch, struct error *err)
{
	int rc = check_count(batch->item_count, err);

	for (size_t i = 0; !rc && i < batch->item_count; i++) {
		const struct store_item *item = &batch->items[i];

		if (*item->uuid)
			rc = check_uuid(item->uuid, err);
		for (size_t j = 0; !rc && j < STORE_ITEM_KEYS; j++) {
			if (item->keys[j].len > EVIDENCE_NAME_MAX)
				rc = error_set(err, ERROR_TOO_LARGE, "a key is too long");
		}
	}
	return rc;
}

static int compare_items(const void *left, const void *right, void *items)
{
	size_t a = *(const size_t *)left, b = *(const size_t *)right;
	int order =
		strcmp(((struct store_item *)items)[a].uuid, ((struct store_item *)items)[b].uuid);

	return order ? order : (a > b) - (a < b);
}

int store_write(struct store *store, struct store_batch *batch, struct error *err)
{
	int rc = check_batch(batch, err);
	size_t *order;

	if (rc)
		return rc;
	order = calloc(batch->item_count + 1, sizeof(*order));
	if (!order)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a batch");
	for (size_t i = 0; i < batch->item_count; i++) {
		order[i] = i;
		batch->items[i].spend = STORE_SPEND_NONE;
		batch->items[i].written = (struct store_link){0};
		batch->items[i].claimed = 0;
		batch->items[i].forgotten = (struct store_forgotten){0};
	}
	qsort_r(order, batch->item_count, sizeof(*order), compare_items, batch->items);
	rc = store->ops->write(store, batch, order, err);
	free(order);
	return rc;
}

int store_read_vm(struct store *store, const char *uuid, struct store_vm *ret_vm, struct error *err)
{
	int rc = check_uuid(uuid, err);

	return rc ? rc : store->ops->read_vm(store, uuid, ret_vm, err);
}

int store_show_vm(struct store *store, const char *uuid, struct store_vm *ret_vm, struct error *err)
{
	int rc = check_uuid(uuid, err);

	return rc ? rc : store->ops->show_vm(store, uuid, ret_vm, err);
}

int store_list_vms(struct store *store, const struct store_query *query, store_vm_visit *visit,
	void *context, struct error *err)
{
	int rc = check_limit(query->limit, err);

	if (!rc && *query->after)
		rc = check_uuid(query->after, err);
	return rc ? rc : store->ops->list_vms(store, query, visit, context, err);
}

int store_list_uuids(struct store *store, const char *after, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err)
{
	int rc = check_limit(limit, err);

	return rc ? rc : store->ops->list_uuids(store, after, limit, visit, context, err);
}

int store_list_due(struct store *store, uint64_t now_ms, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err)
{
	int rc = check_limit(limit, err);

	return rc ? rc : store->ops->list_due(store, now_ms, limit, visit, context, err);
}

int store_read_watch(struct store *store, struct store_watch *ret_watch, struct error *err)
{
	return store->ops->read_watch(store, ret_watch, err);
}

int store_write_watch(struct store *store, const struct store_watch *watch, struct error *err)
{
	return store->ops->write_watch(store, watch, err);
}

int store_count_vms(struct store *store, struct store_counts *ret_counts, struct error *err)
{
	struct store_counts counts = {0};
	int rc = store->ops->count_vms(store, &counts, err);

	if (!rc)
		*ret_counts = counts;
	return rc;
}

int store_list_appraisals(struct store *store, uint64_t after, size_t limit,
	store_appraisal_visit *visit, void *context, struct error *err)
{
	int rc = check_limit(limit, err);

	return rc ? rc : store->ops->list_appraisals(store, after, limit, visit, context, err);
}

int store_read_appraisal(struct store *store, uint64_t id, store_appraisal_visit *visit,
	void *context, struct error *err)
{
	return store->ops->read_appraisal(store, id, visit, context, err);
}

int store_read_timeline(struct store *store, const char *uuid, uint64_t from, size_t limit,
	store_appraisal_visit *visit, void *context, struct error *err)
{
	int rc = check_limit(limit, err);

	if (!rc)
		rc = check_uuid(uuid, err);
	return rc ? rc : store->ops->read_timeline(store, uuid, from, limit, visit, context, err);
}

int store_list_claims(struct store *store, const char *uuid, store_claim_visit *visit,
	void *context, struct error *err)
{
	int rc = check_uuid(uuid, err);

	return rc ? rc : store->ops->list_claims(store, uuid, visit, context, err);
}

int store_read_log(struct store *store, const uint8_t sha256[STORE_HASH_SIZE],
	store_log_visit *visit, void *context, struct error *err)
{
	return store->ops->read_log(store, sha256, visit, context, err);
}

int store_list_logs(struct store *store, const uint8_t after[STORE_HASH_SIZE], size_t limit,
	store_log_visit *visit, void *context, struct error *err)
{
	int rc = check_limit(limit, err);

	return rc ? rc : store->ops->list_logs(store, after, limit, visit, context, err);
}

int store_list_new_claims(struct store *store, uint64_t after, size_t limit,
	store_claim_visit *visit, void *context, struct error *err)
{
	int rc = check_limit(limit, err);

	return rc ? rc : store->ops->list_new_claims(store, after, limit, visit, context, err);
}

int store_read_last_claim(struct store *store, uint64_t *ret_number, struct error *err)
{
	return store->ops->read_last_claim(store, ret_number, err);
}

int store_expire_claims(struct store *store, uint64_t before_ms, size_t limit, size_t *ret_deleted,
	struct error *err)
{
	int rc = check_limit(limit, err);

	return rc ? rc : store->ops->expire_claims(store, before_ms, limit, ret_deleted, err);
}

int store_find_token(struct store *store, const uint8_t digest[STORE_HASH_SIZE],
	struct store_token *ret_token, struct error *err)
{
	return store->ops->find_token(store, digest, ret_token, err);
}

int store_list_tokens(struct store *store, const char *uuid, uint64_t after, size_t limit,
	store_token_visit *visit, void *context, struct error *err)
{
	int rc = check_limit(limit, err);

	if (!rc && *uuid)
		rc = check_uuid(uuid, err);
	return rc ? rc : store->ops->list_tokens(store, uuid, after, limit, visit, context, err);
}

int store_list_result_keys(struct store *store, size_t limit, store_result_key_visit *visit,
	void *context, struct error *err)
{
	int rc = check_limit(limit, err);

	return rc ? rc : store->ops->list_result_keys(store, limit, visit, context, err);
}

int store_share_key(struct store *store, uint8_t key[STORE_KEY_SIZE], struct error *err)
{
	return store->ops->share_key(store, key, err);
}

int store_list_audit(struct store *store, uint64_t after, size_t limit, store_audit_visit *visit,
	void *context, struct error *err)
{
	int rc = check_limit(limit, err);

	return rc ? rc : store->ops->list_audit(store, after, limit, visit, context, err);
}

int store_expire_challenges(struct store *store, uint64_t before_ms, size_t limit,
	size_t *ret_deleted, struct error *err)
{
	int rc = check_limit(limit, err);

	return rc ? rc : store->ops->expire_challenges(store, before_ms, limit, ret_deleted, err);
}

int store_expire_appraisals(struct store *store, uint64_t before_ms, size_t limit, uint64_t *cursor,
	size_t *ret_deleted, struct error *err)
{
	int rc = check_limit(limit, err);

	if (rc)
		return rc;
	return store->ops->expire_appraisals(store, before_ms, limit, cursor, ret_deleted, err);
}

int store_expire_pending(struct store *store, uint64_t before_ms, size_t limit, size_t *ret_deleted,
	struct error *err)
{
	int rc = check_limit(limit, err);

	return rc ? rc : store->ops->expire_pending(store, before_ms, limit, ret_deleted, err);
}

int store_read_room(struct store *store, struct store_room *ret_room, struct error *err)
{
	return store->ops->read_room(store, ret_room, err);
}

bool store_is_shared(const struct store *store)
{
	return store->ops->has_duty != NULL;
}

bool store_has_duty(struct store *store)
{
	return !store_is_shared(store) || store->ops->has_duty(store);
}

int store_read_document(struct store *store, const char *name, struct buf *to, struct error *err)
{
	if (!store_is_shared(store))
		return error_set(err, ERROR_INTERNAL, "%s: the store is nobody else's", name);
	return store->ops->read_document(store, name, to, err);
}

int store_keep_document(
	struct store *store, const char *name, const struct crypto_bytes *value, struct error *err)
{
	if (!store_is_shared(store))
		return error_set(err, ERROR_INTERNAL, "%s: the store is nobody else's", name);
	return store->ops->keep_document(store, name, value, err);
}

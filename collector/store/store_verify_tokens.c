/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the tokens that are there are those that the audit log says were made and not revoked. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/store.h"
#include "collector/store/store_private.h"
#include "collector/store/store_verify.h"

#define TRIES 8

/* What an audit event says of a token. */
struct known {
	uint8_t digest[STORE_HASH_SIZE];
	char uuid[TEXT_UUID_SIZE];
	uint64_t at_ms;
	uint64_t event;
	bool has_digest; /* events of before say of whom and when alone */
	bool is_revoked;
	bool is_there;
};

struct knowing {
	size_t count, room;
	struct known *items;
	struct known *forgotten; /* the same of VMs, none of whose tokens before is there */
	size_t forgotten_count, forgotten_room;
	uint64_t last;
	bool has_no_memory;
};

struct comparing {
	struct knowing log;
	uint64_t last; /* token */
	struct store_verification found;
};

static struct known *add(struct known **items, size_t *count, size_t *room)
{
	const size_t more = *room ? 2 * *room : 64;
	struct known *grown;

	if (*count == *room) {
		grown = realloc(*items, more * sizeof(*grown));
		if (!grown)
			return NULL;
		*items = grown;
		*room = more;
	}
	(*items)[*count] = (struct known){0};
	return &(*items)[(*count)++];
}

/* Events without a digest come first: none of them is found. */
static int order(const void *left, const void *right)
{
	const struct known *one = left, *other = right;

	if (one->has_digest != other->has_digest)
		return one->has_digest ? 1 : -1;
	return memcmp(one->digest, other->digest, STORE_HASH_SIZE);
}

static int order_events(const void *left, const void *right)
{
	const struct known *one = left, *other = right;
	int by_digest = order(left, right);

	return by_digest ? by_digest : one->event < other->event ? -1 : one->event > other->event;
}

static int order_uuids(const void *left, const void *right)
{
	return strcmp(((const struct known *)left)->uuid, ((const struct known *)right)->uuid);
}

static int order_forgotten(const void *left, const void *right)
{
	const struct known *one = left, *other = right;
	int by_uuid = order_uuids(left, right);

	return by_uuid ? by_uuid : one->event < other->event ? -1 : one->event > other->event;
}

/* --- what the audit log says --- */

static bool see_forgotten(const struct store_audit *audit, struct knowing *log)
{
	struct known *known = add(&log->forgotten, &log->forgotten_count, &log->forgotten_room);

	log->has_no_memory = !known;
	if (!known)
		return false;
	memcpy(known->uuid, audit->uuid, sizeof(known->uuid));
	known->event = audit->link.id;
	return true;
}

static bool see_event(const struct store_audit *audit, void *context)
{
	struct knowing *log = context;
	const char *hex = strstr(audit->detail, STORE_TOKEN_DIGEST);
	const bool was_made =
		strncmp(audit->detail, STORE_TOKEN_MADE, strlen(STORE_TOKEN_MADE)) == 0;
	struct known *known;

	log->last = audit->link.id;
	if (strcmp(audit->action, STORE_FORGOTTEN_ACTION) == 0)
		return see_forgotten(audit, log);
	if (strcmp(audit->action, STORE_TOKEN_ACTION) != 0 || (!hex && !was_made))
		return true;
	known = add(&log->items, &log->count, &log->room);
	log->has_no_memory = !known;
	if (!known)
		return false;
	memcpy(known->uuid, audit->uuid, sizeof(known->uuid));
	known->at_ms = audit->at_ms;
	known->event = audit->link.id;
	known->is_revoked = !was_made;
	known->has_digest = hex && text_unhex(hex + strlen(STORE_TOKEN_DIGEST),
					   strlen(hex + strlen(STORE_TOKEN_DIGEST)), known->digest,
					   STORE_HASH_SIZE) == STORE_HASH_SIZE;
	return true;
}

static int read_log(struct store *store, struct knowing *log, struct error *err)
{
	uint64_t after;
	int rc;

	do {
		after = log->last;
		rc = store_list_audit(store, after, STORE_BATCH_MAX, see_event, log, err);
	} while (!rc && !log->has_no_memory && log->last > after);
	return log->has_no_memory ? error_set(err, ERROR_NO_MEMORY, "no memory for tokens") : rc;
}

/* --- held together --- */

/* Of the events about one token the last says what has become of it. */
static void keep_last(struct knowing *log)
{
	size_t kept = 0;

	if (log->count)
		qsort(log->items, log->count, sizeof(log->items[0]), order_events);
	for (size_t i = 0; i < log->count; i++) {
		const bool is_same = kept && log->items[i].has_digest &&
				     !order(&log->items[kept - 1], &log->items[i]);

		kept += !is_same;
		log->items[kept - 1] = log->items[i];
	}
	log->count = kept;
}

/* Who forgets a VM revokes its tokens. */
static void heed_forgotten(struct knowing *log)
{
	size_t kept = 0;

	if (!log->forgotten_count)
		return;
	qsort(log->forgotten, log->forgotten_count, sizeof(log->forgotten[0]), order_forgotten);
	for (size_t i = 0; i < log->forgotten_count; i++) {
		kept += !kept || order_uuids(&log->forgotten[kept - 1], &log->forgotten[i]) != 0;
		log->forgotten[kept - 1] = log->forgotten[i];
	}
	log->forgotten_count = kept;
	for (size_t i = 0; i < log->count; i++) {
		const struct known *end = bsearch(&log->items[i], log->forgotten, kept,
			sizeof(log->forgotten[0]), order_uuids);

		if (!end || log->items[i].is_revoked || log->items[i].event > end->event)
			continue;
		log->items[i].is_revoked = true;
		log->items[i].event = end->event;
	}
}

/* An event of before tokens were named by their digests. */
static bool is_excused(const struct knowing *log, const struct store_token *token)
{
	for (size_t i = 0; i < log->count; i++) {
		const struct known *event = &log->items[i];
		const bool is_old = !event->has_digest && event->at_ms == token->made_ms;

		if (is_old && !strcmp(event->uuid, token->uuid))
			return true;
	}
	return false;
}

static bool see_token(const struct store_token *token, void *context)
{
	struct comparing *comparing = context;
	struct knowing *log = &comparing->log;
	char hex[2 * STORE_HASH_SIZE + 1];
	struct known key = {.has_digest = true}, *event = NULL;

	memcpy(key.digest, token->digest, sizeof(key.digest));
	if (log->count)
		event = bsearch(&key, log->items, log->count, sizeof(key), order);
	comparing->last = token->id;
	text_hex(token->digest, STORE_HASH_SIZE, hex, sizeof(hex));
	if (!event && !is_excused(log, token))
		store_verify_found(&comparing->found, 0,
			"token %" PRIu64 " of VM %s, SHA-256 %s, is in no audit event", token->id,
			token->uuid, hex);
	if (!event)
		return true;
	event->is_there = true;
	if (event->is_revoked)
		store_verify_found(&comparing->found, event->event,
			"token %" PRIu64 " of VM %s, which audit event %" PRIu64
			" revoked, is there",
			token->id, token->uuid, event->event);
	else if (strcmp(event->uuid, token->uuid) != 0)
		store_verify_found(&comparing->found, 0,
			"token %" PRIu64 " is VM %s's; by audit event %" PRIu64 " it is VM %s's",
			token->id, token->uuid, event->event, event->uuid);
	return true;
}

static int hold_together(struct store *store, struct comparing *comparing, struct error *err)
{
	uint64_t after;
	int rc;

	do {
		after = comparing->last;
		rc = store_list_tokens(
			store, "", after, STORE_BATCH_MAX, see_token, comparing, err);
	} while (!rc && comparing->last > after);
	for (size_t i = 0; !rc && i < comparing->log.count; i++) {
		const struct known *event = &comparing->log.items[i];

		if (event->has_digest && !event->is_revoked && !event->is_there)
			store_verify_found(&comparing->found, 0,
				"the token of VM %s that audit event %" PRIu64
				" made is not there, and none revoked it",
				event->uuid, event->event);
	}
	return rc;
}

static void take_faults(struct store_verification *to, const struct store_verification *found)
{
	for (size_t i = 0; i < found->fault_count && i < STORE_FAULTS_MAX / 4; i++)
		store_verify_found(to, 0, "%s", found->faults[i].what);
}

/* Each change of the tokens is an audit event in the same transaction: where none came meanwhile,
 * log and table are of one moment. */
static int compare_once(
	struct store *store, struct store_verification *to, bool *ret_is_done, struct error *err)
{
	struct comparing *comparing = calloc(1, sizeof(*comparing));
	struct store_link before, after = {0};
	int rc;

	if (!comparing)
		return error_set(err, ERROR_NO_MEMORY, "no memory for tokens");
	rc = store->ops->read_audit_head(store, &before, err);
	if (!rc)
		rc = read_log(store, &comparing->log, err);
	keep_last(&comparing->log);
	heed_forgotten(&comparing->log);
	if (!rc)
		rc = hold_together(store, comparing, err);
	if (!rc)
		rc = store->ops->read_audit_head(store, &after, err);
	*ret_is_done = !rc && before.id == after.id;
	if (*ret_is_done)
		take_faults(to, &comparing->found);
	free(comparing->log.items);
	free(comparing->log.forgotten);
	free(comparing);
	return rc;
}

int store_verify_tokens(
	struct store *store, struct store_verification *verification, struct error *err)
{
	bool is_done = false;
	int rc = 0;

	for (int tries = 0; !rc && !is_done && tries < TRIES; tries++)
		rc = compare_once(store, verification, &is_done, err);
	if (rc == -ERROR_MALFORMED) {
		store_verify_found(
			verification, 0, "the tokens cannot be read: %.200s", err->message);
		return 0;
	}
	if (!rc && !is_done)
		rc = error_set(err, ERROR_TIMEOUT, "tokens are made all the time");
	return rc;
}

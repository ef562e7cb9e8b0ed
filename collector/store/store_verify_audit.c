/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks the audit log's chain, by what any store offers. */
#include <string.h>

#include "collector/store/store.h"
#include "collector/store/store_private.h"

struct walk {
	struct store_verification *to;
	struct store_link
		head; /* as it was at the step's start: what came since is not looked at */
	int rc;
	struct error *err;
};

static void set_fault(struct store_verification *to, uint64_t event, const char *what)
{
	to->fault = what;
	to->where = event;
	to->is_done = true;
}

static const char *fault_of(const struct walk *walk, const struct store_audit *audit,
	const uint8_t hash[STORE_HASH_SIZE])
{
	const struct store_link *last = &walk->to->at;
	bool follows = audit->prev.id == last->id &&
		       memcmp(audit->prev.hash, last->hash, STORE_HASH_SIZE) == 0;

	if (memcmp(hash, audit->link.hash, STORE_HASH_SIZE) != 0)
		return "the audit event was changed";
	if (!follows)
		return "the audit event before this one is missing or another one";
	if (audit->link.id == walk->head.id && memcmp(hash, walk->head.hash, STORE_HASH_SIZE) != 0)
		return "the audit event is not the one that was linked";
	return NULL;
}

static bool walk_event(const struct store_audit *audit, void *context)
{
	struct walk *walk = context;
	uint8_t hash[STORE_HASH_SIZE];
	const char *fault;

	if (audit->link.id > walk->head.id)
		return false;
	walk->rc = store_audit_hash(audit, hash, walk->err);
	if (walk->rc)
		return false;
	fault = fault_of(walk, audit, hash);
	if (fault) {
		set_fault(walk->to, audit->link.id, fault);
		return false;
	}
	walk->to->count++;
	walk->to->at = audit->link;
	return true;
}

static int walk_step(struct store *store, struct walk *walk)
{
	struct store_verification *to = walk->to;
	uint64_t before = to->count;
	int rc = store->ops->read_audit_head(store, &walk->head, walk->err);

	if (!rc && to->at.id < walk->head.id)
		rc = store_list_audit(
			store, to->at.id, STORE_VERIFY_STEP, walk_event, walk, walk->err);
	if (rc || walk->rc || to->fault)
		return rc ? rc : walk->rc;
	to->is_done = to->at.id >= walk->head.id;
	if (!to->is_done && to->count == before)
		set_fault(to, walk->head.id, "the newest audit events are missing");
	return 0;
}

int store_verify_audit(
	struct store *store, struct store_verification *verification, struct error *err)
{
	struct store_verification next = *verification;
	struct walk walk = {.to = &next, .err = err};
	int rc = walk_step(store, &walk);

	if (rc == -ERROR_MALFORMED) {
		set_fault(&next, next.at.id, "the audit log cannot be read after this event");
		rc = 0;
	}
	if (!rc)
		*verification = next;
	return rc;
}

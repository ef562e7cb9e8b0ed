/* SPDX-License-Identifier: BSD-2-Clause */
/* The ends of all chains, now and as they were. */
#include <string.h>

#include "collector/store/store.h"
#include "collector/store/store_private.h"
#include "collector/store/store_snapshot.h"

int store_read_ends(
	struct store *store, uint64_t *ret_reports, struct store_link *ret_event, struct error *err)
{
	int rc = store->ops->read_last_number(store, ret_reports, err);

	return rc ? rc : store->ops->read_audit_head(store, ret_event, err);
}

int store_read_record_event(struct store *store, const char *uuid, uint64_t revision,
	struct store_vm *ret_vm, struct error *err)
{
	struct store_audit audit;
	struct crypto_bytes bytes;
	int rc = store->ops->read_record_event(store, uuid, revision, &audit, err);

	if (rc)
		return rc;
	/* What comes behind it is another VM. */
	if (strcmp(audit.action, STORE_FORGOTTEN_ACTION) == 0)
		return error_set(err, ERROR_NOT_FOUND, "VM %s was forgotten", uuid);
	bytes = (struct crypto_bytes){audit.snapshot.bytes, audit.snapshot.len};
	return store_snapshot_read(&bytes, uuid, NULL, ret_vm, err);
}

int store_read_record_ms(struct store *store, const char *uuid, uint64_t *ret_ms, struct error *err)
{
	struct store_audit audit = {0};
	int rc = store->ops->read_record_event(store, uuid, INT64_MAX, &audit, err);

	if (rc && rc != -ERROR_NOT_FOUND)
		return rc;
	*ret_ms = rc ? 0 : audit.at_ms;
	return 0;
}

/* What the VM was when a report was written. */
struct then {
	enum store_enrolment enrolment;
	bool is_told; /* by the report itself */
};

static bool see_enrolment(const struct store_appraisal *appraisal, void *context)
{
	struct then *then = context;
	struct store_vm vm;
	struct error ignored;

	if (appraisal->snapshot.len && !store_snapshot_read(&appraisal->snapshot, appraisal->uuid,
					       &appraisal->link, &vm, &ignored))
		*then = (struct then){vm.enrolment, true};
	return false;
}

/* Whether an operator accepted the VM since reports and events tell what it was. */
static int was_accepted_since(
	struct store *store, const char *uuid, bool *ret_was, struct error *err)
{
	struct store_audit audit;
	uint64_t before = INT64_MAX;
	int rc = 0;

	*ret_was = false;
	while (!rc && !*ret_was) {
		rc = store->ops->read_record_event(store, uuid, before, &audit, err);
		if (rc)
			break;
		*ret_was = strcmp(audit.action, "accept") == 0;
		before = audit.revision;
	}
	return rc == -ERROR_NOT_FOUND ? 0 : rc;
}

/* Goes back from the newest report to the first that is not after `at`. */
static int walk_back(struct store *store, const struct store_vm *vm, uint64_t at,
	struct store_link *ret_head, enum store_head_state *ret_state, struct error *err)
{
	struct store_link link = vm->head, prev;

	*ret_state = STORE_HEAD_THERE;
	while (link.id > at) {
		int rc;

		if (link.id <= vm->tail.id) {
			*ret_state = STORE_HEAD_EXPIRED;
			return 0;
		}
		rc = store->ops->read_prev(store, vm->uuid, link.id, &prev, err);
		if (rc == -ERROR_NOT_FOUND || (!rc && prev.id >= link.id)) {
			*ret_state = STORE_HEAD_LOST;
			return 0;
		}
		if (rc)
			return rc;
		link = prev;
	}
	if (!link.id)
		*ret_state = STORE_HEAD_NONE;
	*ret_head = link;
	return 0;
}

static int find_head(struct store *store, const char *uuid, uint64_t at,
	struct store_link *ret_head, enum store_head_state *ret_state, struct error *err)
{
	struct then then;
	struct store_vm vm;
	bool is_unsure = false;
	int rc = store_read_vm(store, uuid, &vm, err);

	if (rc == -ERROR_NOT_FOUND || rc == -ERROR_MALFORMED) {
		*ret_state = rc == -ERROR_NOT_FOUND ? STORE_HEAD_NONE : STORE_HEAD_LOST;
		return 0;
	}
	if (!rc)
		rc = walk_back(store, &vm, at, ret_head, ret_state, err);
	if (rc || *ret_state != STORE_HEAD_THERE)
		return rc;
	then = (struct then){.enrolment = vm.enrolment}; /* where the report is gone, too */
	rc = store_read_appraisal(store, ret_head->id, see_enrolment, &then, err);
	if (then.enrolment != STORE_ENROLMENT_ACCEPTED)
		*ret_state = STORE_HEAD_WAITING;
	else if (!rc && !then.is_told)
		rc = was_accepted_since(store, uuid, &is_unsure, err);
	/* Perhaps it waited, and was no part of a checkpoint of then. */
	if (is_unsure)
		*ret_state = STORE_HEAD_EXPIRED;
	/* What cannot be read of it, verify_history() tells. */
	return rc == -ERROR_NOT_FOUND || rc == -ERROR_MALFORMED ? 0 : rc;
}

struct page {
	char uuids[STORE_VERIFY_STEP][TEXT_UUID_SIZE];
	size_t count;
};

static bool keep_uuid(const char *uuid, void *context)
{
	struct page *page = context;

	memcpy(page->uuids[page->count++], uuid, TEXT_UUID_SIZE);
	return true;
}

int store_list_heads(struct store *store, uint64_t at, const char *after, size_t limit,
	store_head_visit *visit, void *context, struct error *err)
{
	struct page page = {.count = 0};
	bool goes_on = true;
	int rc = store_list_uuids(store, after,
		limit < STORE_VERIFY_STEP ? limit : STORE_VERIFY_STEP, keep_uuid, &page, err);

	for (size_t i = 0; !rc && goes_on && i < page.count; i++) {
		struct store_link head = {0};
		enum store_head_state state = STORE_HEAD_NONE;

		rc = find_head(store, page.uuids[i], at, &head, &state, err);
		if (!rc)
			goes_on = visit(page.uuids[i], state, &head, context);
	}
	return rc;
}

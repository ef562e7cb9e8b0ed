/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks the chains of a store, by what any implementation offers: each VM's backwards from its
 * newest report, the audit log's forwards. */
#include <stdio.h>
#include <string.h>

#include "collector/store/store_private.h"

#define VERIFY_PAGE  64 /* reports in one read, so that no other reader waits long */
#define VERIFY_TRIES 4

struct walk {
	const struct store_vm *vm;
	struct store_link next; /* what the next report must be */
	uint64_t reports;
	const char *what; /* the fault, or NULL */
	uint64_t where;
	int rc;
	struct error *err;
};

static bool fault(struct walk *walk, uint64_t report, const char *what)
{
	walk->what = what;
	walk->where = report;
	return false;
}

/* Whether this report is what `expected` says. */
static bool check_report(
	struct walk *walk, const struct store_report *report, const struct store_link *expected)
{
	uint8_t hash[STORE_HASH_SIZE];

	if (report->link.id != expected->id)
		return fault(walk, expected->id, "the report is missing");
	if (strcmp(report->uuid, walk->vm->uuid) != 0)
		return fault(walk, expected->id, "the report is another VM's");
	walk->rc = store_report_hash(report, hash, walk->err);
	if (walk->rc)
		return false;
	if (memcmp(hash, report->link.hash, sizeof(hash)) != 0)
		return fault(walk, expected->id, "the report was changed");
	if (memcmp(hash, expected->hash, sizeof(hash)) != 0)
		return fault(walk, expected->id, "the report is not the one that was linked");
	return true;
}

static bool walk_report(const struct store_report *report, void *context)
{
	struct walk *walk = context;

	if (!check_report(walk, report, &walk->next))
		return false;
	walk->reports++;
	walk->next = report->prev;
	return true;
}

static bool check_baseline(const struct store_report *report, void *context)
{
	struct walk *walk = context;

	return check_report(walk, report, &walk->vm->baseline);
}

static int walk_chain(struct store *store, struct walk *walk, struct error *err)
{
	const struct store_vm *vm = walk->vm;
	int rc = 0;

	walk->next = vm->head;
	while (!rc && !walk->rc && !walk->what && walk->next.id != vm->tail.id) {
		uint64_t before = walk->reports;

		if (!walk->next.id) {
			fault(walk, vm->tail.id, "the chain ends before its tail");
			break;
		}
		rc = store_read_timeline(
			store, vm->uuid, walk->next.id, VERIFY_PAGE, walk_report, walk, err);
		if (!rc && !walk->rc && !walk->what && walk->reports == before)
			fault(walk, walk->next.id, "the report is missing");
	}
	if (!rc && !walk->rc && !walk->what &&
		memcmp(walk->next.hash, vm->tail.hash, STORE_HASH_SIZE) != 0)
		fault(walk, vm->tail.id, "the chain does not lead to its tail");
	return rc ? rc : walk->rc;
}

static int walk_baseline(struct store *store, struct walk *walk, struct error *err)
{
	const struct store_vm *vm = walk->vm;
	int rc = 0;

	if (vm->baseline.id && !walk->what)
		rc = store_read_report(store, vm->baseline.id, check_baseline, walk, err);
	if (rc == -ERROR_NOT_FOUND) {
		fault(walk, vm->baseline.id, "the baseline is missing");
		rc = 0;
	}
	return rc ? rc : walk->rc;
}

static void add_result(struct store_check *check, const struct walk *walk)
{
	check->vms++;
	check->reports += walk->reports;
	if (!walk->what)
		return;
	if (!check->faults++) {
		memcpy(check->uuid, walk->vm->uuid, sizeof(check->uuid));
		check->report = walk->where;
		snprintf(check->what, sizeof(check->what), "%s", walk->what);
	}
}

/* A report may expire or be replaced as baseline during the walk: then the record has changed, and
 * what looked like a fault is looked at again. */
static int verify_vm(
	struct store *store, struct store_vm *vm, struct store_check *check, struct error *err)
{
	for (int tries = 1;; tries++) {
		struct walk walk = {.vm = vm, .err = err};
		struct store_vm now;
		int rc = walk_chain(store, &walk, err);

		if (!rc)
			rc = walk_baseline(store, &walk, err);
		if (!rc && walk.what)
			rc = store_read_vm(store, vm->uuid, &now, err);
		if (rc)
			return rc;
		if (!walk.what || tries == VERIFY_TRIES ||
			(now.tail.id == vm->tail.id && now.baseline.id == vm->baseline.id)) {
			add_result(check, &walk);
			return 0;
		}
		*vm = now;
	}
}

struct page {
	size_t count;
	struct store_vm vms[VERIFY_PAGE];
};

static bool keep_vm(const struct store_vm *vm, void *context)
{
	struct page *page = context;

	page->vms[page->count++] = *vm;
	return page->count < VERIFY_PAGE;
}

static int verify_all(struct store *store, struct store_check *check, struct error *err)
{
	struct store_query query = {.limit = VERIFY_PAGE};
	struct page page;
	int rc;

	do {
		page.count = 0;
		rc = store_list_vms(store, &query, keep_vm, &page, err);
		for (size_t i = 0; !rc && i < page.count; i++) {
			memcpy(query.after, page.vms[i].uuid, sizeof(query.after));
			rc = verify_vm(store, &page.vms[i], check, err);
		}
	} while (!rc && page.count == VERIFY_PAGE);
	return rc;
}

/* --- the audit log --- */

struct audit_walk {
	struct store_link last; /* the event before */
	struct store_link head; /* as it was at the start: what came since is not looked at */
	uint64_t events;
	const char *what;
	uint64_t where;
	int rc;
	struct error *err;
};

static const char *audit_fault(const struct audit_walk *walk, const struct store_audit *audit,
	const uint8_t hash[STORE_HASH_SIZE])
{
	if (memcmp(hash, audit->link.hash, STORE_HASH_SIZE) != 0)
		return "the audit event was changed";
	if (audit->prev.id != walk->last.id ||
		memcmp(audit->prev.hash, walk->last.hash, STORE_HASH_SIZE) != 0)
		return "the audit event before this one is missing or another one";
	if (audit->link.id == walk->head.id && memcmp(hash, walk->head.hash, STORE_HASH_SIZE) != 0)
		return "the audit event is not the one that was linked";
	return NULL;
}

static bool walk_event(const struct store_audit *audit, void *context)
{
	struct audit_walk *walk = context;
	uint8_t hash[STORE_HASH_SIZE];

	if (audit->link.id > walk->head.id)
		return false;
	walk->rc = store_audit_hash(audit, hash, walk->err);
	if (walk->rc)
		return false;
	walk->events++;
	walk->what = audit_fault(walk, audit, hash);
	walk->where = audit->link.id;
	walk->last = audit->link;
	return !walk->what;
}

static int verify_audit(struct store *store, struct store_check *check, struct error *err)
{
	struct audit_walk walk = {.err = err};
	int rc = store->ops->read_audit_head(store, &walk.head, err);
	uint64_t before;

	do {
		before = walk.events;
		if (!rc)
			rc = store_list_audit(
				store, walk.last.id, VERIFY_PAGE, walk_event, &walk, err);
	} while (!rc && !walk.rc && !walk.what && walk.events != before);
	if (rc || walk.rc)
		return rc ? rc : walk.rc;
	if (!walk.what && walk.last.id != walk.head.id) {
		walk.what = "the newest audit events are missing";
		walk.where = walk.head.id;
	}
	check->events = walk.events;
	if (walk.what && !check->faults++) {
		check->report = walk.where;
		snprintf(check->what, sizeof(check->what), "%s", walk.what);
	}
	return 0;
}

int store_verify(
	struct store *store, const char *uuid, struct store_check *ret_check, struct error *err)
{
	struct store_check check = {0};
	struct store_vm vm;
	int rc;

	if (uuid) {
		rc = store_read_vm(store, uuid, &vm, err);
		if (!rc)
			rc = verify_vm(store, &vm, &check, err);
	} else {
		rc = verify_all(store, &check, err);
		if (!rc)
			rc = verify_audit(store, &check, err);
	}
	if (!rc)
		*ret_check = check;
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks the audit log's chain, by what any store offers. */
#include <string.h>

#include "collector/store/store.h"
#include "collector/store/store_private.h"
#include "collector/store/store_snapshot.h"
#include "collector/store/store_verify.h"

struct walk {
	struct store_verification *to;
	/* As it was at the step's start: what came since is not looked at. */
	struct store_link head;
	struct {
		uint64_t event, revision;
		char uuid[TEXT_UUID_SIZE];
	} accepted[STORE_VERIFY_STEP]; /* VMs that must be there */
	size_t accepted_count;
	size_t seen;
	int rc;
	struct error *err;
};

static bool is_known(const struct store_link *link)
{
	static const uint8_t zeros[STORE_HASH_SIZE];

	return !link->id || memcmp(link->hash, zeros, sizeof(zeros)) != 0;
}

static const char *fault_of(const struct walk *walk, const struct store_audit *audit,
	const uint8_t hash[STORE_HASH_SIZE])
{
	const struct store_link *last = &walk->to->at;
	bool follows =
		audit->prev.id == last->id &&
		(!is_known(last) || memcmp(audit->prev.hash, last->hash, STORE_HASH_SIZE) == 0);

	if (memcmp(hash, audit->link.hash, STORE_HASH_SIZE) != 0)
		return "the audit event was changed";
	if (!follows)
		return "the audit event before this one is missing or another one";
	if (audit->link.id == walk->head.id && memcmp(hash, walk->head.hash, STORE_HASH_SIZE) != 0)
		return "the audit event is not the one that was linked";
	return NULL;
}

/* "report 7, SHA-256 00..." or "no report"; returns what comes behind it, NULL: it is neither. */
static const char *skip_end(const char *detail)
{
	static const char none[] = "no report", hash[] = ", SHA-256 ";

	if (!strncmp(detail, none, strlen(none)))
		return detail + strlen(none);
	if (strncmp(detail, "report ", strlen("report ")) != 0)
		return NULL;
	detail += strlen("report ");
	detail += strspn(detail, "0123456789");
	if (strncmp(detail, hash, strlen(hash)) != 0)
		return NULL;
	detail += strlen(hash);
	return strspn(detail, "0123456789abcdef") == (size_t)2 * STORE_HASH_SIZE
		       ? detail + (size_t)2 * STORE_HASH_SIZE
		       : NULL;
}

/* What is told of the VM's end follows from its record; why it ended comes behind it. */
static bool is_end_of(const struct store_audit *audit, const struct store_vm *vm)
{
	struct store_vm shown = {
		.status = vm->status, .continuity = vm->continuity, .ek_count = vm->ek_count};
	const char *rest = skip_end(audit->detail), *wanted;
	struct store_audit should;
	size_t len;

	memcpy(shown.eks, vm->eks, sizeof(shown.eks));
	store_forgotten_print(&shown, "", &should);
	wanted = skip_end(should.detail);
	len = strlen(wanted);
	return rest && !strncmp(rest, wanted, len) && (!rest[len] || rest[len] == ':');
}

static void check_forgotten(struct walk *walk, const struct store_audit *audit)
{
	const struct crypto_bytes bytes = {audit->snapshot.bytes, audit->snapshot.len};
	struct store_vm vm;
	struct error ignored;

	if (!audit->revision || !bytes.len)
		store_verify_found(walk->to, audit->link.id,
			"a VM is forgotten without its record, as nobody does who forgets one");
	else if (store_snapshot_read(&bytes, audit->uuid, NULL, &vm, &ignored))
		store_verify_found(walk->to, audit->link.id, "its snapshot cannot be read");
	else if (vm.revision != audit->revision || !is_end_of(audit, &vm))
		store_verify_found(walk->to, audit->link.id,
			"what it says of the VM that was forgotten is not what its record says");
}

/* A VM that was accepted once is there until somebody forgets it. */
static void note_accepted(struct walk *walk, const struct store_audit *audit)
{
	const struct crypto_bytes bytes = {audit->snapshot.bytes, audit->snapshot.len};
	struct store_vm vm;
	struct error ignored;

	if (strcmp(audit->action, STORE_FORGOTTEN_ACTION) == 0) {
		check_forgotten(walk, audit);
		return;
	}
	if (!bytes.len || walk->accepted_count == STORE_VERIFY_STEP)
		return;
	if (store_snapshot_read(&bytes, audit->uuid, NULL, &vm, &ignored))
		store_verify_found(walk->to, audit->link.id, "its snapshot cannot be read");
	else if (vm.enrolment == STORE_ENROLMENT_ACCEPTED) {
		walk->accepted[walk->accepted_count].event = audit->link.id;
		walk->accepted[walk->accepted_count].revision = audit->revision;
		memcpy(walk->accepted[walk->accepted_count++].uuid, audit->uuid, TEXT_UUID_SIZE);
	}
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
	walk->seen++;
	fault = fault_of(walk, audit, hash);
	if (fault)
		store_verify_found(walk->to, audit->link.id, "%s", fault);
	else
		walk->to->count++;
	walk->to->at = audit->link;
	if (memcmp(hash, audit->link.hash, sizeof(hash)) != 0)
		memset(walk->to->at.hash, 0, sizeof(walk->to->at.hash));
	note_accepted(walk, audit);
	return true;
}

static int look_for_vms(struct store *store, struct walk *walk)
{
	struct store_vm vm;
	bool was_forgotten;
	int rc = 0;

	for (size_t i = 0; !rc && i < walk->accepted_count; i++) {
		rc = store_read_vm(store, walk->accepted[i].uuid, &vm, walk->err);
		if (rc != -ERROR_NOT_FOUND)
			continue;
		rc = store_was_forgotten(store, walk->accepted[i].uuid, walk->accepted[i].revision,
			&was_forgotten, walk->err);
		if (!rc && !was_forgotten)
			store_verify_found(walk->to, walk->accepted[i].event,
				"the event is about VM %s, which was accepted and is not there",
				walk->accepted[i].uuid);
	}
	return rc == -ERROR_MALFORMED ? 0 : rc;
}

static int walk_step(struct store *store, struct walk *walk)
{
	struct store_verification *to = walk->to;
	int rc = store->ops->read_audit_head(store, &walk->head, walk->err);

	if (!rc && to->at.id < walk->head.id)
		rc = store_list_audit(
			store, to->at.id, STORE_VERIFY_STEP, walk_event, walk, walk->err);
	if (rc || walk->rc)
		return rc ? rc : walk->rc;
	to->is_done = to->at.id >= walk->head.id;
	if (!to->is_done && !walk->seen) {
		store_verify_found(to, walk->head.id, "the newest audit events are missing");
		to->is_done = true;
	}
	return look_for_vms(store, walk);
}

int store_verify_audit(
	struct store *store, struct store_verification *verification, struct error *err)
{
	struct store_verification next = *verification;
	struct walk walk = {.to = &next, .err = err};
	int rc;

	next.fault_count = 0;
	rc = walk_step(store, &walk);
	if (rc == -ERROR_MALFORMED) {
		store_verify_found(
			&next, next.at.id, "the audit log cannot be read after this event");
		next.is_done = true;
		rc = 0;
	}
	if (!rc)
		*verification = next;
	return rc;
}

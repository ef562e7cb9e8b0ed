/* SPDX-License-Identifier: BSD-2-Clause */
/* What is shown of a VM beside what its history says. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/store/store.h"
#include "collector/store/store_private.h"
#include "collector/store/store_snapshot.h"
#include "collector/store/store_verify.h"

/* What the record should be, and by what. */
struct source {
	const char *uuid;
	struct store_vm vm; /* revision 0: nothing says so */
	bool is_lost;       /* the newest report, which would */
	char by[48];
	int rc;
	struct error *err;
};

struct comparing {
	struct store_verification *to;
	const struct store_vm *vm;
	const struct source *source;
};

static bool take_report(const struct store_appraisal *appraisal, void *context)
{
	struct source *source = context;

	source->is_lost = appraisal->lost != NULL;
	if (!appraisal->snapshot.len || strcmp(appraisal->uuid, source->uuid) != 0)
		return false;
	source->rc = store_snapshot_read(
		&appraisal->snapshot, source->uuid, &appraisal->link, &source->vm, source->err);
	snprintf(source->by, sizeof(source->by), "report %" PRIu64, appraisal->link.id);
	return false;
}

/* An audit event that came behind the newest report. */
static int take_event(struct store *store, struct source *source)
{
	struct store_audit audit;
	struct crypto_bytes bytes;
	int rc = store->ops->read_record_event(store, source->uuid, INT64_MAX, &audit, source->err);

	if (rc == -ERROR_NOT_FOUND || (!rc && audit.revision <= source->vm.revision))
		return 0;
	if (rc)
		return rc;
	bytes = (struct crypto_bytes){audit.snapshot.bytes, audit.snapshot.len};
	snprintf(source->by, sizeof(source->by), "audit event %" PRIu64, audit.link.id);
	return store_snapshot_read(&bytes, source->uuid, NULL, &source->vm, source->err);
}

static int find_source(struct store *store, const struct store_vm *vm, struct source *source)
{
	int rc = 0;

	if (vm->head.id)
		rc = store_read_appraisal(store, vm->head.id, take_report, source, source->err);
	if (rc == -ERROR_NOT_FOUND || rc == -ERROR_MALFORMED)
		rc = 0; /* the chain's verification says so */
	if (!rc)
		rc = source->rc;
	/* An event may be older than what is lost, as the chain's verification says. */
	if (!rc && source->is_lost)
		return 0;
	return rc ? rc : take_event(store, source);
}

static void add_difference(const char *name, const char *is, const char *should, void *context)
{
	const struct comparing *comparing = context;

	store_verify_found(comparing->to, 0,
		"what is shown as %s is \"%.99s\"; by %s it is \"%.99s\"", name, is,
		comparing->source->by, should);
}

static bool take_newest(const struct store_claim *claim, void *context)
{
	if (claim->received_ms > *(uint64_t *)context)
		*(uint64_t *)context = claim->received_ms;
	return true;
}

/* A claim changes when the VM was claimed and the revision, and nothing else. */
static int compare_claims(struct store *store, const struct comparing *comparing, struct error *err)
{
	const struct store_vm *vm = comparing->vm, *should = &comparing->source->vm;
	uint64_t newest = 0;
	int rc = store_list_claims(store, vm->uuid, take_newest, &newest, err);

	if (rc)
		return rc;
	if (newest > vm->claimed_ms)
		store_verify_found(comparing->to, 0,
			"a claim came at %" PRIu64 "; what is shown as claimed_ms is %" PRIu64,
			newest, vm->claimed_ms);
	else if (vm->claimed_ms != should->claimed_ms && newest && newest != vm->claimed_ms)
		store_verify_found(comparing->to, 0,
			"what is shown as claimed_ms is %" PRIu64
			"; the newest claim came at %" PRIu64,
			vm->claimed_ms, newest);
	else if (vm->claimed_ms < should->claimed_ms)
		store_verify_found(comparing->to, 0,
			"what is shown as claimed_ms is %" PRIu64 "; by %s it is %" PRIu64,
			vm->claimed_ms, comparing->source->by, should->claimed_ms);
	if (vm->claimed_ms == should->claimed_ms ? vm->revision != should->revision
						 : vm->revision <= should->revision)
		store_verify_found(comparing->to, 0,
			"the record was written %" PRIu64 " times; by %s it was %" PRIu64
			": the newest report or audit event is missing",
			vm->revision, comparing->source->by, should->revision);
	return 0;
}

/* --- keys --- */

struct taking {
	const char *uuid;
	const struct crypto_bytes *key;
	bool was_taken;
};

/* A VM that had the key may have gone with it. */
static bool went_with(const struct store_audit *audit, const struct crypto_bytes *key)
{
	const struct crypto_bytes bytes = {audit->snapshot.bytes, audit->snapshot.len};
	struct store_keys keys;
	struct store_vm vm;
	struct error ignored;

	if (strcmp(audit->action, STORE_FORGOTTEN_ACTION) != 0)
		return false;
	if (store_snapshot_read(&bytes, audit->uuid, NULL, &vm, &ignored))
		return false;
	keys = store_vm_keys(&vm);
	for (size_t i = 0; i < keys.count; i++) {
		const struct crypto_bytes *item = &keys.items[i];

		if (item->len == key->len && !memcmp(item->bytes, key->bytes, key->len))
			return true;
	}
	return false;
}

static bool see_acceptance(const struct store_audit *audit, void *context)
{
	struct taking *taking = context;

	if (strcmp(audit->uuid, taking->uuid) != 0)
		taking->was_taken |=
			strcmp(audit->action, "accept") == 0 || went_with(audit, taking->key);
	return !taking->was_taken;
}

/* Whether an acceptance may have moved a key to another VM, which let go of it since, or a VM that
 * had it was forgotten. */
static int was_key_taken(struct store *store, const char *uuid, const struct crypto_bytes *key,
	bool *ret_was, struct error *err)
{
	struct taking taking = {.uuid = uuid, .key = key};
	struct store_link head;
	uint64_t after = 0;
	int rc = store->ops->read_audit_head(store, &head, err);

	for (; !rc && !taking.was_taken && after < head.id; after += STORE_BATCH_MAX)
		rc = store_list_audit(store, after, STORE_BATCH_MAX, see_acceptance, &taking, err);
	*ret_was = taking.was_taken;
	return rc;
}

/* Another VM that has a key has taken it: store_verify_owners() looks whether it has. */
static int verify_key(struct store *store, const struct store_vm *vm,
	const struct crypto_bytes *key, struct store_verification *to, struct error *err)
{
	char owner[TEXT_UUID_SIZE], hex[2 * EVIDENCE_NAME_MAX + 1];
	bool was_taken = false;
	int rc = store->ops->find_owner(store, key, owner, err);

	if (rc || *owner)
		return rc;
	rc = was_key_taken(store, vm->uuid, key, &was_taken, err);
	if (rc || was_taken)
		return rc;
	text_hex(key->bytes, key->len, hex, sizeof(hex));
	store_verify_found(to, 0, "its key %s is nobody's: another VM could show it", hex);
	return 0;
}

static int verify_keys(struct store *store, const struct store_vm *vm,
	struct store_verification *to, struct error *err)
{
	const struct store_keys keys = store_vm_keys(vm);
	int rc = 0;

	for (size_t i = 0; !rc && i < keys.count; i++)
		rc = verify_key(store, vm, &keys.items[i], to, err);
	return rc;
}

int store_verify_shown(struct store *store, const struct store_vm *vm,
	struct store_verification *to, struct error *err)
{
	struct source source = {.uuid = vm->uuid, .err = err};
	struct comparing comparing = {to, vm, &source};
	int rc = find_source(store, vm, &source);

	if (rc == -ERROR_MALFORMED) {
		store_verify_found(to, 0, "%s: %.200s", source.by, err->message);
		return 0;
	}
	if (!rc && source.vm.revision) {
		rc = store_snapshot_compare(vm, &source.vm, add_difference, &comparing, err);
		if (!rc)
			rc = compare_claims(store, &comparing, err);
	}
	return rc ? rc : verify_keys(store, vm, to, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks a VM's chain of reports, by what any store offers. */
#include <string.h>

#include "collector/store/store.h"
#include "collector/store/store_private.h"
#include "collector/store/store_verify.h"

#define VERIFY_TRIES 4

struct walk {
	struct store *store;
	const struct store_vm *vm;
	struct store_verification *to;
	size_t seen;      /* in this step */
	bool is_stranded; /* where this report points to nothing can be */
	int rc;
	struct error *err;
};

static bool is_known(const struct store_link *link)
{
	static const uint8_t zeros[STORE_HASH_SIZE];

	return memcmp(link->hash, zeros, sizeof(zeros)) != 0;
}

static void found(const struct walk *walk, uint64_t report, const char *what)
{
	store_verify_found(walk->to, report, "%s", what);
}

/* Whether this report is what `expected` says. *ret_is_whole: it is at least what its own hash is
 * of, so that what it links to is what it was linked to. */
static bool check_appraisal(struct walk *walk, const struct store_appraisal *appraisal,
	const struct store_link *expected, bool *ret_is_whole)
{
	uint8_t hash[STORE_HASH_SIZE];

	*ret_is_whole = false;
	if (strcmp(appraisal->uuid, walk->vm->uuid) != 0) {
		found(walk, expected->id, "the report is another VM's");
		return false;
	}
	if (appraisal->lost) {
		store_verify_found(walk->to, expected->id, "the report cannot be unpacked: %s",
			appraisal->lost);
		return false;
	}
	walk->rc = store_appraisal_hash(appraisal, hash, walk->err);
	if (walk->rc)
		return false;
	*ret_is_whole = memcmp(hash, appraisal->link.hash, sizeof(hash)) == 0;
	if (!*ret_is_whole) {
		found(walk, expected->id, "the report was changed");
		return false;
	}
	if (is_known(expected) && memcmp(hash, expected->hash, sizeof(hash)) != 0) {
		found(walk, expected->id, "the report is not the one that was linked");
		return false;
	}
	return true;
}

static bool walk_appraisal(const struct store_appraisal *appraisal, void *context)
{
	struct walk *walk = context;
	struct store_verification *to = walk->to;
	bool is_whole;

	if (check_appraisal(walk, appraisal, &to->at, &is_whole)) {
		to->count++;
		to->seen[to->seen_count++] = appraisal->link.id;
	}
	if (walk->rc)
		return false;
	walk->seen++;
	walk->is_stranded = appraisal->prev.id >= appraisal->link.id;
	if (walk->is_stranded) {
		found(walk, appraisal->link.id, "the report links forwards");
		return false;
	}
	to->at = appraisal->prev;
	if (!is_whole)
		memset(to->at.hash, 0, sizeof(to->at.hash));
	return true;
}

/* Goes on with what is older than where the chain ends too early. */
static int skip(struct walk *walk)
{
	struct store_verification *to = walk->to;
	uint64_t older = 0;
	int rc = walk->store->ops->find_older(
		walk->store, walk->vm->uuid, to->at.id, &older, walk->err);

	to->at = (struct store_link){.id = older};
	if (older < walk->vm->tail.id)
		to->at.id = walk->vm->tail.id;
	return rc;
}

/* Up to STORE_VERIFY_STEP reports. */
static int walk_appraisals(struct walk *walk)
{
	struct store_verification *to = walk->to;
	int rc = 0;

	while (!rc && to->at.id > walk->vm->tail.id && walk->seen < STORE_VERIFY_STEP) {
		walk->is_stranded = false;
		rc = store_read_timeline(walk->store, walk->vm->uuid, to->at.id,
			STORE_VERIFY_STEP - walk->seen, walk_appraisal, walk, walk->err);
		if (!rc)
			rc = walk->rc;
		if (rc == -ERROR_MALFORMED)
			found(walk, to->at.id, "the report cannot be read");
		else if (!rc && !walk->is_stranded && to->at.id > walk->vm->tail.id &&
			 walk->seen < STORE_VERIFY_STEP)
			found(walk, to->at.id, "the report is missing");
		else if (rc || !walk->is_stranded)
			break;
		walk->seen++;
		rc = skip(walk);
	}
	return rc;
}

static bool check_baseline(const struct store_appraisal *appraisal, void *context)
{
	struct walk *walk = context;
	bool ignored;

	check_appraisal(walk, appraisal, &walk->vm->baseline, &ignored);
	return false;
}

/* A baseline that is a report of the chain was looked at there. */
static int walk_baseline(struct walk *walk)
{
	uint64_t baseline = walk->vm->baseline.id;
	int rc = baseline ? store_read_appraisal(
				    walk->store, baseline, check_baseline, walk, walk->err)
			  : 0;

	if (rc == -ERROR_NOT_FOUND)
		found(walk, baseline, "the baseline is missing");
	else if (rc == -ERROR_MALFORMED)
		found(walk, baseline, "the baseline cannot be read");
	else
		return rc ? rc : walk->rc;
	return 0;
}

/* A VM's first report makes it its newest, which retention never takes. */
static int check_ends(struct walk *walk)
{
	const struct store_vm *vm = walk->vm;
	uint64_t newest = 0;
	int rc = 0;

	if (vm->head.id && vm->tail.id >= vm->head.id)
		found(walk, vm->tail.id, "what expired reaches the newest report, which is kept");
	if (!vm->head.id)
		rc = walk->store->ops->find_older(
			walk->store, vm->uuid, INT64_MAX, &newest, walk->err);
	if (newest)
		found(walk, newest, "the report is there, and the record has none");
	return rc;
}

/* A step by what the record says now. */
static int walk_step(struct walk *walk)
{
	const struct store_link *tail = &walk->vm->tail;
	struct store_verification *to = walk->to;
	/* Retention went past it since the step before. */
	bool is_overtaken = to->at.id && to->at.id < tail->id;
	bool is_tail;
	int rc = 0;

	if (!to->at.id)
		to->at = walk->vm->head;
	if (to->at.id > tail->id)
		rc = walk_appraisals(walk);
	if (rc || to->at.id > tail->id)
		return rc;
	is_tail = to->at.id == tail->id &&
		  (!is_known(&to->at) || memcmp(to->at.hash, tail->hash, STORE_HASH_SIZE) == 0);
	if (!is_overtaken && !is_tail)
		found(walk, tail->id, "the chain does not lead to its tail");
	to->is_done = true;
	rc = check_ends(walk);
	if (!rc)
		rc = walk_baseline(walk);
	return rc ? rc : store_verify_shown(walk->store, walk->vm, to, walk->err);
}

/* During a step reports may come and expire. Then the record has changed, and what looked like a
 * fault is looked at again. */
int store_verify_history(struct store *store, const char *uuid,
	struct store_verification *verification, struct error *err)
{
	struct store_vm vm, now;
	int rc = store_read_vm(store, uuid, &vm, err);

	if (rc == -ERROR_MALFORMED) {
		verification->fault_count = verification->seen_count = 0;
		verification->is_done = true;
		store_verify_found(
			verification, 0, "the record cannot be read: %.200s", err->message);
		return 0;
	}
	for (int tries = 1; !rc; tries++) {
		struct store_verification next = *verification;
		struct walk walk = {.store = store, .vm = &vm, .to = &next, .err = err};

		next.fault_count = 0;
		next.seen_count = 0;
		now = vm;
		rc = walk_step(&walk);
		if (!rc && next.fault_count)
			rc = store_read_vm(store, uuid, &now, err);
		if (!rc && now.tail.id == vm.tail.id && now.revision == vm.revision) {
			*verification = next;
			return 0;
		}
		if (!rc && tries == VERIFY_TRIES)
			rc = error_set(err, ERROR_TIMEOUT,
				"VM %s is written all the time: verify it again later", uuid);
		vm = now;
	}
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks a VM's chain of reports, by what any store offers. */
#include <string.h>

#include "collector/store/store.h"
#include "collector/store/store_private.h"

#define VERIFY_TRIES 4

struct walk {
	const struct store_vm *vm;
	struct store_verification *to;
	int rc;
	struct error *err;
};

static bool set_fault(struct store_verification *to, uint64_t appraisal, const char *what)
{
	to->fault = what;
	to->where = appraisal;
	to->is_done = true;
	return false;
}

/* Whether this report is what `expected` says. */
static bool check_appraisal(struct walk *walk, const struct store_appraisal *appraisal,
	const struct store_link *expected)
{
	uint8_t hash[STORE_HASH_SIZE];

	if (appraisal->link.id != expected->id)
		return set_fault(walk->to, expected->id, "the report is missing");
	if (strcmp(appraisal->uuid, walk->vm->uuid) != 0)
		return set_fault(walk->to, expected->id, "the report is another VM's");
	walk->rc = store_appraisal_hash(appraisal, hash, walk->err);
	if (walk->rc)
		return false;
	if (memcmp(hash, appraisal->link.hash, sizeof(hash)) != 0)
		return set_fault(walk->to, expected->id, "the report was changed");
	if (memcmp(hash, expected->hash, sizeof(hash)) != 0)
		return set_fault(
			walk->to, expected->id, "the report is not the one that was linked");
	return true;
}

static bool walk_appraisal(const struct store_appraisal *appraisal, void *context)
{
	struct walk *walk = context;

	if (!check_appraisal(walk, appraisal, &walk->to->at))
		return false;
	walk->to->count++;
	walk->to->at = appraisal->prev;
	return true;
}

static int walk_appraisals(struct store *store, struct walk *walk)
{
	struct store_verification *to = walk->to;
	uint64_t before = to->count;
	int rc = store_read_timeline(store, walk->vm->uuid, to->at.id, STORE_VERIFY_STEP,
		walk_appraisal, walk, walk->err);

	if (rc == -ERROR_MALFORMED) {
		set_fault(to, to->at.id, "the report cannot be read");
		return 0;
	}
	if (!rc && !walk->rc && !to->fault && to->count == before)
		set_fault(to, to->at.id, "the report is missing");
	return rc ? rc : walk->rc;
}

static bool check_baseline(const struct store_appraisal *appraisal, void *context)
{
	struct walk *walk = context;

	return check_appraisal(walk, appraisal, &walk->vm->baseline);
}

static int walk_baseline(struct store *store, struct walk *walk)
{
	uint64_t baseline = walk->vm->baseline.id;
	int rc = baseline ? store_read_appraisal(store, baseline, check_baseline, walk, walk->err)
			  : 0;

	if (rc == -ERROR_NOT_FOUND)
		set_fault(walk->to, baseline, "the baseline is missing");
	else if (rc == -ERROR_MALFORMED)
		set_fault(walk->to, baseline, "the baseline cannot be read");
	else
		return rc ? rc : walk->rc;
	return 0;
}

/* A step by what the record says now. */
static int walk_step(struct store *store, struct walk *walk)
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
		rc = walk_appraisals(store, walk);
	if (rc || to->is_done || to->at.id > tail->id)
		return rc;
	is_tail = to->at.id == tail->id && memcmp(to->at.hash, tail->hash, STORE_HASH_SIZE) == 0;
	if (!is_overtaken && !is_tail) {
		set_fault(to, tail->id, "the chain does not lead to its tail");
		return 0;
	}
	to->is_done = true;
	return walk_baseline(store, walk);
}

/* During a step a report may expire or stop being the baseline. Then the record has changed, and
 * what looked like a fault is looked at again. */
int store_verify_history(struct store *store, const char *uuid,
	struct store_verification *verification, struct error *err)
{
	struct store_vm vm, now;
	int rc = store_read_vm(store, uuid, &vm, err);

	for (int tries = 1; !rc; tries++) {
		struct store_verification next = *verification;
		struct walk walk = {.vm = &vm, .to = &next, .err = err};

		now = vm;
		rc = walk_step(store, &walk);
		if (!rc && next.fault)
			rc = store_read_vm(store, uuid, &now, err);
		if (!rc && (tries == VERIFY_TRIES || (now.tail.id == vm.tail.id &&
							     now.baseline.id == vm.baseline.id))) {
			*verification = next;
			return 0;
		}
		vm = now;
	}
	return rc;
}

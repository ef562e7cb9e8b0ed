/* SPDX-License-Identifier: BSD-2-Clause */
/* What is left of VMs that are not there, reports that are in no history, and keys that are with
 * the wrong VM. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/store.h"
#include "collector/store/store_private.h"
#include "collector/store/store_verify.h"

struct walk {
	struct store *store;
	struct store_verification *to;
	size_t seen;
	struct store_owned rows[STORE_OWNERS_STEP]; /* those of this step */
};

static bool see_key(const struct crypto_bytes *key, const char *uuid, void *context)
{
	struct walk *walk = context;
	char hex[2 * EVIDENCE_NAME_MAX + 1];

	text_hex(key->bytes, key->len < EVIDENCE_NAME_MAX ? key->len : EVIDENCE_NAME_MAX, hex,
		sizeof(hex));
	if (*uuid)
		store_verify_found(walk->to, 0,
			"key %s is with VM %s, whose record does not have it", hex, uuid);
	else
		store_verify_found(walk->to, 0, "key %s is of a VM that is not there", hex);
	return walk->to->fault_count < STORE_FAULTS_MAX;
}

/* One statement read the row and its VM's record: no report can have come between. */
static bool see_row(const struct store_owned *row, void *context)
{
	struct walk *walk = context;

	if (!*row->uuid)
		store_verify_found(
			walk->to, row->report, "the report is of a VM that is not there");
	else if (row->report > row->head)
		store_verify_found(walk->to, row->report,
			"the report is in no history: the newest one of VM %s is %" PRIu64,
			row->uuid, row->head);
	walk->rows[walk->seen++] = *row;
	walk->to->count++;
	walk->to->at.id = row->report;
	return walk->to->fault_count < STORE_FAULTS_MAX;
}

static int order_rows(const void *left, const void *right)
{
	const struct store_owned *one = left, *other = right;
	int order = strcmp(one->uuid, other->uuid);

	return order ? order : one->report < other->report ? -1 : one->report > other->report;
}

/* Both in the VM's history by their numbers: what is behind the tail is linked no more. */
static bool follows(const struct store_owned *row, const struct store_owned *next)
{
	return *row->uuid && !strcmp(row->uuid, next->uuid) && row->report > row->tail &&
	       next->report <= next->head;
}

/* Reports that the VM's next one links past. */
static void look_between(struct walk *walk)
{
	qsort(walk->rows, walk->seen, sizeof(walk->rows[0]), order_rows);
	for (size_t i = 1; i < walk->seen; i++) {
		const struct store_owned *row = &walk->rows[i - 1], *next = &walk->rows[i];

		if (!follows(row, next) || next->prev >= row->report)
			continue;
		store_verify_found(walk->to, row->report,
			"the report is in no history: report %" PRIu64 " of VM %s follows %" PRIu64,
			next->report, row->uuid, next->prev);
	}
}

int store_verify_owners(
	struct store *store, struct store_verification *verification, struct error *err)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	int rc = 0;

	if (!walk)
		return error_set(err, ERROR_NO_MEMORY, "no memory to look at reports");
	walk->store = store;
	walk->to = verification;
	verification->fault_count = 0;
	if (!verification->at.id)
		rc = store->ops->list_stray_keys(store, STORE_FAULTS_MAX / 2, see_key, walk, err);
	if (!rc)
		rc = store->ops->list_owners(
			store, verification->at.id, STORE_OWNERS_STEP, see_row, walk, err);
	if (!rc)
		look_between(walk);
	verification->is_done =
		walk->seen < STORE_OWNERS_STEP && verification->fault_count < STORE_FAULTS_MAX;
	free(walk);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What is left of VMs that are not there, and keys that are with the wrong VM. */
#include <inttypes.h>
#include <string.h>

#include "collector/store/store.h"
#include "collector/store/store_private.h"
#include "collector/store/store_verify.h"

struct walk {
	struct store *store;
	struct store_verification *to;
	size_t seen;
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

static bool see_owner(uint64_t report, const char *uuid, void *context)
{
	struct walk *walk = context;

	if (!*uuid)
		store_verify_found(walk->to, report, "the report is of a VM that is not there");
	walk->seen++;
	walk->to->count++;
	walk->to->at.id = report;
	return walk->to->fault_count < STORE_FAULTS_MAX;
}

int store_verify_owners(
	struct store *store, struct store_verification *verification, struct error *err)
{
	struct walk walk = {.store = store, .to = verification};
	int rc = 0;

	verification->fault_count = 0;
	if (!verification->at.id)
		rc = store->ops->list_stray_keys(store, STORE_FAULTS_MAX / 2, see_key, &walk, err);
	if (!rc)
		rc = store->ops->list_owners(
			store, verification->at.id, STORE_OWNERS_STEP, see_owner, &walk, err);
	verification->is_done = walk.seen < STORE_OWNERS_STEP;
	return rc;
}

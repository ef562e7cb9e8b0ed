/* SPDX-License-Identifier: BSD-2-Clause */
/* VMs that are forgotten: what is left of them is an audit event. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/store/store.h"
#include "collector/store/store_private.h"

/* "report 7, SHA-256 00..., affirming, continuous, EK 00...: sold" */
void store_forgotten_print(const struct store_vm *vm, const char *why, struct store_audit *audit)
{
	char hash[2 * STORE_HASH_SIZE + 1], ek[2 * STORE_HASH_SIZE + 6] = "",
								     end[160] = "no report";

	text_hex(vm->head.hash, STORE_HASH_SIZE, hash, sizeof(hash));
	if (vm->head.id)
		snprintf(end, sizeof(end), "report %" PRIu64 ", SHA-256 %s", vm->head.id, hash);
	if (vm->ek_count) {
		text_hex(vm->eks[0], STORE_HASH_SIZE, hash, sizeof(hash));
		snprintf(ek, sizeof(ek), ", EK %s", hash);
	}
	memcpy(audit->uuid, vm->uuid, sizeof(audit->uuid));
	snprintf(audit->action, sizeof(audit->action), "%s", STORE_FORGOTTEN_ACTION);
	snprintf(audit->detail, sizeof(audit->detail), "%s, %s, %s%s%s%s", end,
		verdict_status_name(vm->status), continuity_name(vm->continuity), ek,
		*why ? ": " : "", why);
}

int store_was_forgotten(
	struct store *store, const char *uuid, uint64_t revision, bool *ret_was, struct error *err)
{
	struct store_audit audit;
	uint64_t before = INT64_MAX;
	int rc = 0;

	*ret_was = false;
	while (!rc && !*ret_was) {
		rc = store->ops->read_record_event(store, uuid, before, &audit, err);
		if (rc || audit.revision <= revision)
			break;
		*ret_was = strcmp(audit.action, STORE_FORGOTTEN_ACTION) == 0;
		before = audit.revision;
	}
	return rc == -ERROR_NOT_FOUND ? 0 : rc;
}

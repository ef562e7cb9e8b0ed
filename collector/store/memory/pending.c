/* SPDX-License-Identifier: BSD-2-Clause */
/* VMs that nobody accepted: what they take, and their end. */
#include <stdlib.h>
#include <string.h>

#include "collector/store/memory/private.h"
#include "platform/system.h"

static void drop_rows(struct memory_store *memory, const char *uuid)
{
	for (size_t i = memory->appraisals.count; i--;) {
		if (!strcmp(((struct store_appraisal *)memory->appraisals.rows[i])->uuid, uuid))
			memory_table_remove(&memory->appraisals, i);
	}
	for (size_t i = memory->claims.count; i--;) {
		if (!strcmp(((struct store_claim *)memory->claims.rows[i])->uuid, uuid))
			memory_table_remove(&memory->claims, i);
	}
}

static bool is_forgotten(const struct store_vm *vm, uint64_t before_ms)
{
	return vm->enrolment == STORE_ENROLMENT_PENDING && vm->seen_ms < before_ms;
}

static int make_audit(struct memory_store *memory, size_t count, struct store_audit **ret_audit,
	struct error *err)
{
	struct store_audit audit = store_pending_audit(count, platform_wall_clock_ms());
	struct store_change change = {.audit = &audit};
	struct store_audit *copy = malloc(sizeof(*copy));
	int rc = copy ? memory_table_reserve(&memory->audit, 1, err)
		      : error_set(err, ERROR_NO_MEMORY, "no memory for an audit event");

	if (!rc)
		rc = store_audit_link(&change, &memory->last_audit, copy, err);
	if (rc) {
		free(copy);
		return rc;
	}
	copy->link.id = memory->last_audit.id + 1;
	*ret_audit = copy;
	return 0;
}

int memory_expire_pending(struct memory_store *memory, uint64_t before_ms, size_t limit,
	size_t *ret_deleted, struct error *err)
{
	struct store_audit *audit;
	size_t count = 0;
	int rc;

	for (size_t i = 0; i < memory->vms.count && count < limit; i++)
		count += is_forgotten(memory->vms.rows[i], before_ms);
	*ret_deleted = count;
	if (!count)
		return 0;
	rc = make_audit(memory, count, &audit, err);
	if (rc)
		return rc;
	for (size_t i = 0; count && i < memory->vms.count;) {
		if (!is_forgotten(memory->vms.rows[i], before_ms)) {
			i++;
			continue;
		}
		drop_rows(memory, ((struct store_vm *)memory->vms.rows[i])->uuid);
		memory_table_remove(&memory->vms, i);
		count--;
	}
	memory_table_insert(&memory->audit, &audit->link.id, audit);
	memory->last_audit = audit->link;
	return 0;
}

void memory_read_room(const struct memory_store *memory, struct store_room *ret_room)
{
	*ret_room = (struct store_room){.free_bytes = UINT64_MAX};
	for (size_t i = 0; i < memory->vms.count; i++) {
		const struct store_vm *vm = memory->vms.rows[i];

		if (vm->enrolment != STORE_ENROLMENT_PENDING)
			continue;
		ret_room->pending++;
		ret_room->pending_bytes += vm->pending_bytes;
	}
}

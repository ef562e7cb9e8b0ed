/* SPDX-License-Identifier: BSD-2-Clause */
/* Which VMs may be silent by now, and since when that is looked at. */
#include "collector/store/memory/private.h"

int memory_list_due(struct store *store, uint64_t now_ms, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	(void)err;
	for (size_t i = 0; limit && i < memory->vms.count; i++) {
		const struct store_vm *vm = memory->vms.rows[i];

		if (!vm->check_ms || vm->check_ms > now_ms)
			continue;
		limit--;
		if (!visit(vm->uuid, context))
			break;
	}
	return memory_leave(memory, 0);
}

int memory_read_watch(struct store *store, struct store_watch *ret_watch, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	(void)err;
	*ret_watch = memory->watch;
	return memory_leave(memory, 0);
}

int memory_write_watch(struct store *store, const struct store_watch *watch, struct error *err)
{
	struct memory_store *memory = memory_enter(store);

	(void)err;
	memory->watch = *watch;
	return memory_leave(memory, 0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a VM in memory. */
#include <stdlib.h>
#include <string.h>

#include "collector/store/memory/private.h"

void memory_count_forgotten(
	const struct memory_store *memory, const char *uuid, struct store_forgotten *forgotten)
{
	forgotten->event_logs = memory_logs_count(memory, uuid);
	for (size_t i = 0; i < memory->claims.count; i++)
		forgotten->claims +=
			!strcmp(((struct store_claim *)memory->claims.rows[i])->uuid, uuid);
	for (size_t i = 0; i < memory->tokens.count; i++)
		forgotten->tokens +=
			!strcmp(((struct store_token *)memory->tokens.rows[i])->uuid, uuid);
}

bool memory_forgetting_start(struct memory_forgetting *forgetting, size_t count)
{
	forgetting->rows = calloc(count + 1, sizeof(*forgetting->rows));
	return forgetting->rows != NULL;
}

void memory_forgetting_stage(struct memory_forgetting *forgetting, const struct store_vm *vm)
{
	struct memory_forgotten *row = &forgetting->rows[forgetting->count++];

	memcpy(row->uuid, vm->uuid, sizeof(row->uuid));
	row->head = vm->head.id;
}

static void forget(struct memory_store *memory, const struct memory_forgotten *gone)
{
	bool is_found;
	size_t place = memory_table_place(&memory->vms, gone->uuid, &is_found);

	if (is_found)
		memory_table_remove(&memory->vms, place);
	for (size_t i = memory->appraisals.count; i--;) {
		const struct store_appraisal *appraisal = memory->appraisals.rows[i];

		if (appraisal->link.id <= gone->head && !strcmp(appraisal->uuid, gone->uuid))
			memory_table_remove(&memory->appraisals, i);
	}
}

void memory_forgetting_hand_over(
	struct memory_store *memory, const struct memory_forgetting *forgetting)
{
	for (size_t i = 0; i < forgetting->count; i++)
		forget(memory, &forgetting->rows[i]);
}

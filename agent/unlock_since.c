/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/unlock_since.h"

#include "agent/state/state.h"
#include "core/verdict/boot.h"
#include "core/verdict/disks_since.h"
#include "core/verdict/judge.h"
#include "link/evidence_file.h"

int unlock_since_baseline(const char *baseline, const char *state, const struct evidence *evidence,
	struct unlock_since *ret_since, struct error *err)
{
	EVIDENCE_SCOPED *then = NULL;
	int rc = *baseline ? evidence_file_read(baseline, &then, err)
			   : state_read_baseline(state_directory(state), &then, err);

	if (rc && *baseline)
		return rc;
	*ret_since = (struct unlock_since){0};
	disks_since(then, evidence, &ret_since->facts);
	if (!then)
		return 0;
	ret_since->has_changes = evidence_are_read(&then->boot.part, &evidence->boot.part);
	boot_changes_find(then, evidence, &ret_since->changes);
	return 0;
}

static bool has_unseen(const struct unlock_facts *facts)
{
	for (size_t i = 0; i < facts->volumes.count; i++) {
		if (unlock_volume_result(&facts->volumes.items[i]) == UNLOCK_UNSEEN)
			return true;
	}
	return false;
}

void unlock_mark(const char *state, struct evidence *evidence)
{
	EVIDENCE_SCOPED *then = NULL;
	struct error ignored;

	if (!has_unseen(&evidence->unlock.facts))
		return;
	if (state_read_baseline(state_directory(state), &then, &ignored))
		return;
	if (!continuity_is_other_vm(then, evidence))
		disks_mark(then, evidence);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/likeness.h"

#include <string.h>

#include "core/signed/name.h"
#include "core/text.h"

enum likeness likeness_of_uuids(const struct evidence *baseline, const struct evidence *evidence)
{
	const char *then = baseline->smbios.uuid, *now = evidence->smbios.uuid;

	if (!*then || !*now || text_uuid_is_placeholder(then) || text_uuid_is_placeholder(now))
		return LIKENESS_UNKNOWN;
	return strcmp(then, now) == 0 ? LIKENESS_SAME : LIKENESS_OTHER;
}

enum likeness likeness_of_eks(const struct evidence *baseline, const struct evidence *evidence)
{
	const struct evidence_eks *then = &baseline->eks, *now = &evidence->eks;
	enum likeness likeness = LIKENESS_UNKNOWN;

	for (size_t i = 0; i < now->keys.count; i++) {
		const struct evidence_key *key = &now->keys.items[i];

		for (size_t j = 0; j < then->keys.count; j++) {
			const struct evidence_key *old = &then->keys.items[j];
			bool is_same_size = old->bits == key->bits && old->curve == key->curve;

			if (old->type != key->type || !is_same_size)
				continue;
			if (evidence_ek_template(old) != evidence_ek_template(key))
				continue;
			if (name_is_same(&old->name, &key->name))
				return LIKENESS_SAME;
			likeness = LIKENESS_OTHER;
		}
	}
	return likeness;
}

static const struct evidence_object *find_srk(const struct evidence_persistent *persistent)
{
	for (size_t i = 0; i < persistent->objects.count; i++) {
		if (persistent->objects.items[i].handle == TCG_HANDLE_SRK)
			return &persistent->objects.items[i];
	}
	return NULL;
}

/* Where the owner has an authorization, our key cannot be derived. But the system's SRK can be
 * read: a clear evicts it, and the new seed does not bring it back. */
static enum likeness compare_persistent_srks(
	const struct evidence *baseline, const struct evidence *evidence)
{
	const struct evidence_object *then = find_srk(&baseline->persistent);
	const struct evidence_object *now = find_srk(&evidence->persistent);

	if (!then || !now || !then->type || then->type != now->type || !then->name.len)
		return LIKENESS_UNKNOWN;
	return name_is_same(&then->name, &now->name) ? LIKENESS_SAME : LIKENESS_OTHER;
}

bool likeness_has_owner_seed(const struct evidence *evidence)
{
	const struct evidence_object *srk = find_srk(&evidence->persistent);

	return evidence->srk.part.state == PART_READ || (srk && srk->type && srk->name.len);
}

enum likeness likeness_of_owner_seeds(
	const struct evidence *baseline, const struct evidence *evidence)
{
	const struct evidence_srk *then = &baseline->srk, *now = &evidence->srk;

	if (!evidence_are_read(&then->part, &now->part))
		return compare_persistent_srks(baseline, evidence);
	return name_is_same(&then->name, &now->name) ? LIKENESS_SAME : LIKENESS_OTHER;
}

enum likeness likeness_of_boots(const struct evidence *baseline, const struct evidence *evidence)
{
	const struct evidence_guest *then = &baseline->guest, *now = &evidence->guest;

	if (!evidence_are_read(&then->part, &now->part) || !*then->boot_id || !*now->boot_id)
		return LIKENESS_UNKNOWN;
	return strcmp(then->boot_id, now->boot_id) == 0 ? LIKENESS_SAME : LIKENESS_OTHER;
}

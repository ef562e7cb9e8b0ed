/* SPDX-License-Identifier: BSD-2-Clause */
/* Second: is it the same TPM? */
#include <string.h>

#include "core/continuity_private.h"
#include "core/name.h"

enum likeness continuity_compare_eks(const struct judging *judging)
{
	const struct evidence_eks *then = &judging->baseline->eks, *now = &judging->evidence->eks;
	enum likeness likeness = LIKENESS_UNKNOWN;

	for (size_t i = 0; i < now->keys.count; i++) {
		const struct evidence_key *key = &now->keys.items[i];

		for (size_t j = 0; j < then->keys.count; j++) {
			const struct evidence_key *old = &then->keys.items[j];

			if (old->type != key->type || old->bits != key->bits ||
				old->curve != key->curve)
				continue;
			if (name_is_same(&old->name, &key->name))
				return LIKENESS_SAME;
			likeness = LIKENESS_OTHER;
		}
	}
	return likeness;
}

/* The certificate's UUID is not this VM's; and it was not so in the baseline already. */
static const struct check *find_other_vm(const struct judging *judging)
{
	const struct check *check = continuity_check(judging, "certificate-uuid");
	struct checks before;

	if (!check || check->result != CHECK_FAIL)
		return NULL;
	if (!judging->baseline)
		return check;
	checks_run(judging->baseline, &(struct checks_options){0}, &before);
	for (size_t i = 0; i < before.count; i++) {
		if (strcmp(before.items[i].id, check->id) == 0 &&
			strcmp(before.items[i].sentence, check->sentence) == 0)
			return NULL;
	}
	return check;
}

/* Both UUIDs are known and differ: this evidence is from another machine than the baseline. */
static bool has_other_uuid(const struct judging *judging)
{
	const char *then = judging->baseline->smbios.uuid, *now = judging->evidence->smbios.uuid;

	return *then && *now && strcmp(then, now) != 0;
}

bool continuity_is_other_vm(const struct evidence *baseline, const struct evidence *evidence)
{
	const struct judging judging = {.baseline = baseline, .evidence = evidence};

	return has_other_uuid(&judging) && baseline->ak.key.name.len && evidence->ak.key.name.len &&
	       !name_is_same(&baseline->ak.key.name, &evidence->ak.key.name) &&
	       continuity_compare_eks(&judging) == LIKENESS_OTHER;
}

static bool judge_ek(struct judging *judging)
{
	const struct evidence *baseline = judging->baseline, *evidence = judging->evidence;

	/* The attestation key is derived from the endorsement seed and has just signed; an EK is
	 * only shown, and anybody can make another one persistent in its place. */
	if (name_is_same(&baseline->ak.key.name, &evidence->ak.key.name))
		return false;
	if (continuity_compare_eks(judging) != LIKENESS_SAME) {
		const struct check *other = find_other_vm(judging);

		if (other)
			return continuity_decide(judging, CONTINUITY_CLONED, REASON_OTHER_VM,
				"another vTPM, whose certificate %s", other->sentence);
		return continuity_decide(judging, CONTINUITY_REPLACED, REASON_EK_CHANGED,
			"the endorsement key is not the baseline's: this is a newly made vTPM, or "
			"another one");
	}
	return continuity_decide(judging, CONTINUITY_UNVERIFIED, REASON_AK_CHANGED,
		"the endorsement key is the baseline's, the attestation key is not");
}

static const struct evidence_object *find_srk(const struct evidence_persistent *persistent)
{
	for (size_t i = 0; i < persistent->objects.count; i++) {
		if (persistent->objects.items[i].handle == TCG_HANDLE_SRK)
			return &persistent->objects.items[i];
	}
	return NULL;
}

/* Where the owner has an authorization, our key cannot be derived; but the SRK of the system can be
 * read, which a clear evicts and the new seed does not bring back. */
static enum likeness compare_persistent_srks(const struct judging *judging)
{
	const struct evidence_object *then = find_srk(&judging->baseline->persistent);
	const struct evidence_object *now = find_srk(&judging->evidence->persistent);

	if (!then || !now || !then->type || then->type != now->type || !then->name.len)
		return LIKENESS_UNKNOWN;
	return name_is_same(&then->name, &now->name) ? LIKENESS_SAME : LIKENESS_OTHER;
}

enum likeness continuity_compare_owner_seeds(const struct judging *judging)
{
	const struct evidence_srk *then = &judging->baseline->srk, *now = &judging->evidence->srk;

	if (then->part.state != PART_READ || now->part.state != PART_READ)
		return compare_persistent_srks(judging);
	return name_is_same(&then->name, &now->name) ? LIKENESS_SAME : LIKENESS_OTHER;
}

static bool judge_owner_seed(struct judging *judging)
{
	if (continuity_compare_owner_seeds(judging) != LIKENESS_OTHER)
		return false;
	return continuity_decide(judging, CONTINUITY_CLEARED, REASON_OWNER_SEED_CHANGED,
		"the endorsement key is the same, the owner seed is new: TPM2_Clear was run");
}

bool continuity_judge_identity(struct judging *judging)
{
	const struct check *other;

	if (judging->baseline && judge_ek(judging))
		return true;
	other = find_other_vm(judging);
	if (other)
		return continuity_decide(judging, CONTINUITY_CLONED, REASON_OTHER_VM,
			"the EK certificate %s", other->sentence);
	if (!judging->baseline)
		return false;
	if (has_other_uuid(judging))
		return continuity_decide(judging, CONTINUITY_CLONED, REASON_UUID_CHANGED,
			"the baseline is of VM %s, this is VM %s with the same vTPM",
			judging->baseline->smbios.uuid, judging->evidence->smbios.uuid);
	return judge_owner_seed(judging);
}

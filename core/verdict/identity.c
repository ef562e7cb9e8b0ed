/* SPDX-License-Identifier: BSD-2-Clause */
/* Second: is it the same TPM? */
#include "core/verdict/identity.h"

#include <string.h>

#include "core/signed/name.h"
#include "core/verdict/likeness.h"
#include "core/verdict/power.h"

/* The check that says the certificate names another VM, unless the baseline's says so too. */
static const struct check *find_other_vm(const struct judging *judging)
{
	const struct check *check = judging_check(judging, "certificate-uuid");
	struct checks before;

	if (!check || check->result != CHECK_FAIL)
		return NULL;
	if (!judging->baseline)
		return check;
	checks_run(judging->baseline, &(struct checks_options){0}, &before);
	for (size_t i = 0; i < before.count; i++) {
		bool is_it = strcmp(before.items[i].id, check->id) == 0;

		if (is_it && strcmp(before.items[i].sentence, check->sentence) == 0)
			return NULL;
	}
	return check;
}

static bool is_other_hierarchy(const struct judging *judging)
{
	return judging->then.is_obfuscated != judging->now.is_obfuscated;
}

/* Whoever knows the owner's authorization may make another SRK of the same seed persistent. */
static bool is_another_srk(const struct judging *judging)
{
	bool is_derived =
		evidence_are_read(&judging->baseline->srk.part, &judging->evidence->srk.part);

	return !is_derived && !is_other_hierarchy(judging) && power_excludes_clear(judging);
}

static bool judge_owner_seed(struct judging *judging)
{
	if (likeness_of_owner_seeds(judging->baseline, judging->evidence) != LIKENESS_OTHER)
		return false;
	if (is_another_srk(judging))
		return false;
	return judging_decide(judging, CONTINUITY_CLEARED, REASON_OWNER_SEED_CHANGED,
		"the endorsement key is the same, the owner seed is new: TPM2_Clear was run");
}

static bool decide_other(struct judging *judging)
{
	const struct check *other = find_other_vm(judging);

	if (other)
		return judging_decide(judging, CONTINUITY_CLONED, REASON_OTHER_VM,
			"another vTPM: %s", other->sentence);
	return judging_decide(judging, CONTINUITY_REPLACED, REASON_EK_CHANGED,
		"the endorsement key is not the baseline's: this is a newly made vTPM, or another "
		"one");
}

/* Keys of two hierarchies cannot be compared, nor the counters they sign. */
static bool decide_other_hierarchy(struct judging *judging)
{
	return judging_decide(judging, CONTINUITY_UNVERIFIED, REASON_AK_HIERARCHY,
		"the baseline was quoted in the %s hierarchy, this evidence in the %s hierarchy: "
		"neither keys nor counters can be compared",
		judging->baseline->ak.hierarchy, judging->evidence->ak.hierarchy);
}

/* The keys shown can tell that this is another TPM or one that was cleared, but cannot prove that
 * it is the same. That is left to the end. */
static bool judge_shown_key(struct judging *judging)
{
	switch (likeness_of_eks(judging->baseline, judging->evidence)) {
	case LIKENESS_OTHER:
		return decide_other(judging);
	case LIKENESS_SAME:
		return false;
	default:
		return decide_other_hierarchy(judging);
	}
}

/* Where no EK can be read, its certificate may still be there: a clear leaves it, and a new TPM
 * gets another one. */
static bool has_same_certificate(const struct judging *judging)
{
	const struct evidence_certificates *then = &judging->baseline->certificates;
	const struct evidence_certificates *now = &judging->evidence->certificates;

	for (size_t i = 0; i < now->certificates.count; i++) {
		const struct evidence_certificate *certificate = &now->certificates.items[i];

		for (size_t j = 0; j < then->certificates.count; j++) {
			const struct evidence_certificate *old = &then->certificates.items[j];

			if (certificate->der.len != old->der.len)
				continue;
			if (memcmp(certificate->der.data, old->der.data, old->der.len) == 0)
				return true;
		}
	}
	return false;
}

/* In the owner hierarchy a clear makes a new key just as a new TPM does; the EK tells which
 * it was. */
static bool judge_owner_key(struct judging *judging)
{
	enum likeness eks = likeness_of_eks(judging->baseline, judging->evidence);

	if (eks == LIKENESS_OTHER || (eks == LIKENESS_UNKNOWN && !has_same_certificate(judging)))
		return decide_other(judging);
	return judging_decide(judging, CONTINUITY_CLEARED, REASON_OWNER_SEED_CHANGED,
		"the endorsement key shown is the same, the owner's attestation key is new: "
		"TPM2_Clear was run");
}

static bool judge_key(struct judging *judging)
{
	const struct evidence *baseline = judging->baseline, *evidence = judging->evidence;

	if (is_other_hierarchy(judging))
		return judge_shown_key(judging);
	/* The attestation key is derived from its hierarchy's seed and has just signed; an EK is
	 * only shown, and anybody can make another one persistent in its place. */
	if (name_is_same(&baseline->ak.key.name, &evidence->ak.key.name))
		return false;
	if (judging->now.is_obfuscated)
		return judge_owner_key(judging);
	if (likeness_of_eks(judging->baseline, judging->evidence) != LIKENESS_SAME)
		return decide_other(judging);
	return judging_decide(judging, CONTINUITY_UNVERIFIED, REASON_AK_CHANGED,
		"the endorsement key is the baseline's, the attestation key is not");
}

bool continuity_judge_unquoted(struct judging *judging, const struct error *why)
{
	enum likeness eks = judging->baseline
				    ? likeness_of_eks(judging->baseline, judging->evidence)
				    : LIKENESS_UNKNOWN;

	if (eks == LIKENESS_OTHER)
		decide_other(judging);
	else
		judging_decide(judging, CONTINUITY_UNVERIFIED, REASON_NO_QUOTE, "%s", why->message);
	if (eks == LIKENESS_OTHER)
		judging_add(judging, false, REASON_NO_QUOTE, "%s", why->message);
	if (eks == LIKENESS_SAME)
		judging_add(judging, false, REASON_EK_ONLY,
			"the endorsement key shown is the baseline's");
	return true;
}

bool continuity_judge_identity(struct judging *judging)
{
	const struct check *other;

	if (judging->baseline && judge_key(judging))
		return true;
	other = find_other_vm(judging);
	if (other)
		return judging_decide(
			judging, CONTINUITY_CLONED, REASON_OTHER_VM, "%s", other->sentence);
	if (!judging->baseline)
		return false;
	if (likeness_of_uuids(judging->baseline, judging->evidence) == LIKENESS_OTHER)
		return judging_decide(judging, CONTINUITY_CLONED, REASON_UUID_CHANGED,
			"the baseline is of VM %s, this is VM %s with the same vTPM",
			judging->baseline->smbios.uuid, judging->evidence->smbios.uuid);
	if (judge_owner_seed(judging))
		return true;
	return is_other_hierarchy(judging) && decide_other_hierarchy(judging);
}

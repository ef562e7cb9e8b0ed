/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/condition.h"

#include <string.h>

#include "core/disk/policy.h"
#include "core/disk/signatures.h"

static const struct tcg_pcr_bank *bank_of(const struct disk_pcrs *pcrs, uint16_t alg)
{
	return tcg_find_bank(pcrs->banks, pcrs->count, alg);
}

/* Whether the TPM has all of these PCRs. */
static bool has_pcrs(const struct disk_moments *moments, uint16_t alg, uint32_t pcrs)
{
	const struct tcg_pcr_bank *bank = bank_of(&moments->now, alg);

	return bank && (bank->pcrs & pcrs) == pcrs;
}

bool condition_is_unexplained(const struct disk_moments *moments, uint16_t bank, uint32_t pcrs)
{
	const struct tcg_pcr_bank *now = bank_of(&moments->now, bank);
	const struct tcg_pcr_bank *initrd = bank_of(&moments->initrd, bank);

	return now && initrd && now->pcrs & ~initrd->pcrs & pcrs;
}

/* What the policy begins with: `name` is which of the signer's. */
static int begin(
	const struct condition *condition, size_t name, struct policy *policy, struct error *err)
{
	const struct sealed *sealed = condition->sealed;

	if (condition->pcrlock)
		return policy_authorize_nv(policy,
			&(struct crypto_bytes){sealed->pcrlock.name, sealed->pcrlock.name_len},
			err);
	if (condition->signer)
		return policy_authorize(policy,
			&(struct crypto_bytes){condition->signer->names[name], SIGNER_NAME_SIZE},
			err);
	return 0;
}

static int compute(const struct condition *condition, const struct tcg_pcr_bank *bank, size_t name,
	struct policy *ret_policy, struct error *err)
{
	const struct sealed *sealed = condition->sealed;
	struct policy policy = {.alg = condition->share->name_alg};
	int rc = begin(condition, name, &policy, err);

	if (!rc && sealed->pcrs)
		rc = policy_pcr(&policy, bank, sealed->pcrs, err);
	if (!rc && sealed->has_pin)
		rc = policy_auth_value(&policy, err);
	if (!rc)
		*ret_policy = policy;
	return rc;
}

/* Whether the policy is satisfied by these values, as far as nobody else decides. */
static int is_satisfied(const struct condition *condition, const struct disk_pcrs *pcrs,
	bool *ret_is, struct error *err)
{
	const struct sealed *sealed = condition->sealed;
	const struct sealed_share *share = condition->share;
	const struct tcg_pcr_bank *bank = bank_of(pcrs, sealed->bank);
	const size_t names = condition->signer ? SIGNER_NAMES : 1;
	int rc = 0;

	/* Without a policy the object's empty password lets in. */
	*ret_is = !sealed->pcrs && !sealed->has_pin && !share->policy.len;
	if (*ret_is || (sealed->pcrs && !bank))
		return 0;
	for (size_t name = 0; !rc && !*ret_is && name < names; name++) {
		struct policy policy;

		rc = compute(condition, bank, name, &policy, err);
		*ret_is = !rc && share->policy.len == tcg_digest_size(policy.alg) &&
			  memcmp(share->policy.data, policy.digest, share->policy.len) == 0;
	}
	return rc;
}

static bool has_signed(const struct condition *condition, const struct disk_pcrs *pcrs,
	const struct disk_moments *moments)
{
	const struct sealed *sealed = condition->sealed;
	const struct tcg_pcr_bank *bank = bank_of(pcrs, sealed->bank);
	struct policy policy = {.alg = condition->share->name_alg};
	struct error ignored;
	bool has = false;

	if (!moments->signatures || !bank || !has_pcrs(moments, sealed->bank, sealed->signed_pcrs))
		return false;
	return !policy_pcr(&policy, bank, sealed->signed_pcrs, &ignored) &&
	       !signatures_allow(moments->signatures, moments->signatures_len, condition->signer,
		       sealed->bank, &policy, &has, &ignored) &&
	       has;
}

static uint32_t find_misfits(const struct condition *condition, const struct disk_pcrs *pcrs,
	const struct disk_moments *moments)
{
	const struct pcrlock *pcrlock = condition->pcrlock;
	const struct tcg_pcr_bank *bank = bank_of(pcrs, pcrlock->bank);

	if (!bank || !has_pcrs(moments, pcrlock->bank, pcrlock->pcrs))
		return pcrlock->pcrs;
	return pcrlock_misfits(pcrlock, bank);
}

static bool is_allowed(const struct condition *condition, const struct disk_pcrs *pcrs,
	const struct disk_moments *moments)
{
	if (condition->pcrlock)
		return !find_misfits(condition, pcrs, moments);
	return !condition->signer || has_signed(condition, pcrs, moments);
}

int condition_find(const struct condition *condition, const struct disk_moments *moments,
	struct satisfied *ret, struct error *err)
{
	const struct disk_pcrs *initrd = moments->initrd.count ? &moments->initrd : &moments->now;
	const struct sealed *sealed = condition->sealed;
	struct satisfied satisfied = {0};
	bool is_there = !sealed->pcrs || has_pcrs(moments, sealed->bank, sealed->pcrs);
	int rc = 0;

	if (is_there)
		rc = is_satisfied(condition, initrd, &satisfied.in_initrd, err);
	if (is_there && !rc)
		rc = is_satisfied(condition, &moments->now, &satisfied.now, err);
	if (rc)
		return rc;
	satisfied.is_allowed_then = is_allowed(condition, initrd, moments);
	satisfied.is_allowed_now = is_allowed(condition, &moments->now, moments);
	if (condition->pcrlock)
		satisfied.misfits = find_misfits(condition, initrd, moments);
	*ret = satisfied;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/judge.h"

#include <stdio.h>
#include <string.h>

#include "core/disk/policy.h"

static void explain(struct unlock_slot *slot, enum unlock_result result, const char *why)
{
	slot->result = result;
	snprintf(slot->detail, sizeof(slot->detail), "%.159s", why);
}

static const struct tcg_pcr_bank *find_bank(const struct disk_pcrs *pcrs, uint16_t alg)
{
	for (size_t i = 0; i < pcrs->count; i++) {
		if (pcrs->banks[i].alg == alg)
			return &pcrs->banks[i];
	}
	return NULL;
}

/* Whether the literal part of the policy is satisfied by these values: true or false in *ret_is. */
static int is_satisfied(
	const struct sealed *sealed, const struct disk_pcrs *pcrs, bool *ret_is, struct error *err)
{
	const struct sealed_share *share = &sealed->shares[0];
	const struct tcg_pcr_bank *bank = find_bank(pcrs, sealed->bank);
	struct policy policy = {.alg = share->name_alg};
	int rc = 0;

	/* Without a policy the object's empty password lets in. */
	if (!sealed->pcrs && !sealed->has_pin && !share->policy.len) {
		*ret_is = true;
		return 0;
	}
	if (sealed->pcrs) {
		if (!bank || (bank->pcrs & sealed->pcrs) != sealed->pcrs) {
			*ret_is = false;
			return 0;
		}
		rc = policy_pcr(&policy, bank, sealed->pcrs, err);
	}
	if (!rc && sealed->has_pin)
		rc = policy_auth_value(&policy, err);
	if (!rc)
		*ret_is = share->policy.len == tcg_digest_size(policy.alg) &&
			  memcmp(share->policy.data, policy.digest, share->policy.len) == 0;
	return rc;
}

/* All that can be said of a policy that somebody else's word is part of. */
static bool judge_delegated(const struct sealed *sealed, struct unlock_slot *slot)
{
	char pcrs[64];

	if (sealed->has_pcrlock) {
		explain(slot, UNLOCK_PCRLOCK,
			"this TPM sealed it; systemd-pcrlock's policy decides about the PCRs");
		return true;
	}
	if (!sealed->is_signed)
		return false;
	tcg_pcrs_print(sealed->signed_pcrs, pcrs, sizeof(pcrs));
	slot->result = UNLOCK_SIGNED_POLICY;
	snprintf(slot->detail, sizeof(slot->detail),
		"this TPM sealed it; a signature must allow what PCR %s holds", pcrs);
	return true;
}

static void judge_policy(
	const struct sealed *sealed, const struct disk_moments *moments, struct unlock_slot *slot)
{
	const struct disk_pcrs *initrd = moments->initrd.count ? &moments->initrd : &moments->now;
	bool is_then = false, is_now = false;
	struct error err;
	int rc;

	if (sealed->pcrs && !moments->now.count) {
		explain(slot, UNLOCK_UNKNOWN, "the PCRs could not be read");
		return;
	}
	if (sealed->pcrs && !find_bank(&moments->now, sealed->bank)) {
		explain(slot, UNLOCK_PCR_DIFFERS, "the TPM has no such bank of PCRs any more");
		slot->differ = sealed->pcrs;
		return;
	}
	rc = is_satisfied(sealed, initrd, &is_then, &err);
	if (!rc)
		rc = is_satisfied(sealed, &moments->now, &is_now, &err);
	if (rc) {
		explain(slot, UNLOCK_UNKNOWN, err.message);
		return;
	}
	if (!is_then && !is_now) {
		slot->result = UNLOCK_PCR_DIFFERS;
		slot->differ = sealed->pcrs;
		return;
	}
	slot->result = !is_then          ? UNLOCK_OPENS_LATE
		       : sealed->has_pin ? UNLOCK_NEEDS_PIN
					 : UNLOCK_OPENS;
	if (sealed->has_pin && moments->is_locked_out)
		explain(slot, UNLOCK_LOCKOUT, "the TPM takes no PIN as long as it is locked out");
}

void disk_judge(const struct disk_token *token, const struct disk_outcome *outcome,
	const struct disk_moments *moments, struct unlock_slot *ret_slot)
{
	const struct sealed *sealed = &token->sealed;
	struct unlock_slot slot = {.token = token->number};

	memcpy(slot.type, token->type, sizeof(slot.type));
	if (!token->is_sealed) {
		slot.result = UNLOCK_NOT_TPM;
	} else if (!token->is_read) {
		explain(&slot, UNLOCK_UNREADABLE, token->error.message);
	} else {
		slot.pcrs = sealed->pcrs;
		slot.bank = sealed->pcrs ? sealed->bank : 0;
		if (outcome->load == DISK_LOAD_FOREIGN)
			slot.result = UNLOCK_OTHER_VTPM;
		else if (outcome->load == DISK_LOAD_LOCKOUT)
			explain(&slot, UNLOCK_LOCKOUT, "the TPM loads no key that is protected");
		else if (outcome->load == DISK_LOAD_FAILED)
			explain(&slot, UNLOCK_UNKNOWN, outcome->error.message);
		else if (!judge_delegated(sealed, &slot))
			judge_policy(sealed, moments, &slot);
	}
	*ret_slot = slot;
}

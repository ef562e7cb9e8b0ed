/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/judge.h"

#include <stdio.h>
#include <string.h>

#include "core/disk/policy.h"
#include "core/disk/signer.h"

static void explain(struct unlock_slot *slot, enum unlock_result result, const char *why)
{
	slot->result = result;
	snprintf(slot->detail, sizeof(slot->detail), "%.159s", why);
}

static const struct tcg_pcr_bank *bank_of(const struct disk_pcrs *pcrs, uint16_t alg)
{
	return tcg_find_bank(pcrs->banks, pcrs->count, alg);
}

/* Whether the TPM has all of these PCRs, in the bank of the slot. */
static bool has_pcrs(const struct disk_moments *moments, const struct sealed *sealed, uint32_t pcrs)
{
	const struct tcg_pcr_bank *bank = bank_of(&moments->now, sealed->bank);

	return bank && (bank->pcrs & pcrs) == pcrs;
}

/* The PCRs whose values no log explains; without a log, none. */
static uint32_t find_unexplained(const struct disk_moments *moments, const struct sealed *sealed)
{
	const struct tcg_pcr_bank *now = bank_of(&moments->now, sealed->bank);
	const struct tcg_pcr_bank *initrd = bank_of(&moments->initrd, sealed->bank);

	return now && initrd ? now->pcrs & ~initrd->pcrs : 0;
}

/* What the policy begins with: nothing, or one of the names of a key whose holder signs. */
struct beginning {
	const struct signer *signer; /* NULL: nobody signs */
	size_t name;
};

static int compute(const struct sealed *sealed, const struct tcg_pcr_bank *bank,
	const struct beginning *beginning, struct policy *ret_policy, struct error *err)
{
	struct policy policy = {.alg = sealed->shares[0].name_alg};
	int rc = 0;

	if (beginning->signer)
		rc = policy_authorize(&policy,
			&(struct crypto_bytes){
				beginning->signer->names[beginning->name], SIGNER_NAME_SIZE},
			err);
	if (!rc && sealed->pcrs)
		rc = policy_pcr(&policy, bank, sealed->pcrs, err);
	if (!rc && sealed->has_pin)
		rc = policy_auth_value(&policy, err);
	if (!rc)
		*ret_policy = policy;
	return rc;
}

/* Whether the policy is satisfied by these values, as far as a signature does not decide. */
static int is_satisfied(const struct sealed *sealed, const struct disk_pcrs *pcrs,
	const struct signer *signer, bool *ret_is, struct error *err)
{
	const struct sealed_share *share = &sealed->shares[0];
	const struct tcg_pcr_bank *bank = bank_of(pcrs, sealed->bank);
	int rc = 0;

	/* Without a policy the object's empty password lets in. */
	*ret_is = !sealed->pcrs && !sealed->has_pin && !share->policy.len;
	if (*ret_is)
		return 0;
	if (sealed->pcrs && !bank)
		return 0;
	for (size_t name = 0; !rc && !*ret_is && name < (signer ? SIGNER_NAMES : 1); name++) {
		struct policy policy;

		rc = compute(sealed, bank, &(struct beginning){signer, name}, &policy, err);
		*ret_is = !rc && share->policy.len == tcg_digest_size(policy.alg) &&
			  memcmp(share->policy.data, policy.digest, share->policy.len) == 0;
	}
	return rc;
}

/* Whether the signer allows what these PCRs hold. */
static bool is_allowed(const struct sealed *sealed, const struct disk_pcrs *pcrs,
	const struct disk_moments *moments, const struct signer *signer)
{
	const struct tcg_pcr_bank *bank = bank_of(pcrs, sealed->bank);
	struct policy policy = {.alg = sealed->shares[0].name_alg};
	struct error ignored;
	bool has = false;

	if (!moments->signatures || !bank || !has_pcrs(moments, sealed, sealed->signed_pcrs))
		return false;
	return !policy_pcr(&policy, bank, sealed->signed_pcrs, &ignored) &&
	       !signer_has_signed(signer, moments->signatures, moments->signatures_len,
		       sealed->bank, &policy, &has, &ignored) &&
	       has;
}

/* When the policy is satisfied: its PCRs and, where somebody signs, what is signed. */
struct satisfied {
	bool in_initrd, now;                  /* the policy's own */
	bool is_allowed_then, is_allowed_now; /* by a signature; true where none is asked for */
};

static int find_satisfied(const struct sealed *sealed, const struct disk_moments *moments,
	const struct signer *signer, struct satisfied *ret, struct error *err)
{
	const struct disk_pcrs *initrd = moments->initrd.count ? &moments->initrd : &moments->now;
	int rc = 0;

	if (sealed->pcrs && !has_pcrs(moments, sealed, sealed->pcrs))
		return 0;
	rc = is_satisfied(sealed, initrd, signer, &ret->in_initrd, err);
	if (!rc)
		rc = is_satisfied(sealed, &moments->now, signer, &ret->now, err);
	ret->is_allowed_then = !signer || is_allowed(sealed, initrd, moments, signer);
	ret->is_allowed_now = !signer || is_allowed(sealed, &moments->now, moments, signer);
	return rc;
}

/* A signature that is not found here may come with the next kernel. */
static void explain_unsigned(const struct sealed *sealed, struct unlock_slot *slot)
{
	char pcrs[64];

	tcg_pcrs_print(sealed->signed_pcrs, pcrs, sizeof(pcrs));
	slot->result = UNLOCK_SIGNED_POLICY;
	snprintf(slot->detail, sizeof(slot->detail),
		"this TPM sealed it; no signature was found that allows what PCR %s holds", pcrs);
}

/* Where the PCRs are right, in the initrd or later, and a PIN is asked for. */
static void weigh_pin(
	const struct sealed *sealed, const struct disk_moments *moments, struct unlock_slot *slot)
{
	bool is_late = slot->result == UNLOCK_OPENS_LATE && sealed->has_pin;

	if (slot->result != UNLOCK_NEEDS_PIN && !is_late)
		return;
	if (moments->is_locked_out)
		explain(slot, UNLOCK_LOCKOUT, "the TPM takes no PIN as long as it is locked out");
	else if (is_late)
		explain(slot, UNLOCK_OPENS_LATE, "it asks for its PIN");
}

static void conclude(const struct sealed *sealed, const struct disk_moments *moments,
	const struct satisfied *satisfied, struct unlock_slot *slot)
{
	bool is_open = satisfied->in_initrd || satisfied->now;

	if (!is_open && sealed->pcrs & find_unexplained(moments, sealed)) {
		explain(slot, UNLOCK_UNKNOWN,
			"a PCR holds what no log explains; do not enrol the disk again before the "
			"guest has restarted");
	} else if (!is_open && !sealed->pcrs) {
		explain(slot, UNLOCK_UNKNOWN,
			"its policy asks for something that is not known here");
	} else if (!is_open) {
		slot->result = UNLOCK_PCR_DIFFERS;
		slot->differ = sealed->pcrs;
	} else if (satisfied->in_initrd && satisfied->is_allowed_then) {
		slot->result = sealed->has_pin ? UNLOCK_NEEDS_PIN : UNLOCK_OPENS;
	} else if (satisfied->now && satisfied->is_allowed_now) {
		slot->result = UNLOCK_OPENS_LATE;
	} else {
		explain_unsigned(sealed, slot);
	}
	weigh_pin(sealed, moments, slot);
}

static void judge_policy(
	const struct sealed *sealed, const struct disk_moments *moments, struct unlock_slot *slot)
{
	uint32_t pcrs = sealed->pcrs | sealed->signed_pcrs;
	struct satisfied satisfied = {0};
	struct signer signer;
	struct error err;
	int rc = 0;

	if (pcrs && !moments->now.count) {
		explain(slot, UNLOCK_UNKNOWN, "the PCRs could not be read");
		return;
	}
	if (pcrs && !bank_of(&moments->now, sealed->bank)) {
		explain(slot, sealed->pcrs ? UNLOCK_PCR_DIFFERS : UNLOCK_UNKNOWN,
			"the TPM has no such bank of PCRs any more");
		slot->differ = sealed->pcrs;
		return;
	}
	if (sealed->is_signed)
		rc = signer_read(sealed->signer.text, sealed->signer.len, &signer, &err);
	if (rc) {
		explain_unsigned(sealed, slot);
		return;
	}
	rc = find_satisfied(sealed, moments, sealed->is_signed ? &signer : NULL, &satisfied, &err);
	if (rc)
		explain(slot, UNLOCK_UNKNOWN, err.message);
	else
		conclude(sealed, moments, &satisfied, slot);
}

/* Where the secret is split, the TPM's part is not the whole. */
static void weigh_shares(const struct sealed *sealed, struct unlock_slot *slot)
{
	bool is_done = slot->result == UNLOCK_OPENS || slot->result == UNLOCK_OPENS_LATE;
	bool is_refused = slot->result == UNLOCK_PCR_DIFFERS || slot->result == UNLOCK_OTHER_VTPM ||
			  slot->result == UNLOCK_LOCKOUT;

	if (is_done && sealed->others_needed) {
		slot->result = UNLOCK_UNKNOWN;
		snprintf(slot->detail, sizeof(slot->detail),
			"the TPM does its part, and %u more of clevis' shares are needed",
			sealed->others_needed);
	} else if (is_refused && sealed->is_dispensable) {
		explain(slot, UNLOCK_UNKNOWN,
			"the TPM does not do its part, but clevis has other shares");
	}
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
		/* What is not known here may open all the same. */
		explain(&slot,
			token->error.code == ERROR_UNSUPPORTED ? UNLOCK_UNKNOWN : UNLOCK_UNREADABLE,
			token->error.message);
	} else {
		slot.pcrs = sealed->pcrs;
		slot.bank = sealed->pcrs ? sealed->bank : 0;
		if (outcome->load == DISK_LOAD_FOREIGN)
			slot.result = UNLOCK_OTHER_VTPM;
		else if (outcome->load == DISK_LOAD_LOCKOUT)
			explain(&slot, UNLOCK_LOCKOUT,
				"whether it opens is known when the lockout ends");
		else if (outcome->load == DISK_LOADED_BUT_GONE)
			explain(&slot, UNLOCK_UNKNOWN,
				"this TPM sealed it, but no longer keeps the storage key; "
				"systemd-tpm2-setup makes it again, where the initrd has that");
		else if (outcome->load == DISK_LOAD_FAILED)
			explain(&slot, UNLOCK_UNKNOWN, outcome->error.message);
		else if (sealed->has_pcrlock)
			explain(&slot, UNLOCK_PCRLOCK,
				"this TPM sealed it; systemd-pcrlock's policy decides about the "
				"PCRs");
		else
			judge_policy(sealed, moments, &slot);
		weigh_shares(sealed, &slot);
	}
	*ret_slot = slot;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/judge.h"

#include <stdio.h>
#include <string.h>

#include "core/disk/condition.h"

static void explain(struct unlock_slot *slot, enum unlock_result result, const char *why)
{
	slot->result = result;
	snprintf(slot->detail, sizeof(slot->detail), "%.159s", why);
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

static void explain_unexplained(struct unlock_slot *slot)
{
	explain(slot, UNLOCK_UNKNOWN,
		"a PCR holds what no log explains; do not enrol the disk again before the guest "
		"has restarted");
}

static void explain_misfits(const struct pcrlock *pcrlock, const struct disk_moments *moments,
	uint32_t misfits, struct unlock_slot *slot)
{
	if (condition_is_unexplained(moments, pcrlock->bank, misfits)) {
		explain_unexplained(slot);
		return;
	}
	explain(slot, UNLOCK_PCR_DIFFERS, "systemd-pcrlock does not allow it");
	slot->differ = misfits;
}

/* The initrd has no pcrlock.json but systemd-pcrlock's copy of it on the boot partition, which need
 * not be there, nor be of the policy that the TPM has (systemd-pcrlock(8), make-policy). */
static void explain_in_initrd(const struct condition *condition, struct unlock_slot *slot)
{
	slot->result = condition->sealed->has_pin ? UNLOCK_NEEDS_PIN : UNLOCK_OPENS;
	if (condition->pcrlock)
		explain(slot, slot->result,
			"an initrd goes by pcrlock.*.cred in loader/credentials of the boot "
			"partition, which is not read here and must be of this policy");
}

static void conclude(const struct condition *condition, const struct disk_moments *moments,
	const struct satisfied *satisfied, struct unlock_slot *slot)
{
	const struct sealed *sealed = condition->sealed;
	bool is_open = satisfied->in_initrd || satisfied->now;

	if (!is_open && condition_is_unexplained(moments, sealed->bank, sealed->pcrs)) {
		explain_unexplained(slot);
	} else if (!is_open && !sealed->pcrs) {
		explain(slot, UNLOCK_UNKNOWN,
			"its policy asks for something that is not known here");
	} else if (!is_open) {
		slot->result = UNLOCK_PCR_DIFFERS;
		slot->differ = sealed->pcrs;
	} else if (satisfied->in_initrd && satisfied->is_allowed_then) {
		explain_in_initrd(condition, slot);
	} else if (satisfied->now && satisfied->is_allowed_now) {
		slot->result = UNLOCK_OPENS_LATE;
	} else if (condition->pcrlock) {
		explain_misfits(condition->pcrlock, moments, satisfied->misfits, slot);
	} else {
		explain_unsigned(sealed, slot);
	}
	weigh_pin(sealed, moments, slot);
}

static void judge_condition(const struct condition *condition, const struct disk_moments *moments,
	struct unlock_slot *slot)
{
	struct satisfied satisfied;
	struct error err;

	if (condition_find(condition, moments, &satisfied, &err))
		explain(slot, UNLOCK_UNKNOWN, err.message);
	else
		conclude(condition, moments, &satisfied, slot);
}

static bool is_open(const struct unlock_slot *slot)
{
	return slot->result == UNLOCK_OPENS || slot->result == UNLOCK_NEEDS_PIN ||
	       slot->result == UNLOCK_OPENS_LATE;
}

static void judge_signed(const struct sealed *sealed, const struct disk_outcome *outcome,
	const struct disk_moments *moments, struct unlock_slot *slot)
{
	struct signer signer;
	struct error err;
	int rc = signer_read(sealed->signer.text, sealed->signer.len, &signer, &err);

	if (rc == -ERROR_UNSUPPORTED) {
		explain(slot, UNLOCK_SIGNED_POLICY,
			"no systemd up to 262 opens what any key but one of RSA allows; enrol the "
			"disk with an RSA key");
		return;
	}
	if (rc) {
		explain_unsigned(sealed, slot);
		return;
	}
	judge_condition(
		&(struct condition){sealed, &sealed->shares[0], &signer, NULL}, moments, slot);
	if (outcome->refuses_signer && (is_open(slot) || slot->result == UNLOCK_SIGNED_POLICY))
		explain(slot, UNLOCK_POLICY_FAILS,
			"this TPM takes no RSA key as large as the one that signs, and so none of "
			"its signatures");
}

static void judge_policy(const struct sealed *sealed, const struct disk_outcome *outcome,
	const struct disk_moments *moments, struct unlock_slot *slot)
{
	uint32_t pcrs = sealed->pcrs | sealed->signed_pcrs;

	if (pcrs && !moments->now.count) {
		explain(slot, UNLOCK_UNKNOWN, "the PCRs could not be read");
	} else if (pcrs && !tcg_find_bank(moments->now.banks, moments->now.count, sealed->bank)) {
		explain(slot, sealed->pcrs ? UNLOCK_PCR_DIFFERS : UNLOCK_UNKNOWN,
			"the TPM has no such bank of PCRs any more");
		slot->differ = sealed->pcrs;
	} else if (sealed->is_signed) {
		judge_signed(sealed, outcome, moments, slot);
	} else {
		judge_condition(
			&(struct condition){sealed, &sealed->shares[0], NULL, NULL}, moments, slot);
	}
}

/* Whether the NV index has the policy that the file describes: a TPMT_HA of SHA-256. */
static int has_policy_of(const struct disk_outcome *outcome, const struct pcrlock *pcrlock,
	bool *ret_has, struct error *err)
{
	const uint8_t alg[] = {TCG_ALG_SHA256 >> 8, TCG_ALG_SHA256 & 0xff};
	struct policy policy;
	int rc = pcrlock_digest(pcrlock, &policy, err);

	if (!rc)
		*ret_has = outcome->nv_len == sizeof(alg) + tcg_digest_size(policy.alg) &&
			   memcmp(outcome->nv_content, alg, sizeof(alg)) == 0 &&
			   memcmp(outcome->nv_content + sizeof(alg), policy.digest,
				   tcg_digest_size(policy.alg)) == 0;
	return rc;
}

/* What systemd-pcrlock allows, where that is known; else the slot says what is not. */
static bool find_pcrlock(const struct disk_outcome *outcome, const struct disk_moments *moments,
	struct pcrlock *ret_pcrlock, struct unlock_slot *slot)
{
	struct error err;
	bool has = false;

	if (!moments->pcrlock) {
		explain(slot, UNLOCK_PCRLOCK,
			"the TPM has its NV index, but there is no pcrlock.json to say which PCRs "
			"that allows");
	} else if (pcrlock_read(moments->pcrlock, moments->pcrlock_len, ret_pcrlock, &err) ||
		   has_policy_of(outcome, ret_pcrlock, &has, &err)) {
		explain(slot, UNLOCK_PCRLOCK, err.message);
	} else if (!outcome->nv_len) {
		explain(slot, UNLOCK_PCRLOCK,
			"whether the TPM has the policy of pcrlock.json is not known: its NV index "
			"cannot be read");
	} else if (!has) {
		explain(slot, UNLOCK_PCRLOCK,
			"the TPM has another policy in its NV index than pcrlock.json: "
			"systemd-pcrlock make-policy --force writes both");
	}
	return has;
}

/* Whether the NV index itself is as it was sealed to; else the slot says how not. */
static bool has_index(
	const struct sealed *sealed, const struct disk_outcome *outcome, struct unlock_slot *slot)
{
	if (outcome->nv == DISK_NV_THERE)
		return true;
	slot->result = outcome->nv == DISK_NV_UNKNOWN ? UNLOCK_PCRLOCK : UNLOCK_POLICY_FAILS;
	snprintf(slot->detail, sizeof(slot->detail), "the NV index 0x%08x of systemd-pcrlock %s",
		sealed->pcrlock.index,
		outcome->nv == DISK_NV_UNKNOWN ? "could not be looked at"
		: outcome->nv == DISK_NV_GONE  ? "is not in the TPM any more"
					       : "is not the one that it was sealed to");
	return false;
}

static void judge_pcrlock(const struct sealed *sealed, const struct disk_outcome *outcome,
	const struct disk_moments *moments, struct unlock_slot *slot)
{
	const struct sealed_share *share = &sealed->shares[sealed->share_count - 1];
	struct pcrlock pcrlock;

	if (!has_index(sealed, outcome, slot) || !find_pcrlock(outcome, moments, &pcrlock, slot))
		return;
	if (pcrlock.pcrs && !moments->now.count) {
		explain(slot, UNLOCK_UNKNOWN, "the PCRs could not be read");
		return;
	}
	slot->pcrs |= pcrlock.pcrs;
	slot->bank = sealed->pcrs ? sealed->bank : pcrlock.bank;
	judge_condition(&(struct condition){sealed, share, NULL, &pcrlock}, moments, slot);
}

/* systemd 258 and later seal a share to each, where both are asked for; before, what a signature
 * allows was asked for and not sealed to. */
static void judge_both(const struct sealed *sealed, const struct disk_outcome *outcome,
	const struct disk_moments *moments, struct unlock_slot *slot)
{
	bool is_late;

	judge_pcrlock(sealed, outcome, moments, slot);
	if (!is_open(slot))
		return;
	is_late = slot->result == UNLOCK_OPENS_LATE;
	if (sealed->share_count < 2)
		explain(slot, UNLOCK_SIGNED_POLICY,
			"systemd-pcrlock allows what the PCRs hold; whether a signature does is "
			"not known here");
	else
		judge_policy(sealed, outcome, moments, slot);
	if (is_late && is_open(slot))
		slot->result = UNLOCK_OPENS_LATE;
}

static void judge_sealed(const struct sealed *sealed, const struct disk_outcome *outcome,
	const struct disk_moments *moments, struct unlock_slot *slot)
{
	if (!sealed->has_pcrlock)
		judge_policy(sealed, outcome, moments, slot);
	else if (sealed->is_signed)
		judge_both(sealed, outcome, moments, slot);
	else
		judge_pcrlock(sealed, outcome, moments, slot);
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

static void doubt_key(const struct sealed_parent *parent, struct unlock_slot *slot)
{
	char key[32];

	snprintf(key, sizeof(key), "persistent key 0x%08x", parent->handle);
	slot->result = UNLOCK_UNKNOWN;
	snprintf(slot->detail, sizeof(slot->detail),
		"not sealed under the TPM's %s: it is under another key (name it: FILE,%s or "
		"FILE,%s), or another vTPM sealed it",
		parent->kind == SEALED_UNDER_ECC   ? "ECC primary key"
		: parent->kind == SEALED_UNDER_RSA ? "RSA primary key"
						   : key,
		parent->kind == SEALED_UNDER_ECC ? "rsa" : "ecc",
		parent->kind == SEALED_UNDER_HANDLE ? "rsa" : "0x81...");
}

static void doubt_pcrs(const struct sealed *sealed, struct unlock_slot *slot)
{
	const char *bank = tcg_alg_name(sealed->bank);
	bool is_one = !(sealed->pcrs & (sealed->pcrs - 1));
	char pcrs[64];

	tcg_pcrs_print(sealed->pcrs, pcrs, sizeof(pcrs));
	slot->result = UNLOCK_UNKNOWN; /* what may differ stays told, for a baseline to decide */
	if (!sealed->shares[0].policy.len)
		explain(slot, UNLOCK_UNKNOWN,
			"it has no policy, so that no PCR counts: name the file without PCRs");
	else
		snprintf(slot->detail, sizeof(slot->detail),
			"no policy over exactly %.12s PCR %.63s: other PCRs are in it, or %s "
			"differs",
			bank ? bank : "", pcrs, is_one ? "it" : "one of them");
}

/* An object does not tell its key and its PCRs: what does not fit may be named wrongly. */
static void doubt_told(const struct sealed *sealed, struct unlock_slot *slot)
{
	if (slot->result == UNLOCK_OTHER_VTPM)
		doubt_key(&sealed->parent, slot);
	else if (slot->result == UNLOCK_PCR_DIFFERS && !*slot->detail)
		doubt_pcrs(sealed, slot);
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
		slot.key_slots = token->key_slots;
		slot.signed_pcrs = sealed->signed_pcrs;
		slot.has_pin = sealed->has_pin;
		slot.has_pcrlock = sealed->has_pcrlock;
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
		else
			judge_sealed(sealed, outcome, moments, &slot);
		weigh_shares(sealed, &slot);
		if (token->is_told)
			doubt_told(sealed, &slot);
	}
	*ret_slot = slot;
}

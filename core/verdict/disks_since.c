/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/disks_since.h"

#include <stdio.h>
#include <string.h>

#include "core/disk/bitlocker.h"
#include "core/verdict/likeness.h"

/* BitLocker extends it itself when it has the key, so that nobody gets it again in this boot. */
#define PCR_ACCESS_CONTROL 11

/* A bank that both have: SHA-256 where it is, which BitLocker then takes. */
static const struct tcg_pcr_bank *find_bank(const struct evidence *then, const struct evidence *now,
	const struct tcg_pcr_bank **ret_then)
{
	const struct tcg_pcr_bank *found = NULL;

	for (size_t i = 0; i < now->pcrs.bank_count; i++) {
		const struct tcg_pcr_bank *is = &now->pcrs.banks[i];
		const struct tcg_pcr_bank *was =
			tcg_find_bank(then->pcrs.banks, then->pcrs.bank_count, is->alg);

		if (!was || (found && is->alg != TCG_ALG_SHA256))
			continue;
		found = is;
		*ret_then = was;
	}
	return found;
}

static bool holds_same(const struct tcg_pcr_bank *was, const struct tcg_pcr_bank *is, unsigned pcr)
{
	return memcmp(was->values[pcr], is->values[pcr], tcg_digest_size(is->alg)) == 0;
}

/* Which of them hold another value, or are in one of the documents alone. */
static uint32_t find_differing(
	const struct tcg_pcr_bank *was, const struct tcg_pcr_bank *is, uint32_t pcrs)
{
	uint32_t differ = 0;

	for (unsigned pcr = 0; pcr < TCG_PCR_COUNT; pcr++) {
		const uint32_t bit = 1U << pcr;

		if (!(pcrs & (was->pcrs | is->pcrs) & bit))
			continue;
		if (!(was->pcrs & is->pcrs & bit) || !holds_same(was, is, pcr))
			differ |= bit;
	}
	return differ;
}

static void explain(struct unlock_slot *slot, enum unlock_result result, const char *why)
{
	slot->result = result;
	snprintf(slot->detail, sizeof(slot->detail), "%.159s", why);
}

static bool is_other_owner(const struct evidence *then, const struct evidence *now)
{
	/* Another SRK that somebody made persistent is no other seed. */
	return evidence_are_read(&then->srk.part, &now->srk.part) &&
	       likeness_of_owner_seeds(then, now) == LIKENESS_OTHER;
}

/* The same volume's protector of the same kind: their order may have changed. */
static const struct unlock_slot *find_slot(const struct evidence *in,
	const struct unlock_volume *volume, const struct unlock_slot *slot)
{
	const struct unlock_facts *facts = &in->unlock.facts;

	if (in->unlock.part.state != PART_READ || !*volume->uuid)
		return NULL;
	for (size_t i = 0; i < facts->volumes.count; i++) {
		const struct unlock_volume *other = &facts->volumes.items[i];

		if (strcmp(other->uuid, volume->uuid) != 0)
			continue;
		for (size_t j = 0; j < other->slots.count; j++) {
			if (strcmp(other->slots.items[j].type, slot->type) == 0)
				return &other->slots.items[j];
		}
	}
	return NULL;
}

static bool is_lost(const struct unlock_slot *slot)
{
	return bitlocker_is_type(slot->type) &&
	       (slot->result == UNLOCK_PCR_DIFFERS || slot->result == UNLOCK_OTHER_VTPM);
}

/* Why equal PCRs promise nothing; NULL: they do. Whoever believes a promise restarts. */
static const char *find_doubt(const struct evidence *then, const struct evidence *now,
	const struct unlock_slot *was, const struct unlock_slot *slot)
{
	if (likeness_of_owner_seeds(then, now) != LIKENESS_SAME)
		return "whether this is the baseline's owner seed is not known";
	if (likeness_of_boots(then, now) != LIKENESS_OTHER)
		return "the baseline is of this very boot, or it is not known of which";
	if (!was || was->result != UNLOCK_UNSEEN || was->pcrs != slot->pcrs)
		return "at the baseline it was not protected like this, or nobody could look";
	return NULL;
}

static void compare_pcrs(const struct evidence *then, const struct evidence *now,
	const struct unlock_slot *was, struct unlock_slot *slot)
{
	const uint32_t pcrs = slot->pcrs & ~(1U << PCR_ACCESS_CONTROL);
	const struct tcg_pcr_bank *before = NULL, *is;
	const char *doubt = find_doubt(then, now, was, slot);

	if (!evidence_are_read(&then->pcrs.part, &now->pcrs.part))
		return;
	is = find_bank(then, now, &before);
	if (!is)
		return;
	slot->differ = find_differing(before, is, pcrs);
	if (slot->differ)
		explain(slot, UNLOCK_PCR_DIFFERS, "unless it was sealed anew since");
	else if (doubt)
		explain(slot, UNLOCK_UNSEEN, doubt);
	else
		explain(slot, bitlocker_opened(slot),
			"the PCRs are the baseline's, in whose boot it must have opened by itself");
}

/* A baseline moves on, over a boot with the recovery key too: what did not open then does not for
 * equal PCRs. */
static void carry(const struct unlock_slot *was, struct unlock_slot *slot)
{
	if (slot->result == UNLOCK_OTHER_VTPM)
		return;
	slot->differ |= was->differ & slot->pcrs;
	explain(slot, was->result, "as at the baseline; unless it was sealed anew since");
}

static void settle(const struct evidence *then, const struct evidence *now,
	const struct unlock_volume *volume, struct unlock_slot *slot)
{
	const struct unlock_slot *was = find_slot(then, volume, slot);

	if (is_other_owner(then, now))
		explain(slot, UNLOCK_OTHER_VTPM,
			"the owner seed is not the baseline's; unless it was sealed anew since");
	else
		compare_pcrs(then, now, was, slot);
	if (was && is_lost(was))
		carry(was, slot);
}

/* The same object at the baseline, where it opened: then its key and its PCRs are named rightly. */
static const struct unlock_slot *find_opened(const struct evidence *in,
	const struct unlock_volume *volume, const struct unlock_slot *slot)
{
	const struct unlock_facts *facts = &in->unlock.facts;

	for (size_t i = 0; in->unlock.part.state == PART_READ && i < facts->volumes.count; i++) {
		const struct unlock_volume *other = &facts->volumes.items[i];
		const struct unlock_slot *was = &other->slots.items[0];
		bool has_opened = was->result == UNLOCK_OPENS || was->result == UNLOCK_OPENS_LATE;
		bool is_same = strcmp(other->name, volume->name) == 0 &&
			       strcmp(was->type, slot->type) == 0 && was->bank == slot->bank &&
			       was->pcrs == slot->pcrs;

		if (other->slots.count == 1 && has_opened && is_same)
			return was;
	}
	return NULL;
}

/* What is only known of an object because it opened once: core/disk/judge.c doubts the rest. */
static void settle_object(const struct evidence *then, const struct evidence *now,
	const struct unlock_volume *volume, struct unlock_slot *slot)
{
	const struct tcg_pcr_bank *was, *is;
	uint32_t differ;

	if (!find_opened(then, volume, slot))
		return;
	if (is_other_owner(then, now)) {
		explain(slot, UNLOCK_OTHER_VTPM, "the owner seed is not the baseline's");
		return;
	}
	if (!slot->differ || !evidence_are_read(&then->pcrs.part, &now->pcrs.part))
		return;
	was = tcg_find_bank(then->pcrs.banks, then->pcrs.bank_count, slot->bank);
	is = tcg_find_bank(now->pcrs.banks, now->pcrs.bank_count, slot->bank);
	differ = was && is ? find_differing(was, is, slot->pcrs) : 0;
	if (!differ)
		return;
	slot->differ = differ;
	explain(slot, UNLOCK_PCR_DIFFERS, "unless it was sealed anew since");
}

void disks_volume_since(
	const struct evidence *then, const struct evidence *now, struct unlock_volume *volume)
{
	for (size_t i = 0; i < volume->slots.count; i++) {
		struct unlock_slot *slot = &volume->slots.items[i];

		if (slot->result == UNLOCK_UNSEEN)
			settle(then, now, volume, slot);
		else if (slot->result == UNLOCK_UNKNOWN && strcmp(slot->type, "tpm2b") == 0)
			settle_object(then, now, volume, slot);
	}
}

void disks_since(
	const struct evidence *then, const struct evidence *now, struct unlock_facts *ret_facts)
{
	*ret_facts = now->unlock.facts;
	for (size_t i = 0; then && i < ret_facts->volumes.count; i++)
		disks_volume_since(then, now, &ret_facts->volumes.items[i]);
}

void disks_mark(const struct evidence *then, struct evidence *now)
{
	struct unlock_facts *facts = &now->unlock.facts;

	for (size_t i = 0; then && i < facts->volumes.count; i++) {
		struct unlock_volume settled = facts->volumes.items[i];

		disks_volume_since(then, now, &settled);
		for (size_t j = 0; j < settled.slots.count; j++) {
			if (is_lost(&settled.slots.items[j]))
				facts->volumes.items[i].slots.items[j] = settled.slots.items[j];
		}
	}
}

/* Nobody could look at it now: at its slots, or at the volume as a whole. */
static bool is_dark(const struct evidence *now, const struct unlock_volume *volume)
{
	const struct unlock_facts *facts = &now->unlock.facts;

	if (now->unlock.part.state != PART_READ)
		return true;
	for (size_t i = 0; i < facts->volumes.count; i++) {
		if (strcmp(facts->volumes.items[i].uuid, volume->uuid) == 0)
			return unlock_volume_result(&facts->volumes.items[i]) == UNLOCK_UNKNOWN;
	}
	return facts->left_out > 0;
}

bool disks_would_forget(const struct evidence *then, const struct evidence *now)
{
	if (!then || then->unlock.part.state != PART_READ)
		return false;
	for (size_t i = 0; i < then->unlock.facts.volumes.count; i++) {
		const struct unlock_volume *volume = &then->unlock.facts.volumes.items[i];

		for (size_t j = 0; j < volume->slots.count; j++) {
			if (is_lost(&volume->slots.items[j]) && is_dark(now, volume))
				return true;
		}
	}
	return false;
}

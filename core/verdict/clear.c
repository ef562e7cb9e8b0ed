/* SPDX-License-Identifier: BSD-2-Clause */
/* TPM2_Clear sets both counters and the clock to 0 and evicts what was persistent in the
 * hierarchies of owner and endorsement, and their authorizations (Part 3 section 24.6). Whoever
 * sets the owner's anew keeps us from deriving a key of the new seed. */
#include "core/verdict/clear.h"

#include <inttypes.h>

#include "core/evidence/properties.h"
#include "core/signed/name.h"
#include "core/verdict/likeness.h"
#include "core/verdict/order.h"
#include "core/verdict/power.h"

/* Persistent handles of the owner; among them those reserved for the endorsement hierarchy, whose
 * keys can be made anew (TCG Registry of Reserved TPM 2.0 Handles). */
#define OWNER_FIRST   0x81000000U
#define EK_FIRST      0x81010000U
#define EK_LAST       0x8101ffffU
#define PLATFORM_FROM 0x81800000U

static bool is_owners(uint32_t handle)
{
	return handle >= OWNER_FIRST && handle < PLATFORM_FROM &&
	       (handle < EK_FIRST || handle > EK_LAST);
}

static bool is_there(
	const struct evidence_persistent *persistent, const struct evidence_object *object)
{
	for (size_t i = 0; i < persistent->objects.count; i++) {
		const struct evidence_object *other = &persistent->objects.items[i];

		if (other->handle == object->handle && name_is_same(&other->name, &object->name))
			return true;
	}
	return false;
}

/* How many of the owner's keys the baseline held, and how many of those are still there. */
static void count_keys(const struct judging *judging, size_t *ret_then, size_t *ret_left)
{
	const struct evidence_persistent *then = &judging->baseline->persistent;
	size_t count = 0, left = 0;

	for (size_t i = 0; i < then->objects.count; i++) {
		const struct evidence_object *object = &then->objects.items[i];

		if (!is_owners(object->handle) || !object->name.len)
			continue;
		count++;
		left += is_there(&judging->evidence->persistent, object);
	}
	*ret_then = count;
	*ret_left = left;
}

static bool is_authorization_new(const struct judging *judging)
{
	struct properties then, now;

	properties_decode(judging->baseline, &then);
	properties_decode(judging->evidence, &now);
	return then.has_permanent && !then.is_owner_auth_set && now.has_permanent &&
	       now.is_owner_auth_set;
}

/* The clock went back while the time ran on: in one boot of the TPM only a clear does that. */
static bool is_cleared_again(const struct judging *judging)
{
	const struct evidence_clock *then = &judging->baseline->clock,
				    *now = &judging->evidence->clock;

	return judging->now.clock_ms < judging->then.clock_ms &&
	       evidence_are_read(&then->part, &now->part) && now->time_ms >= then->time_ms;
}

/* resetCount is 0 in a running TPM only after a clear, until the next Reset. */
static bool is_cleared_in_this_boot(const struct judging *judging)
{
	return !judging->now.reset_count &&
	       (judging->then.reset_count || is_cleared_again(judging));
}

bool continuity_judge_clear(struct judging *judging)
{
	const struct attest_quote *then = &judging->then, *now = &judging->now;
	int moved = order_of_counters(then, now);
	size_t keys, left;

	if (likeness_of_owner_seeds(judging->baseline, judging->evidence) != LIKENESS_UNKNOWN)
		return false;
	count_keys(judging, &keys, &left);
	if (left)
		return false;
	if (is_cleared_in_this_boot(judging))
		return judging_decide(judging, CONTINUITY_CLEARED, REASON_OWNER_SEED_CHANGED,
			"resetCount went from %" PRIu32 " to 0 without a reset: TPM2_Clear was run",
			then->reset_count);
	if (judging->evidence->persistent.part.state != PART_READ ||
		(!keys && !is_authorization_new(judging)))
		return false;
	if (moved > 0 || (moved == 0 && !power_was_cut(judging)))
		return false;
	return judging_decide(judging, CONTINUITY_CLEARED, REASON_OWNER_SEED_CHANGED,
		"resetCount went from %" PRIu32 " to %" PRIu32
		", and the owner's keys are gone: TPM2_Clear was run",
		then->reset_count, now->reset_count);
}

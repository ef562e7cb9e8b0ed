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

static bool is_endorsements(uint32_t handle)
{
	return handle >= EK_FIRST && handle <= EK_LAST;
}

static bool is_owners(uint32_t handle)
{
	return handle >= OWNER_FIRST && handle < PLATFORM_FROM && !is_endorsements(handle);
}

static bool is_there(
	const struct evidence_persistent *persistent, const struct evidence_object *object)
{
	for (size_t i = 0; i < persistent->objects.count; i++) {
		const struct evidence_object *other = &persistent->objects.items[i];

		if (other->handle != object->handle)
			continue;
		/* One that could only be listed tells by its handle. */
		return !object->name.len || !other->name.len ||
		       name_is_same(&other->name, &object->name);
	}
	return false;
}

/* What the baseline held of a kind of persistent keys, and what is left of it. */
struct keys {
	size_t then, left;
};

static struct keys count_keys(const struct judging *judging, bool (*is_wanted)(uint32_t handle))
{
	const struct evidence_persistent *then = &judging->baseline->persistent;
	struct keys keys = {0, 0};

	for (size_t i = 0; i < then->objects.count; i++) {
		const struct evidence_object *object = &then->objects.items[i];

		if (!is_wanted(object->handle))
			continue;
		keys.then++;
		keys.left += is_there(&judging->evidence->persistent, object);
	}
	return keys;
}

/* The owner's authorization: a clear removes it, and somebody may set it anew. */
static bool is_owned(const struct judging *judging, bool then_set, bool now_set)
{
	struct properties then, now;

	properties_decode(judging->baseline, &then);
	properties_decode(judging->evidence, &now);
	return then.has_permanent && now.has_permanent && then.is_owner_auth_set == then_set &&
	       now.is_owner_auth_set == now_set;
}

/* The clock went back in one boot of the TPM: only a clear does that. */
static bool is_cleared_again(const struct judging *judging)
{
	const struct evidence_clock *then = &judging->baseline->clock,
				    *now = &judging->evidence->clock;

	return evidence_are_read(&then->part, &now->part) && power_on_ms(now) < power_on_ms(then);
}

/* The baseline's boot of the TPM is over, and no Restart was counted on since. */
static bool is_counted_anew(const struct judging *judging)
{
	if (power_is_counted_again(judging))
		return true;
	return order_of_counters(&judging->then, &judging->now) < 0 &&
	       evidence_are_read(&judging->baseline->clock.part, &judging->evidence->clock.part) &&
	       likeness_of_boots(judging->baseline, judging->evidence) == LIKENESS_OTHER &&
	       !power_was_on_before_boot(judging);
}

/* resetCount is 0 in a running TPM only after a clear, until the next Reset. */
static bool is_cleared_in_this_boot(const struct judging *judging)
{
	if (judging->now.reset_count)
		return false;
	return judging->then.reset_count || is_cleared_again(judging) || is_counted_anew(judging);
}

/* What a clear takes along is gone: persistent keys, the owner's authorization, or the
 * lack of one that somebody set since. Who keeps an EK persistent may have done so again. Where
 * there was an authorization before and no key, nothing is left to tell a clear by, nor against it.
 */
static bool has_lost(const struct judging *judging)
{
	const struct keys owners = count_keys(judging, is_owners),
			  eks = count_keys(judging, is_endorsements);

	if (judging->evidence->persistent.part.state != PART_READ)
		return false;
	if (owners.then || eks.left < eks.then)
		return true;
	return is_owned(judging, false, true) || is_owned(judging, true, false) ||
	       (!eks.then && is_owned(judging, true, true));
}

/* It was started after its system, with an older clock: no hibernation does that. */
static bool is_older_since_boot(const struct judging *judging)
{
	return likeness_of_boots(judging->baseline, judging->evidence) != LIKENESS_SAME &&
	       power_came_later(judging) && power_is_clock_behind(judging);
}

/* Counters or clock say that this is an older state, unless they began anew. */
static bool would_be_older(const struct judging *judging)
{
	int moved = order_of_counters(&judging->then, &judging->now);

	if (moved < 0 || (moved > 0 && power_is_older_state(judging)))
		return true;
	if (moved > 0)
		return is_older_since_boot(judging);
	return power_is_counted_again(judging) || judging->now.clock_ms < judging->then.clock_ms;
}

bool continuity_judge_clear(struct judging *judging)
{
	const struct attest_quote *then = &judging->then, *now = &judging->now;

	if (likeness_of_owner_seeds(judging->baseline, judging->evidence) != LIKENESS_UNKNOWN)
		return false;
	if (count_keys(judging, is_owners).left)
		return false;
	if (is_cleared_in_this_boot(judging))
		return judging_decide(judging, CONTINUITY_CLEARED, REASON_OWNER_SEED_CHANGED,
			"resetCount went from %" PRIu32 " to 0 without a reset: TPM2_Clear was run",
			then->reset_count);
	if (!has_lost(judging))
		return false;
	if (!would_be_older(judging))
		return false;
	return judging_decide(judging, CONTINUITY_CLEARED, REASON_OWNER_SEED_CHANGED,
		"resetCount went from %" PRIu32 " to %" PRIu32
		", and what a clear removes is not there: TPM2_Clear was run",
		then->reset_count, now->reset_count);
}

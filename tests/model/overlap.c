/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks that overlap. An agent reads what nobody signs, asks for a challenge, and has the rest
 * signed when it comes: meanwhile another look may become the baseline, and anything may happen
 * that the agent outlives. Or a whole look is told late, when a newer one is the baseline already;
 * a collector then knows that its challenge was the older one.
 */
#include <string.h>

#include "tests/model/sequence.h"

static bool is_intact(const struct sequence *sequence, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		if (model_events[sequence->steps[i].event].cause > CAUSE_BOOT)
			return false;
	}
	return true;
}

/* The agent waits for a challenge for some seconds, not for hours. */
static bool outlives(const struct sequence *sequence, unsigned from, unsigned to)
{
	const struct model *states = &sequence->states[HISTORY - 1];

	for (unsigned i = from; i < to; i++) {
		if (sequence->steps[i].is_long)
			return false;
	}
	return states[from].guest.boot == states[to].guest.boot;
}

static void keep(const struct sequence *sequence, unsigned depth, unsigned baseline, unsigned begun,
	bool is_late, const struct view *now)
{
	struct relations relations;
	struct story *story;

	/* quote_verify() refuses a reading whose counters are not the quote's. */
	if (now->read.tpm.resets != now->tpm.resets || now->read.tpm.restarts != now->tpm.restarts)
		return;
	if (now->clocks_lost != sequence->looks[baseline].clocks_lost)
		return;
	view_relate(&sequence->looks[baseline], now, &relations);
	relations.finer[2] |= (uint8_t)(is_late << 7);
	sequence->pairs->stories++;
	story = &pairs_find(sequence->pairs, &relations)->stories[TELLS_QUIET];
	if (story->length)
		return;
	sequence_keep(sequence, depth, baseline, now, story);
	story->begun = (uint8_t)begun;
	story->is_late = is_late;
}

/* A look that begins at `begun`; both of its ways against each baseline. */
static void record_begun(const struct sequence *sequence, unsigned depth, unsigned begun)
{
	struct model early = sequence->states[HISTORY - 1 + begun];
	struct model late = sequence->states[HISTORY - 1 + depth];
	struct view whole, halves;

	view_read(&early, &halves);
	halves.read.random |= 1U << 31; /* drawn beside the other looks, not instead of them */
	whole = halves;
	view_sign(&early, &whole);
	view_sign(&late, &halves);
	for (unsigned i = 0; i <= depth; i++) {
		if (!sequence->is_look[i] || !sequence_is_baseline(&sequence->looks[i]))
			continue;
		if (outlives(sequence, begun, depth) && is_intact(sequence, i, depth))
			keep(sequence, depth, i, begun, false, &halves);
		if (i <= begun || whole.tpm.clock == sequence->looks[i].tpm.clock)
			continue;
		if (is_intact(sequence, begun, i))
			keep(sequence, depth, i, begun, true, &whole);
	}
}

void sequence_record_overlaps(struct sequence *sequence, unsigned depth)
{
	for (unsigned begun = 0; begun <= depth; begun++) {
		if (is_intact(sequence, begun, depth))
			record_begun(sequence, depth, begun);
	}
}

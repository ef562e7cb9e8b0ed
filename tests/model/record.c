/* SPDX-License-Identifier: BSD-2-Clause */
/* A sequence's last look, with its baseline, as a pair. */
#include <string.h>

#include "tests/model/sequence.h"

enum telling sequence_telling(uint32_t causes)
{
	if (causes & ~CAUSES_HARMLESS)
		return TELLS_FAULT;
	if (causes & 1U << CAUSE_CLEAR)
		return TELLS_CLEAR;
	if (causes & 1U << CAUSE_CLOCK)
		return TELLS_CLOCK;
	return causes & 1U << CAUSE_BOOT ? TELLS_BOOT : TELLS_QUIET;
}

/* Of a story with a fault only the fault is a cause. */
static uint32_t decisive(uint32_t causes)
{
	switch (sequence_telling(causes)) {
	case TELLS_FAULT:
		return causes & ~(CAUSES_INTACT | 1U << CAUSE_CLOCK);
	case TELLS_CLEAR:
		return 1U << CAUSE_CLEAR;
	case TELLS_CLOCK:
		return 1U << CAUSE_CLOCK;
	case TELLS_BOOT:
		return 1U << CAUSE_BOOT;
	default:
		return 1U << CAUSE_QUIET;
	}
}

bool sequence_is_next(const struct sequence *sequence, unsigned depth, unsigned baseline)
{
	for (unsigned i = baseline; i < depth; i++) {
		if (sequence->is_look[i + 1] || sequence->steps[i].earlier >= HISTORY + baseline)
			return false;
	}
	return sequence->start->firmware;
}

/* A fault that is told of by the next look is all that happened. */
static bool is_next(
	const struct sequence *sequence, unsigned depth, unsigned baseline, uint32_t causes)
{
	return sequence_is_next(sequence, depth, baseline) &&
	       (sequence_telling(causes) != TELLS_FAULT || depth == baseline + 1);
}

void sequence_keep(const struct sequence *sequence, unsigned depth, unsigned baseline,
	const struct view *now, struct story *story)
{
	if (story->length)
		return;
	*story = (struct story){.length = (uint8_t)(depth + 1),
		.baseline = (uint8_t)baseline,
		.saves = sequence->start->saves,
		.then = sequence->looks[baseline],
		.now = *now};
	story->then.has_log = now->has_log;
	memcpy(story->steps, sequence->steps, sizeof(story->steps));
}

static void learn(const struct sequence *sequence, unsigned depth, unsigned baseline,
	uint32_t causes, const struct view *now)
{
	const struct view *then = &sequence->looks[baseline];
	bool is_clock_lost = now->clocks_lost != then->clocks_lost;
	bool has_beacon = then->tpm.beacon && now->tpm.beacon;
	enum telling telling = sequence_telling(causes);
	uint32_t next_causes = is_next(sequence, depth, baseline, causes) ? decisive(causes) : 0;
	struct relations relations;
	struct pair *pair;

	view_relate(then, now, &relations);
	if (pairs_knows(sequence->pairs, &relations,
		    decisive(causes) | (uint32_t)telling << 16 | (uint32_t)is_clock_lost << 20 |
			    (uint32_t)(next_causes != 0) << 21 | (uint32_t)has_beacon << 22))
		return;
	pair = pairs_find(sequence->pairs, &relations);
	pair->has_lost_clock |= is_clock_lost;
	pair->causes |= decisive(causes);
	pair->next_causes[has_beacon] |= next_causes;
	if (pair->told & 1U << telling)
		return;
	pair->told |= (uint8_t)(1U << telling);
	sequence_keep(sequence, depth, baseline, now, &pair->stories[telling]);
}

static void record(const struct sequence *sequence, unsigned depth, unsigned baseline,
	uint32_t causes, const struct view *now)
{
	if (now->clocks_lost != sequence->looks[baseline].clocks_lost)
		causes |= 1U << CAUSE_CLOCK;
	sequence->pairs->stories++;
	learn(sequence, depth, baseline, causes, now);
}

/* What shows a fault by itself never becomes a baseline. */
bool sequence_is_baseline(const struct view *view)
{
	return !view->guest.log == !view->tpm.pcr && view->tpm.of_vm == view->guest.vm;
}

uint32_t sequence_causes(const struct sequence *sequence, unsigned depth)
{
	uint32_t causes = 0;

	for (unsigned i = sequence->baseline; i < depth; i++)
		causes |= 1U << model_events[sequence->steps[i].event].cause;
	return causes;
}

void sequence_record(struct sequence *sequence, unsigned depth)
{
	struct view now;

	if (sequence->baseline == NO_BASELINE)
		return;
	view_take(&sequence->states[HISTORY - 1 + depth], &now);
	record(sequence, depth, sequence->baseline, sequence_causes(sequence, depth), &now);
}

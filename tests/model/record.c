/* SPDX-License-Identifier: BSD-2-Clause */
/* A sequence's last look, with each look before it, as pairs. */
#include <string.h>

#include "tests/model/sequence.h"

enum telling sequence_telling(uint32_t causes)
{
	if (causes & ~(CAUSES_INTACT | 1U << CAUSE_CLOCK | 1U << CAUSE_CLEAR))
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

/* No look came between; a fault is all that happened, and it did not go back to what came after the
 * baseline; and the firmware measures. */
static bool is_next(
	const struct sequence *sequence, unsigned depth, unsigned baseline, uint32_t causes)
{
	if (!sequence->start->firmware)
		return false;
	if (sequence_telling(causes) == TELLS_FAULT && depth != baseline + 1)
		return false;
	for (unsigned i = baseline; i < depth; i++) {
		if (sequence->is_look[i + 1] || sequence->steps[i].earlier >= HISTORY + baseline)
			return false;
	}
	return true;
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

static void record(const struct sequence *sequence, unsigned depth, unsigned baseline,
	uint32_t causes, const struct view *now)
{
	const struct view *then = &sequence->looks[baseline];
	struct relations relations;
	struct pair *pair;

	if (now->clocks_lost != then->clocks_lost)
		causes |= 1U << CAUSE_CLOCK;
	view_relate(then, now, &relations);
	pair = pairs_find(sequence->pairs, &relations);
	pair->has_lost_clock |= now->clocks_lost != then->clocks_lost;
	pair->causes |= decisive(causes);
	if (is_next(sequence, depth, baseline, causes))
		pair->next_causes[then->tpm.beacon && now->tpm.beacon] |= decisive(causes);
	sequence->pairs->stories++;
	sequence_keep(sequence, depth, baseline, now, &pair->stories[sequence_telling(causes)]);
}

/* What shows a fault by itself never becomes a baseline. */
bool sequence_is_baseline(const struct view *view)
{
	return !view->guest.log == !view->tpm.pcr && view->tpm.of_vm == view->guest.vm;
}

/* The look that ends the sequence, against each one before it. */
void sequence_record(const struct sequence *sequence, unsigned depth)
{
	struct model model = sequence->states[HISTORY - 1 + depth];
	uint32_t causes = 0;
	struct view now;

	view_take(&model, &now);
	for (unsigned i = depth + 1; i-- > 0;) {
		if (sequence->is_look[i] && sequence_is_baseline(&sequence->looks[i])) {
			now.has_log = true;
			record(sequence, depth, i, causes, &now);
			now.has_log = false;
			record(sequence, depth, i, causes, &now);
		}
		if (i)
			causes |= 1U << model_events[sequence->steps[i - 1].event].cause;
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A sequence of events under way, and what is recorded of it at its end. */
#ifndef TESTS_MODEL_SEQUENCE_H
#define TESTS_MODEL_SEQUENCE_H

#include "tests/model/enumerate.h"

#define HISTORY 3 /* states before the first look that a fault may go back to */

#define NO_BASELINE UINT32_MAX

/* states[HISTORY - 1] is the one of the first look, states[HISTORY + n] is after the nth event. */
struct sequence {
	const struct enumeration_start *start;
	struct pairs *pairs;
	struct seen *seen; /* NULL: all is followed, and each look may be the baseline */
	unsigned baseline; /* the look that pairs begin with; NO_BASELINE: it is still to come */
	void (*end)(struct sequence *sequence, unsigned depth);
	unsigned length, faults;
	struct step steps[MODEL_LENGTH_MAX];
	struct model states[HISTORY + MODEL_LENGTH_MAX];
	struct view looks[1 + MODEL_LENGTH_MAX]; /* [0] is the first */
	bool is_look[1 + MODEL_LENGTH_MAX];
};

/* Bits of the events' causes since the baseline, as a pair counts them, and what they tell. */
uint32_t sequence_causes(const struct sequence *sequence, unsigned depth);
enum telling sequence_telling(uint32_t causes);

/* Is the look good enough to be a baseline? */
bool sequence_is_baseline(const struct view *look);

/* No look came after the baseline, nothing went back to what came after it, and the firmware
 * measures. */
bool sequence_is_next(const struct sequence *sequence, unsigned depth, unsigned baseline);

/* Keeps the sequence so far as a story, unless there is one already. */
void sequence_keep(const struct sequence *sequence, unsigned depth, unsigned baseline,
	const struct view *now, struct story *story);

/* A look that ends the sequence, against the baseline. Its state is not what it was then. */
void sequence_record(struct sequence *sequence, unsigned depth);

/* A look that is under way while others pass: it began earlier and ends here, or is told late. */
void sequence_record_overlaps(struct sequence *sequence, unsigned depth);

#endif

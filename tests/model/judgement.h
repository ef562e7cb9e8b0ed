/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verdict says of each pair, and whether that is right. */
#ifndef TESTS_MODEL_JUDGEMENT_H
#define TESTS_MODEL_JUDGEMENT_H

#include "core/verdict/verdict.h"
#include "tests/model/pairs.h"

enum fault {
	FAULT_NONE = 0,
	FAULT_FALSE_ALARM, /* contraindicated, and what happened was intact */
	FAULT_MISSED,      /* not contraindicated, and nothing intact gives this pair */
	FAULT_WRONG_CODE,  /* contraindicated by a code that fits no cause */
	FAULT_UNTOLD,      /* a rollback is possible, and no reason says so */
	FAULT_COUNT
};

struct finding {
	enum fault fault;
	enum telling telling; /* the story that was judged */
	struct verdict verdict;
};

const char *fault_name(enum fault fault);

/* Judges one story of the pair, with this event announced. Returns finding.fault. */
enum fault judge_story(const struct pair *pair, enum telling telling, enum event event,
	struct finding *ret_finding);

/* Judges a look that overlapped with others: nothing happened, so it must not be contraindicated.
 */
bool judge_overlap(const struct pair *pair, struct finding *ret_finding);

/* Was the event announced one that this story has? Only then is there anything to be asked. */
bool judge_may_ask(const struct pair *pair, enum telling telling, enum event event);

/* Builds and frees the two documents that are compared. */
void judge_init(void);
void judge_free(void);

#endif

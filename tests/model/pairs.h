/* SPDX-License-Identifier: BSD-2-Clause */
/* The distinct pairs of looks, and what may have happened between each. */
#ifndef TESTS_MODEL_PAIRS_H
#define TESTS_MODEL_PAIRS_H

#include <stddef.h>

#include "tests/model/events.h"
#include "tests/model/view.h"

#define MODEL_LENGTH_MAX 8

/* One event of a sequence. */
struct step {
	uint8_t event;
	uint8_t earlier; /* which state it goes back to, 1 and up; 0: none */
	bool is_long;    /* a long time passed after it */
};

/* One story: how two looks came to be. */
struct story {
	uint8_t length;   /* 0: there is none */
	uint8_t baseline; /* the step that is the baseline; what is before it is history */
	uint8_t begun;    /* the step after which the last look began, if it is told late or was */
	bool is_late;     /* overtaken: told late */
	bool saves;
	struct step steps[MODEL_LENGTH_MAX];
	struct view then, now;
};

/* The kinds of stories that a pair is asked about, each kept once, the shortest. */
enum telling { TELLS_QUIET, TELLS_BOOT, TELLS_CLOCK, TELLS_CLEAR, TELLS_FAULT, TELLINGS };

struct pair {
	struct relations relations;
	bool has_lost_clock; /* in one of its stories, a set clock was lost, whatever else happened
			      */
	uint32_t causes;     /* bits of enum cause: of stories without a fault, and of each fault */
	/* The same of stories without a look in between, where a fault is all that happened and did
	 * not go back to what came after the baseline; without and with a beacon in both. */
	uint32_t next_causes[2];
	struct story stories[TELLINGS];
};

struct pairs {
	struct pair **slots;
	size_t room, count; /* room: a power of two */
	uint64_t stories;
};

void pairs_init(struct pairs *pairs);
void pairs_free(struct pairs *pairs);

/* Gives the pairs that differ only in what must not decide the causes of all of them. */
void pairs_join(const struct pairs *pairs);

/* The pair of these relations, made where it is new. */
struct pair *pairs_find(struct pairs *pairs, const struct relations *relations);

#endif

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
	uint8_t told; /* bits of enum telling: which stories there are */
	struct story stories[TELLINGS];
};

/* Most look-ups end at a hash, without a look at the pair. */
struct pair_slot {
	uint64_t hash;
	struct pair *pair;
};

#define PAIRS_RECENT 65536

struct pairs {
	struct pair_slot *slots;
	uint64_t *recent;   /* digests of a pair and what was learnt of it */
	size_t room, count; /* room: a power of two */
	uint64_t stories;
};

void pairs_init(struct pairs *pairs);
void pairs_free(struct pairs *pairs);

/* All of them, in no order; free() it. */
struct pair **pairs_list(const struct pairs *pairs);

/* Adds what the same looks are where the agent could not read the event log. */
void pairs_add_without_log(struct pairs *pairs);

/* Gives the pairs that differ only in what must not decide the causes of all of them. */
void pairs_join(const struct pairs *pairs);

/* Was the same learnt of the same pair a moment ago? Nearly all stories teach nothing new, and to
 * look up their pairs takes most of the time. */
bool pairs_knows(struct pairs *pairs, const struct relations *relations, uint32_t learnt);

/* The pair of these relations, made where it is new. */
struct pair *pairs_find(struct pairs *pairs, const struct relations *relations);

#endif

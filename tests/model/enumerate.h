/* SPDX-License-Identifier: BSD-2-Clause */
/* All sequences of events, up to a length. */
#ifndef TESTS_MODEL_ENUMERATE_H
#define TESTS_MODEL_ENUMERATE_H

#include "tests/model/pairs.h"

/* A machine before its first look, and states of it that lie further back. */
struct enumeration_start {
	bool saves; /* its swtpm is 0.8 or later */
	uint8_t firmware;
	bool has_beacon;
};

/* Adds every pair that `length` events after a first look can lead to, with at most `faults`
 * faults among them; the looks among the events are baselines, too. */
void enumerate(const struct enumeration_start *start, unsigned length, unsigned faults,
	struct pairs *pairs);

/* The same for looks that overlap with others, in intact sequences. */
void enumerate_overlaps(
	const struct enumeration_start *start, unsigned length, struct pairs *pairs);

/* The sequence as a text: "look, soft reboot (long)". */
void story_print(const struct story *story, char *to, size_t size);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What sequences have led to already. Where no fault is left to come, all that follows depends on
 * the machine and on the baseline, and not on how they came to be: it is followed once.
 */
#ifndef TESTS_MODEL_SEEN_H
#define TESTS_MODEL_SEEN_H

#include <stddef.h>

#include "tests/model/sequence.h"

struct seen {
	uint64_t *hashes;
	size_t room, count; /* room: a power of two */
};

void seen_init(struct seen *seen);
void seen_free(struct seen *seen);

/* Adds what the sequence has led to. Returns false where it was there. */
bool seen_add(struct seen *seen, const struct sequence *sequence, unsigned depth);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/model/pairs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (memory)
		return memory;
	fputs("out of memory\n", stderr);
	exit(EXIT_FAILURE);
}

void pairs_init(struct pairs *pairs)
{
	*pairs = (struct pairs){.room = 1 << 16};
	pairs->slots = allocate(pairs->room, sizeof(*pairs->slots));
}

void pairs_free(struct pairs *pairs)
{
	for (size_t i = 0; i < pairs->room; i++)
		free(pairs->slots[i]);
	free(pairs->slots);
}

/* FNV-1a. */
static size_t hash(const struct relations *relations)
{
	const uint8_t *bytes = (const uint8_t *)relations;
	uint64_t value = 14695981039346656037U;

	for (size_t i = 0; i < sizeof(*relations); i++)
		value = (value ^ bytes[i]) * 1099511628211U;
	return (size_t)(value ^ value >> 32);
}

static struct pair **find_slot(const struct pairs *pairs, const struct relations *relations)
{
	size_t at = hash(relations);
	struct pair **slot;

	do
		slot = &pairs->slots[at++ & (pairs->room - 1)];
	while (*slot && memcmp(&(*slot)->relations, relations, sizeof(*relations)) != 0);
	return slot;
}

static void grow(struct pairs *pairs)
{
	struct pairs grown = {.room = 2 * pairs->room, .count = pairs->count};

	grown.stories = pairs->stories;
	grown.slots = allocate(grown.room, sizeof(*grown.slots));
	for (size_t i = 0; i < pairs->room; i++) {
		if (pairs->slots[i])
			*find_slot(&grown, &pairs->slots[i]->relations) = pairs->slots[i];
	}
	free(pairs->slots);
	*pairs = grown;
}

struct pair *pairs_find(struct pairs *pairs, const struct relations *relations)
{
	struct pair **slot = find_slot(pairs, relations);

	if (*slot)
		return *slot;
	if (2 * ++pairs->count > pairs->room) {
		grow(pairs);
		slot = find_slot(pairs, relations);
	}
	*slot = allocate(1, sizeof(**slot));
	(*slot)->relations = *relations;
	return *slot;
}

static struct pair *find_joined(struct pairs *joined, const struct pair *pair)
{
	struct relations relations = pair->relations;

	memset(relations.finer, 0, sizeof(relations.finer));
	return pairs_find(joined, &relations);
}

static void join(struct pair *to, const struct pair *from)
{
	to->causes |= from->causes;
	to->has_lost_clock |= from->has_lost_clock;
	for (unsigned i = 0; i < 2; i++)
		to->next_causes[i] |= from->next_causes[i];
}

void pairs_join(const struct pairs *pairs)
{
	struct pairs joined;

	pairs_init(&joined);
	for (size_t i = 0; i < pairs->room; i++) {
		if (pairs->slots[i])
			join(find_joined(&joined, pairs->slots[i]), pairs->slots[i]);
	}
	for (size_t i = 0; i < pairs->room; i++) {
		if (pairs->slots[i])
			join(pairs->slots[i], find_joined(&joined, pairs->slots[i]));
	}
	pairs_free(&joined);
}

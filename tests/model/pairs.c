/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/model/pairs.h"

#include "tests/model/acts.h"

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
	pairs->recent = allocate(PAIRS_RECENT, sizeof(*pairs->recent));
}

void pairs_free(struct pairs *pairs)
{
	for (size_t i = 0; i < pairs->room; i++)
		free(pairs->slots[i].pair);
	free(pairs->slots);
	free(pairs->recent);
}

/* splitmix64's, over eight bytes at a time: each story asks for it. */
static uint64_t hash(const struct relations *relations)
{
	uint64_t words[(sizeof(*relations) + 7) / 8] = {0}, value = 0;

	memcpy(words, relations, sizeof(*relations));
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		value = (value ^ words[i]) * 0xbf58476d1ce4e5b9U;
		value ^= value >> 29;
	}
	return value;
}

static struct pair_slot *find_slot(
	const struct pairs *pairs, uint64_t hash, const struct relations *relations)
{
	size_t at = (size_t)hash;
	struct pair_slot *slot;

	do
		slot = &pairs->slots[at++ & (pairs->room - 1)];
	while (slot->pair && (slot->hash != hash || memcmp(&slot->pair->relations, relations,
							    sizeof(*relations)) != 0));
	return slot;
}

static void grow(struct pairs *pairs)
{
	struct pairs grown = *pairs;

	grown.room *= 2;
	grown.slots = allocate(grown.room, sizeof(*grown.slots));
	for (size_t i = 0; i < pairs->room; i++) {
		struct pair_slot *slot = &pairs->slots[i];

		if (slot->pair)
			*find_slot(&grown, slot->hash, &slot->pair->relations) = *slot;
	}
	free(pairs->slots);
	*pairs = grown;
}

bool pairs_knows(struct pairs *pairs, const struct relations *relations, uint32_t learnt)
{
	uint64_t digest = (hash(relations) ^ learnt) * 0x94d049bb133111ebU;
	uint64_t *recent = &pairs->recent[digest >> 32 & (PAIRS_RECENT - 1)];

	if (*recent == digest)
		return true;
	*recent = digest;
	return false;
}

struct pair *pairs_find(struct pairs *pairs, const struct relations *relations)
{
	uint64_t key = hash(relations);
	struct pair_slot *slot = find_slot(pairs, key, relations);

	if (slot->pair)
		return slot->pair;
	if (2 * ++pairs->count > pairs->room) {
		grow(pairs);
		slot = find_slot(pairs, key, relations);
	}
	*slot = (struct pair_slot){.hash = key, .pair = allocate(1, sizeof(*slot->pair))};
	slot->pair->relations = *relations;
	return slot->pair;
}

struct pair **pairs_list(const struct pairs *pairs)
{
	struct pair **list = allocate(pairs->count + 1, sizeof(*list));
	size_t count = 0;

	for (size_t i = 0; i < pairs->room; i++) {
		if (pairs->slots[i].pair)
			list[count++] = pairs->slots[i].pair;
	}
	return list;
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

/* What is no fault stays none if somebody does something harmless before the look. A pair that
 * nobody has come to yet is not made of it. */
static void join_acts(const struct pairs *joined, const struct pair *pair)
{
	uint32_t harmless = pair->causes & CAUSES_HARMLESS;

	for (unsigned combined = 1; harmless && combined < ACTS_COMBINED; combined++) {
		struct relations relations = pair->relations;
		struct pair *led_to;

		if (!acts_apply(combined, &relations))
			continue;
		led_to = find_slot(joined, hash(&relations), &relations)->pair;
		if (led_to)
			led_to->causes |= harmless;
	}
}

void pairs_join(const struct pairs *pairs)
{
	struct pair **list = pairs_list(pairs);
	struct pairs joined;

	pairs_init(&joined);
	for (size_t i = 0; i < pairs->count; i++)
		join(find_joined(&joined, list[i]), list[i]);
	for (size_t i = 0; i < joined.room; i++) {
		if (joined.slots[i].pair)
			join_acts(&joined, joined.slots[i].pair);
	}
	for (size_t i = 0; i < pairs->count; i++)
		join(list[i], find_joined(&joined, list[i]));
	pairs_free(&joined);
	free(list);
}

/* Keeps the shortest of the two. */
static void keep_without_log(struct story *to, const struct story *from)
{
	if (!from->length || (to->length && to->length <= from->length))
		return;
	*to = *from;
	to->then.has_log = to->now.has_log = false;
}

void pairs_add_without_log(struct pairs *pairs)
{
	struct pair **list = pairs_list(pairs);
	size_t count = pairs->count;

	for (size_t i = 0; i < count; i++) {
		struct relations relations = list[i]->relations;
		struct pair *pair;

		view_forget_log(&relations);
		pair = pairs_find(pairs, &relations);
		join(pair, list[i]);
		pair->told |= list[i]->told;
		for (unsigned j = 0; j < TELLINGS; j++)
			keep_without_log(&pair->stories[j], &list[i]->stories[j]);
	}
	pairs->stories *= 2;
	free(list);
}

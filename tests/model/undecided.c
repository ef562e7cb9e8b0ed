/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/model/undecided.h"

#include <stdio.h>
#include <string.h>

/* The order in which stories are shown: the shortest, then by the events' table, then by how few of
 * them came after the baseline. */
static int compare_stories(const struct story *a, const struct story *b)
{
	if (a->length != b->length)
		return a->length < b->length ? -1 : 1;
	for (unsigned i = 0; i + 1 < a->length; i++) {
		if (a->steps[i].event != b->steps[i].event)
			return a->steps[i].event < b->steps[i].event ? -1 : 1;
	}
	return b->baseline - a->baseline;
}

/* The plainest intact story of a pair, or NULL. */
static const struct story *find_intact(const struct pair *pair)
{
	const struct story *found = NULL;

	for (unsigned telling = TELLS_QUIET; telling <= TELLS_BOOT; telling++) {
		const struct story *story = &pair->stories[telling];

		if (story->length && (!found || compare_stories(story, found) < 0))
			found = story;
	}
	return found;
}

/* The plainest one of all pairs that this fault gives as well. */
static const struct story *find_same(const struct pairs *pairs, enum cause cause, bool has_beacon)
{
	const struct story *found = NULL;

	for (size_t i = 0; i < pairs->room; i++) {
		const struct pair *pair = pairs->slots[i].pair;
		const struct story *story;

		if (!pair || !(pair->next_causes[has_beacon] & 1U << cause))
			continue;
		if (!(pair->next_causes[has_beacon] & CAUSES_INTACT))
			continue;
		story = find_intact(pair);
		if (story && (!found || compare_stories(story, found) < 0))
			found = story;
	}
	return found;
}

static void print_story(const struct story *story)
{
	bool is_empty = true;

	if (!story) {
		printf(" — |");
		return;
	}
	for (unsigned i = story->baseline; i + 1 < story->length; i++) {
		printf("%s %s", is_empty ? "" : ",", model_events[story->steps[i].event].name);
		is_empty = false;
	}
	printf("%s |", is_empty ? " no event" : "");
}

void undecided_print(const struct pairs *pairs)
{
	puts("| what happened | without a beacon it may look like | with a beacon "
	     "|\n|---|---|---|");
	for (unsigned cause = CAUSE_REPLACED; cause < CAUSE_COUNT; cause++) {
		printf("| %s |", cause_name((enum cause)cause));
		print_story(find_same(pairs, (enum cause)cause, false));
		print_story(find_same(pairs, (enum cause)cause, true));
		putchar('\n');
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The model as a program: see README.md. Exit status: 0 right, 1 findings, 64 usage. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/enumerate.h"
#include "tests/model/judgement.h"
#include "tests/model/undecided.h"

/* One fault often looks like two intact events: these go on for one more. */
static void enumerate_all(unsigned length, unsigned faults, struct pairs *pairs)
{
	static const struct enumeration_start starts[] = {
		{.saves = false, .firmware = 1, .has_beacon = false},
		{.saves = false, .firmware = 1, .has_beacon = true},
		{.saves = true, .firmware = 1, .has_beacon = false},
		{.saves = true, .firmware = 1, .has_beacon = true},
		{.saves = false, .firmware = 0, .has_beacon = false},
		{.saves = true, .firmware = 0, .has_beacon = false},
	};

	for (unsigned i = 1; i <= length + 1; i++) {
		for (unsigned j = 0; j < sizeof(starts) / sizeof(starts[0]); j++)
			enumerate(&starts[j], i, i > length ? 0 : faults, pairs);
	}
}

static void print_finding(const struct pair *pair, const struct finding *finding, enum event event)
{
	const struct verdict *verdict = &finding->verdict;
	const struct story *story = &pair->stories[finding->telling];
	char text[1024];

	printf("%s: %s/", fault_name(finding->fault), continuity_name(verdict->continuity));
	for (size_t i = 0; i < verdict->reason_count; i++)
		printf("%s%s", i ? "," : "", reason_name(verdict->reasons[i].code));
	printf(" (%s) announced %s\n", verdict_status_name(verdict->status), event_name(event));
	story_print(story, text, sizeof(text));
	printf("\tstory:  swtpm %s: %s\n", story->saves ? ">= 0.8" : "0.7", text);
	view_print(&pair->relations, text, sizeof(text));
	printf("\tpair:   %s\n\tcauses:", text);
	for (unsigned cause = 0; cause < CAUSE_COUNT; cause++) {
		if (pair->causes & 1U << cause)
			printf(" %s;", cause_name(cause));
	}
	putchar('\n');
}

/* How often each kind of finding was seen; the first few of each are printed. */
struct summary {
	unsigned counts[FAULT_COUNT][CONTINUITY_COUNT][REASON_COUNT];
	unsigned total, limit;
};

static void judge_pair(const struct pair *pair, struct summary *summary)
{
	static const enum event events[] = {
		EVENT_NONE, EVENT_CLEAR, EVENT_RESUME, EVENT_LIVE_MIGRATION};
	struct finding finding;

	for (unsigned i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		for (unsigned telling = 0; telling < TELLINGS; telling++) {
			unsigned *count;

			if (!judge_may_ask(pair, telling, events[i]) ||
				!judge_story(pair, telling, events[i], &finding))
				continue;
			count = &summary->counts[finding.fault][finding.verdict.continuity]
						[finding.verdict.reasons[0].code];
			summary->total++;
			if ((*count)++ < summary->limit)
				print_finding(pair, &finding, events[i]);
		}
	}
}

static int by_length(const void *a, const void *b)
{
	const struct pair *one = *(struct pair *const *)a, *other = *(struct pair *const *)b;
	unsigned lengths[2] = {255, 255};

	for (unsigned i = 0; i < TELLINGS; i++) {
		if (one->stories[i].length && one->stories[i].length < lengths[0])
			lengths[0] = one->stories[i].length;
		if (other->stories[i].length && other->stories[i].length < lengths[1])
			lengths[1] = other->stories[i].length;
	}
	if (lengths[0] != lengths[1])
		return lengths[0] < lengths[1] ? -1 : 1;
	return memcmp(&one->relations, &other->relations, sizeof(one->relations));
}

static unsigned judge_all(const struct pairs *pairs, unsigned limit)
{
	static struct summary summary;
	struct pair **list = calloc(pairs->count, sizeof(*list));
	size_t count = 0;

	summary.limit = limit;
	judge_init();
	for (size_t i = 0; list && i < pairs->room; i++) {
		if (pairs->slots[i])
			list[count++] = pairs->slots[i];
	}
	qsort(list, count, sizeof(*list), by_length);
	for (size_t i = 0; i < count; i++)
		judge_pair(list[i], &summary);
	judge_free();
	free(list);
	for (unsigned f = 0; f < FAULT_COUNT; f++) {
		for (unsigned c = 0; c < CONTINUITY_COUNT; c++) {
			for (unsigned r = 0; r < REASON_COUNT; r++) {
				if (summary.counts[f][c][r])
					printf("%6u %s: %s/%s\n", summary.counts[f][c][r],
						fault_name(f), continuity_name(c), reason_name(r));
			}
		}
	}
	return summary.total;
}

static const char usage[] = "usage: model judge [LENGTH [FAULTS [SHOWN]]]\n"
			    "       model undecided [LENGTH]\n";

static unsigned argument(int argc, char **argv, int place, unsigned otherwise)
{
	return argc > place ? (unsigned)atoi(argv[place]) : otherwise;
}

/* As many findings as were printed, and what they were among. */
static unsigned judge(unsigned limit, const struct pairs *pairs)
{
	unsigned found = judge_all(pairs, limit);

	printf("%llu stories, %zu distinct pairs, %u findings\n",
		(unsigned long long)pairs->stories, pairs->count, found);
	return found;
}

int main(int argc, char **argv)
{
	bool is_judge = argc > 1 && strcmp(argv[1], "judge") == 0;
	bool is_table = argc > 1 && strcmp(argv[1], "undecided") == 0;
	unsigned length = argument(argc, argv, 2, is_judge ? 3 : 2);
	struct pairs pairs;
	unsigned found = 0;

	if ((!is_judge && !is_table) || !length || length + 1 >= MODEL_LENGTH_MAX) {
		fputs(usage, stderr);
		return 64;
	}
	pairs_init(&pairs);
	enumerate_all(length, argument(argc, argv, 3, 1), &pairs);
	pairs_join(&pairs);
	if (is_judge)
		found = judge(argument(argc, argv, 4, 3), &pairs);
	else
		undecided_print(&pairs);
	pairs_free(&pairs);
	return found ? 1 : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/model/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/enumerate.h"
#include "tests/model/judgement.h"

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
	printf("\tpair:   %s\n", text);
	if (!pair->causes)
		return;
	printf("\tcauses:");
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

static void count_finding(const struct pair *pair, const struct finding *finding, enum event event,
	struct summary *summary)
{
	unsigned *count = &summary->counts[finding->fault][finding->verdict.continuity]
					  [finding->verdict.reasons[0].code];

	summary->total++;
	if ((*count)++ < summary->limit)
		print_finding(pair, finding, event);
}

static void judge_overlapped(const struct pair *pair, struct summary *summary)
{
	struct finding finding;

	if (judge_overlap(pair, &finding))
		count_finding(pair, &finding, EVENT_NONE, summary);
}

static void judge_pair(const struct pair *pair, struct summary *summary)
{
	static const enum event events[] = {
		EVENT_NONE, EVENT_CLEAR, EVENT_RESUME, EVENT_LIVE_MIGRATION};
	struct finding finding;

	for (unsigned i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		for (unsigned telling = 0; telling < TELLINGS; telling++) {
			if (!judge_may_ask(pair, telling, events[i]))
				continue;
			if (judge_story(pair, telling, events[i], &finding))
				count_finding(pair, &finding, events[i], summary);
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

static void print_counts(const struct summary *summary)
{
	for (unsigned f = 0; f < FAULT_COUNT; f++) {
		for (unsigned c = 0; c < CONTINUITY_COUNT; c++) {
			for (unsigned r = 0; r < REASON_COUNT; r++) {
				if (summary->counts[f][c][r])
					printf("%6u %s: %s/%s\n", summary->counts[f][c][r],
						fault_name(f), continuity_name(c), reason_name(r));
			}
		}
	}
}

/* The shortest stories first, always in the same order. */
static unsigned judge_all(const struct pairs *pairs, unsigned shown,
	void (*judge)(const struct pair *pair, struct summary *summary))
{
	static struct summary summary;
	struct pair **list = pairs_list(pairs);

	summary = (struct summary){.limit = shown};
	judge_init();
	qsort(list, pairs->count, sizeof(struct pair *), by_length);
	for (size_t i = 0; i < pairs->count; i++)
		judge(list[i], &summary);
	judge_free();
	free(list);
	print_counts(&summary);
	printf("%llu stories, %zu distinct pairs, %u findings\n",
		(unsigned long long)pairs->stories, pairs->count, summary.total);
	return summary.total;
}

unsigned summary_judge(const struct pairs *pairs, unsigned shown)
{
	return judge_all(pairs, shown, judge_pair);
}

unsigned summary_judge_overlaps(const struct pairs *pairs, unsigned shown)
{
	return judge_all(pairs, shown, judge_overlapped);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The model as a program: see README.md. Exit status: 0 right, 1 findings, 64 usage. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/enumerate.h"
#include "tests/model/summary.h"
#include "tests/model/undecided.h"

static const char usage[] = "usage: model judge [LENGTH [SHOWN [FAULTS]]]\n"
			    "       model overlaps [LENGTH [SHOWN]]\n"
			    "       model undecided [LENGTH]\n";

static const struct enumeration_start starts[] = {
	{.saves = false, .firmware = 1, .has_beacon = false},
	{.saves = false, .firmware = 1, .has_beacon = true},
	{.saves = true, .firmware = 1, .has_beacon = false},
	{.saves = true, .firmware = 1, .has_beacon = true},
	{.saves = false, .firmware = 0, .has_beacon = false},
	{.saves = true, .firmware = 0, .has_beacon = false},
};

#define STARTS (sizeof(starts) / sizeof(starts[0]))

/* One fault often looks like two intact events: these go on for one more. */
static void enumerate_all(unsigned length, unsigned faults, struct pairs *pairs)
{
	for (unsigned i = 1; i <= length + 1; i++) {
		for (unsigned j = 0; j < STARTS; j++)
			enumerate(&starts[j], i, i > length ? 0 : faults, pairs);
	}
	pairs_add_without_log(pairs);
	pairs_join(pairs);
}

static unsigned argument(int argc, char **argv, int place, unsigned otherwise)
{
	return argc > place ? (unsigned)atoi(argv[place]) : otherwise;
}

static unsigned judge(int argc, char **argv, struct pairs *pairs)
{
	enumerate_all(argument(argc, argv, 2, 3), argument(argc, argv, 4, 1), pairs);
	return summary_judge(pairs, argument(argc, argv, 3, 3));
}

static unsigned judge_overlaps(int argc, char **argv, struct pairs *pairs)
{
	for (unsigned i = 1; i <= argument(argc, argv, 2, 3); i++) {
		for (unsigned j = 0; j < STARTS; j++)
			enumerate_overlaps(&starts[j], i, pairs);
	}
	return summary_judge_overlaps(pairs, argument(argc, argv, 3, 3));
}

static unsigned print_undecided(int argc, char **argv, struct pairs *pairs)
{
	enumerate_all(argument(argc, argv, 2, 2), 1, pairs);
	undecided_print(pairs);
	return 0;
}

static const struct {
	const char *word;
	unsigned (*run)(int argc, char **argv, struct pairs *pairs);
} words[] = {
	{"judge", judge},
	{"overlaps", judge_overlaps},
	{"undecided", print_undecided},
};

int main(int argc, char **argv)
{
	unsigned length = argument(argc, argv, 2, 1), found = 0;
	struct pairs pairs;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (argc < 2 || strcmp(argv[1], words[i].word) != 0)
			continue;
		if (!length || length + 1 >= MODEL_LENGTH_MAX)
			break;
		pairs_init(&pairs);
		found = words[i].run(argc, argv, &pairs);
		pairs_free(&pairs);
		return found ? 1 : 0;
	}
	fputs(usage, stderr);
	return 64;
}

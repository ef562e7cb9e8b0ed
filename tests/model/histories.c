/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several looks, one after the other, as a service or a collector has them: each may lack parts,
 * each may become the baseline, and what was contraindicated is carried on. Of all such histories:
 *
 * - what was contraindicated ends by a look that could have shown it and does not, or not at all;
 * - no look is affirmed while something is gone, or another, that the first look knew.
 *
 * What is right is asked of the machine, not of the documents: README.md.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/events.h"
#include "tests/model/partial.h"

#define LOOKS_MAX 4
#define HOUR_MS   3600000
#define DONE_MAX  256

/* What is not over. */
enum open {
	OPEN_ANSWER = 1, /* none */
	OPEN_KEY = 2,    /* another TPM */
	OPEN_VM = 4,     /* another VM's */
	OPEN_SEED = 8,   /* cleared */
	OPEN_RESET = 16, /* under the guest */
	OPEN_BACK = 32,  /* an older state */
};

struct history {
	struct model model, start, good;
	struct partial baseline, first;
	struct verdict kept;
	unsigned open; /* bits of enum open */
	bool is_moved; /* the last look is the baseline */
	bool knows_beacon;
	unsigned length;
	const char *events[LOOKS_MAX];
	unsigned lacks[LOOKS_MAX];
};

static unsigned long long histories;
static unsigned findings, shown;

static void apply(const char *name, struct history *history, const struct model *earlier)
{
	for (unsigned i = 0; i < model_event_count; i++) {
		if (strcmp(model_events[i].name, name) == 0) {
			model_events[i].apply(&history->model, earlier);
			return;
		}
	}
	fprintf(stderr, "no event %s\n", name);
	abort();
}

/* Nobody looks until counters and clock are past those that were seen. */
static void hide(struct history *history)
{
	for (unsigned i = 0; i < 6; i++)
		apply("soft reboot", history, NULL);
	model_set_clock(&history->model.tpm, history->start.tpm.on.clock + 100 * HOUR_MS);
	apply("soft reboot", history, NULL);
}

static void clear_hidden(struct history *history)
{
	apply("TPM2_Clear", history, NULL);
	hide(history);
}

static void go_back_hidden(struct history *history)
{
	apply("older file", history, &history->start);
	hide(history);
}

/* The state of before is found again. */
static void put_back(struct history *history)
{
	apply("older file", history, &history->good);
}

static const struct action {
	const char *name;
	void (*run)(struct history *history); /* NULL: an event of the model by that name */
	bool is_fault;
} actions[] = {
	{"look", NULL, false},
	{"soft reboot", NULL, false},
	{"host crash", NULL, false},
	{"S3", NULL, false},
	{"owner authorization", NULL, false},
	{"beacon on or off", NULL, false},
	{"put back", put_back, false},
	{"TPM2_Clear", NULL, true},
	{"cleared long ago", clear_hidden, true},
	{"replaced", NULL, true},
	{"another VM's", NULL, true},
	{"reset under the guest", NULL, true},
	{"older file", NULL, true},
	{"older file long ago", go_back_hidden, true},
	{"older TPM under the guest", NULL, true},
	{"older VM", NULL, true},
};

#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

static enum open class_of(const struct verdict *fresh)
{
	switch (fresh->continuity) {
	case CONTINUITY_REPLACED:
		return OPEN_KEY;
	case CONTINUITY_CLONED:
		return OPEN_VM;
	case CONTINUITY_CLEARED:
		return OPEN_SEED;
	case CONTINUITY_RESET_UNDER_GUEST:
		return OPEN_RESET;
	case CONTINUITY_ROLLED_BACK:
		return OPEN_BACK;
	default:
		return OPEN_ANSWER;
	}
}

/* What this look could have shown, and does not since it is over. */
static unsigned closed_by(const struct history *history, const struct partial *look)
{
	const struct model_image *now = &look->view.tpm, *first = &history->first.view.tpm;
	unsigned lacks = look->lacks, closed = 0;
	bool is_seed_shown = !look->view.read.tpm.has_owner_auth && !(lacks & LACKS(srk));
	bool is_explained = now->pcr == first->pcr || !(lacks & LACKS(event_log));

	if (lacks & LACKS(session))
		return 0;
	closed |= OPEN_ANSWER;
	if (lacks & LACKS(quote))
		return closed;
	if (now->ek == first->ek)
		closed |= OPEN_KEY;
	if (now->of_vm == first->of_vm && !(lacks & (LACKS(certificates) | LACKS(smbios))))
		closed |= OPEN_VM;
	if (now->owner == first->owner && is_seed_shown)
		closed |= OPEN_SEED;
	if (now->pcr && is_explained && !(lacks & LACKS(guest)))
		closed |= OPEN_RESET;
	return closed;
}

/* Something that the first look knew is gone, or is another. */
static bool is_other(const struct history *history, const struct partial *look)
{
	const struct model_image *now = &look->view.tpm, *first = &history->first.view.tpm;

	return now->ek != first->ek || now->owner != first->owner ||
	       (history->knows_beacon && !now->beacon);
}

static void report(const struct history *history, const char *what, const struct verdict *verdict)
{
	char names[128];

	if (findings++ >= shown)
		return;
	printf("%s: look", what);
	for (unsigned i = 0; i < history->length; i++) {
		partial_print(history->lacks[i], names, sizeof(names));
		printf("; %s%s%s", history->events[i], *names ? " without " : "", names);
	}
	printf(": %s, %s (", continuity_name(verdict->continuity),
		verdict_status_name(verdict->status));
	for (size_t i = 0; i < verdict->reason_count; i++)
		printf("%s%s", i ? ", " : "", reason_name(verdict->reasons[i].code));
	puts(")");
}

static void look(struct history *history, const struct partial *seen)
{
	struct verdict verdict, fresh;

	histories++;
	partial_judge(&history->baseline, seen, &history->kept, &verdict, &fresh);
	history->open &= ~closed_by(history, seen);
	if (history->open && verdict.status != VERDICT_CONTRAINDICATED)
		report(history, "ended by nothing", &verdict);
	if (is_other(history, seen) && verdict.status == VERDICT_AFFIRMING)
		report(history, "forgotten", &verdict);
	if (fresh.status == VERDICT_CONTRAINDICATED)
		history->open |= class_of(&fresh);
	history->is_moved = continuity_moves_baseline(&verdict);
	if (history->is_moved) {
		history->baseline = *seen;
		history->knows_beacon = seen->view.tpm.beacon && !(seen->lacks & LACKS(beacon));
	}
	history->kept = verdict;
}

struct bounds {
	unsigned length, faults;
	unsigned lacking; /* parts at most, but for the looks that have almost nothing */
};

/* What a look may lack, within the bounds. */
static unsigned choices[1U << PARTIAL_COUNT];
static size_t choice_count;

static void choose(const struct bounds *bounds)
{
	const unsigned all = (1U << PARTIAL_COUNT) - 1;
	const unsigned almost_all = all & ~(LACKS(session) | LACKS(quote));

	for (unsigned lacks = 0; lacks <= all; lacks++) {
		unsigned count = 0;

		for (unsigned bits = lacks; bits; bits &= bits - 1)
			count++;
		if (count <= bounds->lacking || lacks == almost_all)
			choices[choice_count++] = lacks;
	}
}

static void go_on(const struct history *history, const struct bounds *bounds);

/* What comes after both is the same: looks that differ in what they lack often leave the same. */
static bool is_alike(const struct history *a, const struct history *b)
{
	return a->baseline.lacks == b->baseline.lacks && a->is_moved == b->is_moved &&
	       a->kept.status == b->kept.status && a->open == b->open &&
	       a->kept.reasons[0].code == b->kept.reasons[0].code;
}

static bool was_done(struct history *done, size_t *count, const struct history *history)
{
	for (size_t i = 0; i < *count; i++) {
		if (is_alike(&done[i], history))
			return true;
	}
	if (*count < DONE_MAX)
		done[(*count)++] = *history;
	return false;
}

static void look_each(const struct history *history, const struct bounds *bounds)
{
	static struct history done[LOOKS_MAX][DONE_MAX];
	struct history *before = done[history->length];
	struct model model = history->model;
	struct partial seen;
	size_t count = 0;

	view_take(&model, &seen.view);
	for (size_t i = 0; i < choice_count; i++) {
		struct history next = *history;

		seen.lacks = choices[i];
		next.model = model;
		next.lacks[next.length++] = choices[i];
		look(&next, &seen);
		if (next.length < bounds->length && !was_done(before, &count, &next))
			go_on(&next, bounds);
	}
}

static void go_on(const struct history *history, const struct bounds *bounds)
{
	for (size_t i = 0; i < ACTIONS; i++) {
		struct bounds rest = *bounds;
		struct history next = *history;

		if (actions[i].is_fault && !rest.faults--)
			continue;
		next.events[next.length] = actions[i].name;
		if (actions[i].run)
			actions[i].run(&next);
		else
			apply(actions[i].name, &next, &next.start);
		model_run(&next.model, HOUR_MS);
		if (!actions[i].is_fault && bounds->faults == rest.faults && !next.open)
			next.good = next.model;
		look_each(&next, &rest);
	}
}

static void begin(bool saves, bool has_beacon, const struct bounds *bounds)
{
	struct history history = {.length = 0};

	model_make(&history.model, saves, 1, false);
	model_run(&history.model, HOUR_MS);
	history.start = history.model;
	if (has_beacon)
		model_advance(&history.model.tpm);
	model_run(&history.model, HOUR_MS);
	view_take(&history.model, &history.first.view);
	history.baseline = history.first;
	history.knows_beacon = has_beacon;
	history.good = history.model;
	go_on(&history, bounds);
}

static unsigned argument(int argc, char **argv, int place, unsigned otherwise)
{
	return argc > place ? (unsigned)atoi(argv[place]) : otherwise;
}

/* model_histories [LOOKS [FAULTS [LACKING [SHOWN]]]] */
int main(int argc, char **argv)
{
	const struct bounds bounds = {.length = argument(argc, argv, 1, 2),
		.faults = argument(argc, argv, 2, 2),
		.lacking = argument(argc, argv, 3, 1)};

	shown = argument(argc, argv, 4, 10);
	if (!bounds.length || bounds.length > LOOKS_MAX)
		return 64;
	choose(&bounds);
	partial_init();
	for (unsigned i = 0; i < 4; i++)
		begin(i & 1, i & 2, &bounds);
	partial_free();
	printf("%llu looks, %u findings\n", histories, findings);
	return findings ? 1 : 0;
}

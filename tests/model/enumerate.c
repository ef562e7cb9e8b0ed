/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/model/enumerate.h"

#include <stdio.h>
#include <string.h>

#define HISTORY 3 /* states before the first look that a fault may go back to */

/* A sequence under way. states[HISTORY - 1] is the one of the first look, states[HISTORY + n] is
 * after the nth event. */
struct walk {
	const struct enumeration_start *start;
	struct pairs *pairs;
	unsigned length, faults;
	struct step steps[MODEL_LENGTH_MAX];
	struct model states[HISTORY + MODEL_LENGTH_MAX];
	struct view looks[1 + MODEL_LENGTH_MAX]; /* [0] is the first */
	bool is_look[1 + MODEL_LENGTH_MAX];
};

/* A long time is longer than everything before it; a short one is long enough to be seen. */
static uint64_t duration(bool is_long, unsigned step)
{
	uint64_t ms = 7200000;

	if (!is_long)
		return 15000 + step;
	while (step--)
		ms *= 3;
	return ms;
}

static enum telling telling_of(uint32_t causes)
{
	if (causes & ~(CAUSES_INTACT | 1U << CAUSE_CLOCK | 1U << CAUSE_CLEAR))
		return TELLS_FAULT;
	if (causes & 1U << CAUSE_CLEAR)
		return TELLS_CLEAR;
	if (causes & 1U << CAUSE_CLOCK)
		return TELLS_CLOCK;
	return causes & 1U << CAUSE_BOOT ? TELLS_BOOT : TELLS_QUIET;
}

/* Of a story with a fault only the fault is a cause. */
static uint32_t decisive(uint32_t causes)
{
	switch (telling_of(causes)) {
	case TELLS_FAULT:
		return causes & ~(CAUSES_INTACT | 1U << CAUSE_CLOCK);
	case TELLS_CLEAR:
		return 1U << CAUSE_CLEAR;
	case TELLS_CLOCK:
		return 1U << CAUSE_CLOCK;
	case TELLS_BOOT:
		return 1U << CAUSE_BOOT;
	default:
		return 1U << CAUSE_QUIET;
	}
}

/* No look came between; a fault is all that happened, and it did not go back to what came after the
 * baseline; and the firmware measures. */
static bool is_next(const struct walk *walk, unsigned depth, unsigned baseline, uint32_t causes)
{
	if (!walk->start->firmware || (telling_of(causes) == TELLS_FAULT && depth != baseline + 1))
		return false;
	for (unsigned i = baseline; i < depth; i++) {
		if (walk->is_look[i + 1] || walk->steps[i].earlier >= HISTORY + baseline)
			return false;
	}
	return true;
}

static void keep_story(const struct walk *walk, unsigned depth, unsigned baseline,
	const struct view *now, struct story *story)
{
	if (story->length)
		return;
	*story = (struct story){.length = (uint8_t)(depth + 1),
		.baseline = (uint8_t)baseline,
		.saves = walk->start->saves,
		.then = walk->looks[baseline],
		.now = *now};
	story->then.has_log = now->has_log;
	memcpy(story->steps, walk->steps, sizeof(story->steps));
}

static void record(const struct walk *walk, unsigned depth, unsigned baseline, uint32_t causes,
	const struct view *now)
{
	const struct view *then = &walk->looks[baseline];
	struct relations relations;
	struct pair *pair;

	if (now->clocks_lost != then->clocks_lost)
		causes |= 1U << CAUSE_CLOCK;
	view_relate(then, now, &relations);
	pair = pairs_find(walk->pairs, &relations);
	pair->causes |= decisive(causes);
	if (is_next(walk, depth, baseline, causes))
		pair->next_causes[then->tpm.beacon && now->tpm.beacon] |= decisive(causes);
	walk->pairs->stories++;
	keep_story(walk, depth, baseline, now, &pair->stories[telling_of(causes)]);
}

/* What shows a fault by itself never becomes a baseline. */
static bool is_baseline(const struct view *view)
{
	return !view->guest.log == !view->tpm.pcr && view->tpm.of_vm == view->guest.vm;
}

/* The look that ends the sequence, against each one before it. */
static void record_all(const struct walk *walk, unsigned depth)
{
	struct model model = walk->states[HISTORY - 1 + depth];
	uint32_t causes = 0;
	struct view now;

	view_take(&model, &now);
	for (unsigned i = depth + 1; i-- > 0;) {
		if (walk->is_look[i] && is_baseline(&walk->looks[i])) {
			now.has_log = true;
			record(walk, depth, i, causes, &now);
			now.has_log = false;
			record(walk, depth, i, causes, &now);
		}
		if (i)
			causes |= 1U << model_events[walk->steps[i - 1].event].cause;
	}
}

static void go_on(struct walk *walk, unsigned depth, unsigned faults);

/* Applies one event, lets time pass, and goes on from there. */
static void take(struct walk *walk, unsigned depth, unsigned faults, struct step step)
{
	const struct model_event *event = &model_events[step.event];
	struct model *model = &walk->states[HISTORY + depth];
	unsigned next = depth + 1;

	*model = walk->states[HISTORY - 1 + depth];
	walk->steps[depth] = step;
	walk->is_look[next] = step.event == MODEL_LOOK;
	if (walk->is_look[next])
		view_take(model, &walk->looks[next]);
	else
		event->apply(model, step.earlier ? &walk->states[step.earlier - 1] : NULL);
	model_run(model, duration(step.is_long, next));
	if (step.is_long)
		model_extend(&model->tpm);
	go_on(walk, next, faults + (event->cause >= CAUSE_REPLACED));
}

static void take_earlier(struct walk *walk, unsigned depth, unsigned faults, struct step step)
{
	unsigned last = model_events[step.event].takes_earlier ? HISTORY - 1 + depth : 0;

	for (unsigned earlier = last ? 1 : 0; earlier <= last; earlier++) {
		step.earlier = (uint8_t)earlier;
		step.is_long = false;
		take(walk, depth, faults, step);
		step.is_long = true;
		take(walk, depth, faults, step);
	}
}

static void go_on(struct walk *walk, unsigned depth, unsigned faults)
{
	if (depth == walk->length) {
		record_all(walk, depth);
		return;
	}
	for (unsigned event = 0; event < model_event_count; event++) {
		if (model_events[event].cause < CAUSE_REPLACED || faults < walk->faults)
			take_earlier(walk, depth, faults, (struct step){.event = (uint8_t)event});
	}
}

static void reboot(struct model *model)
{
	model_shut_down(&model->tpm, MODEL_CLEAR);
	model_start(model, MODEL_CLEAR);
	model_measure(model);
	model_boot(model);
}

/* Two boots back; the boot of the baseline, at its beginning; the moment of the baseline. */
static void begin(struct walk *walk, bool is_long)
{
	struct model *model = walk->states;

	model_make(model, walk->start->saves, walk->start->firmware, walk->start->has_beacon);
	model_run(model, 100000);
	reboot(model);
	model_run(model, 100001);
	model[1] = model[0];
	reboot(&model[1]);
	model_run(&model[1], 1000);
	model[2] = model[1];
	model_run(&model[2], is_long ? 100002 : 1200);
	walk->is_look[0] = true;
	view_take(&model[2], &walk->looks[0]);
	model_run(&model[2], duration(false, 0));
}

void enumerate(const struct enumeration_start *start, unsigned length, unsigned faults,
	struct pairs *pairs)
{
	static struct walk walk;

	for (int is_long = 0; is_long < 2; is_long++) {
		walk = (struct walk){
			.start = start, .pairs = pairs, .length = length, .faults = faults};
		begin(&walk, is_long);
		go_on(&walk, 0, 0);
	}
}

void story_print(const struct story *story, char *to, size_t size)
{
	size_t used = (size_t)snprintf(to, size, "look");

	for (unsigned i = 0; i + 1 < story->length && used < size; i++) {
		const struct step *step = &story->steps[i];

		used += (size_t)snprintf(
			to + used, size - used, ", %s", model_events[step->event].name);
		if (step->earlier && used < size)
			used += (size_t)snprintf(
				to + used, size - used, " of state %d", step->earlier - HISTORY);
		if (step->is_long && used < size)
			used += (size_t)snprintf(to + used, size - used, " …");
		if (i + 1 == story->baseline && used < size)
			used += (size_t)snprintf(to + used, size - used, " (baseline)");
	}
}

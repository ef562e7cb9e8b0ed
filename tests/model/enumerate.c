/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/model/enumerate.h"

#include <stdio.h>
#include <string.h>

#include "tests/model/seen.h"
#include "tests/model/sequence.h"

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

static void go_on(struct sequence *sequence, unsigned depth, unsigned faults);

/* The look that was just taken is the baseline of all that follows, where there is none yet: so
 * machines that differ in other looks are one (seen.c). */
static void go_on_from(struct sequence *sequence, unsigned depth, unsigned faults)
{
	if (!sequence->seen || sequence->baseline != NO_BASELINE)
		return;
	if (!sequence_is_baseline(&sequence->looks[depth]))
		return;
	sequence->baseline = depth;
	go_on(sequence, depth, faults);
	sequence->baseline = NO_BASELINE;
}

/* Applies one event, lets a short or a long time pass, and goes on from there. */
static void take(struct sequence *sequence, unsigned depth, unsigned faults, struct step step)
{
	const struct model_event *event = &model_events[step.event];
	struct model *model = &sequence->states[HISTORY + depth];
	struct model after;
	unsigned next = depth + 1;

	*model = sequence->states[HISTORY - 1 + depth];
	sequence->is_look[next] = event->is_seen;
	event->apply(model, step.earlier ? &sequence->states[step.earlier - 1] : NULL);
	if (event->is_seen)
		view_take(model, &sequence->looks[next]);
	after = *model;
	faults += event->cause >= CAUSE_REPLACED;
	for (int is_long = 0; is_long < 2; is_long++) {
		step.is_long = is_long;
		sequence->steps[depth] = step;
		if (is_long)
			*model = after;
		model_run(model, duration(is_long, next));
		if (is_long)
			model_extend(&model->tpm);
		go_on(sequence, next, faults);
		if (event->is_seen)
			go_on_from(sequence, next, faults);
	}
}

static void take_earlier(
	struct sequence *sequence, unsigned depth, unsigned faults, struct step step)
{
	unsigned last = model_events[step.event].takes_earlier ? HISTORY - 1 + depth : 0;

	for (unsigned earlier = last ? 1 : 0; earlier <= last; earlier++) {
		step.earlier = (uint8_t)earlier;
		take(sequence, depth, faults, step);
	}
}

/* Without a baseline, all that the last event can do is to bring one. */
static bool may_come(const struct sequence *sequence, const struct model_event *event,
	unsigned depth, unsigned faults)
{
	bool is_awaited = sequence->seen && sequence->baseline == NO_BASELINE;

	if (event->cause >= CAUSE_REPLACED && faults == sequence->faults)
		return false;
	return event->is_seen || !is_awaited || depth + 1 < sequence->length;
}

static void go_on(struct sequence *sequence, unsigned depth, unsigned faults)
{
	bool may_skip = sequence->seen && faults == sequence->faults;

	if (depth == sequence->length) {
		sequence->end(sequence, depth);
		return;
	}
	if (may_skip && !seen_add(sequence->seen, sequence, depth))
		return;
	for (unsigned i = 0; i < model_event_count; i++) {
		if (may_come(sequence, &model_events[i], depth, faults))
			take_earlier(sequence, depth, faults, (struct step){.event = (uint8_t)i});
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
static void begin(struct sequence *sequence, bool is_long)
{
	struct model *model = sequence->states;

	model_make(model, sequence->start->saves, sequence->start->firmware,
		sequence->start->has_beacon);
	model_run(model, 100000);
	reboot(model);
	model_run(model, 100001);
	model[1] = model[0];
	reboot(&model[1]);
	model_run(&model[1], 1000);
	model[2] = model[1];
	model_run(&model[2], is_long ? 100002 : 1200);
	sequence->is_look[0] = true;
	view_take(&model[2], &sequence->looks[0]);
	model_run(&model[2], is_long ? 3600000 : duration(false, 0));
}

static void run(const struct enumeration_start *start, unsigned length, unsigned faults,
	bool is_overlap, struct pairs *pairs)
{
	static struct sequence sequence;
	struct seen seen;

	for (int is_long = 0; is_long < 2; is_long++) {
		sequence = (struct sequence){.start = start,
			.pairs = pairs,
			.seen = is_overlap ? NULL : &seen,
			.baseline = NO_BASELINE,
			.end = is_overlap ? sequence_record_overlaps : sequence_record,
			.length = length,
			.faults = faults};
		seen_init(&seen);
		begin(&sequence, is_long);
		go_on(&sequence, 0, 0);
		go_on_from(&sequence, 0, 0);
		seen_free(&seen);
	}
}

void enumerate(const struct enumeration_start *start, unsigned length, unsigned faults,
	struct pairs *pairs)
{
	run(start, length, faults, false, pairs);
}

void enumerate_overlaps(const struct enumeration_start *start, unsigned length, struct pairs *pairs)
{
	run(start, length, 0, true, pairs);
}

void story_print(const struct story *story, char *to, size_t size)
{
	size_t used =
		(size_t)snprintf(to, size, "look%s", story->is_late ? " (one is told late)" : "");

	for (unsigned i = 0; i + 1 < story->length && used < size; i++) {
		const struct step *step = &story->steps[i];

		used += (size_t)snprintf(
			to + used, size - used, ", %s", model_events[step->event].name);
		if (step->earlier && used < size)
			used += (size_t)snprintf(
				to + used, size - used, " of state %d", step->earlier - HISTORY);
		if (step->is_long && used < size)
			used += (size_t)snprintf(to + used, size - used, " …");
		if (i + 1 == story->begun)
			used += (size_t)snprintf(to + used, size - used, " (begun)");
		if (i + 1 == story->baseline && used < size)
			used += (size_t)snprintf(to + used, size - used, " (baseline)");
	}
}

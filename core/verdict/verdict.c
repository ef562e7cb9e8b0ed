/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/verdict.h"

#include <stdio.h>
#include <string.h>

_Static_assert(CONTINUITY_UNVERIFIED == 0 && EVENT_NONE == 0, "a zeroed verdict grants nothing");

#define CONTINUITY_NAME(id, name, sentence)     name,
#define CONTINUITY_SENTENCE(id, name, sentence) sentence,
#define EVENT_NAME(id, name)                    name,
static const char *const continuity_names[] = {CONTINUITIES(CONTINUITY_NAME)};
static const char *const sentences[] = {CONTINUITIES(CONTINUITY_SENTENCE)};
static const char *const event_names[] = {EVENTS(EVENT_NAME, EVENT_NAME)};

const char *continuity_name(enum continuity continuity)
{
	return (unsigned)continuity < CONTINUITY_COUNT ? continuity_names[continuity]
						       : "unverified";
}

const char *continuity_sentence(enum continuity continuity)
{
	return (unsigned)continuity < CONTINUITY_COUNT ? sentences[continuity]
						       : sentences[CONTINUITY_UNVERIFIED];
}

const char *event_name(enum event event)
{
	return (unsigned)event < EVENT_COUNT ? event_names[event] : "none";
}

enum event event_parse(const char *name)
{
	unsigned event = 0;

	while (event < EVENT_COUNT && strcmp(event_names[event], name) != 0)
		event++;
	return (enum event)event;
}

enum verdict_status continuity_status(enum continuity continuity, enum event event)
{
	switch (continuity) {
	case CONTINUITY_CONTINUOUS:
		return VERDICT_AFFIRMING;
	case CONTINUITY_RESTARTED:
		return event == EVENT_LIVE_MIGRATION ? VERDICT_CONTRAINDICATED : VERDICT_AFFIRMING;
	case CONTINUITY_CRASHED:
		if (event == EVENT_LIVE_MIGRATION)
			return VERDICT_CONTRAINDICATED;
		return event == EVENT_HARD_REBOOT ? VERDICT_AFFIRMING : VERDICT_WARNING;
	case CONTINUITY_CLEARED:
		return event == EVENT_CLEAR ? VERDICT_AFFIRMING : VERDICT_CONTRAINDICATED;
	case CONTINUITY_UNVERIFIED:
	case CONTINUITY_FIRST_SEEN:
	case CONTINUITY_COUNT:
		return VERDICT_NONE;
	default:
		return VERDICT_CONTRAINDICATED;
	}
}

void verdict_add_reason(
	struct verdict *verdict, enum reason_code code, const char *fmt, va_list args)
{
	struct reason *reason = &verdict->reasons[verdict->reason_count];

	if (verdict->reason_count == VERDICT_REASONS_MAX)
		return;
	verdict->reason_count++;
	reason->code = code;
	vsnprintf(reason->sentence, sizeof(reason->sentence), fmt, args);
}

void verdict_add(struct verdict *verdict, enum reason_code code, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	verdict_add_reason(verdict, code, fmt, args);
	va_end(args);
}

void continuity_conclude(struct verdict *ret_verdict, enum continuity continuity, enum event event,
	enum reason_code code, const char *fmt, ...)
{
	va_list args;

	*ret_verdict = (struct verdict){.status = continuity_status(continuity, event),
		.continuity = continuity,
		.event = event};
	va_start(args, fmt);
	verdict_add_reason(ret_verdict, code, fmt, args);
	va_end(args);
}

bool continuity_moves_baseline(const struct verdict *verdict)
{
	switch (verdict->continuity) {
	case CONTINUITY_FIRST_SEEN:
	case CONTINUITY_CONTINUOUS:
	case CONTINUITY_RESTARTED:
	case CONTINUITY_CRASHED:
		return verdict->status != VERDICT_CONTRAINDICATED && !verdict->is_poorer;
	case CONTINUITY_CLEARED: /* as a person said beforehand */
		return verdict->status == VERDICT_AFFIRMING;
	default:
		return false;
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/watch/record.h"

#include <stdio.h>
#include <string.h>

#include "host/findings.h"

#define BACKOFF_MAX_S 60

/* How much an event allows. */
static int width_of(enum event event)
{
	switch (event) {
	case EVENT_LIVE_MIGRATION:
		return 0;
	case EVENT_RESUME:
		return 2;
	case EVENT_SOFT_REBOOT:
		return 3;
	case EVENT_COLD_MIGRATION:
		return 4;
	case EVENT_HARD_REBOOT:
		return 5;
	default:
		return 1;
	}
}

/* One event for two. */
static enum event merge(enum event older, enum event newer)
{
	return width_of(older) > width_of(newer) ? older : newer;
}

static bool owe(struct watch_record *record, const struct watch_cause *cause, enum event event,
	uint64_t now_s)
{
	if (!record->verdict.at_s)
		event = EVENT_NONE;
	record->state = WATCH_RUNNING;
	record->event = record->has_event ? merge(record->event, event) : event;
	record->has_event = true;
	/* A guest that reboots all the time is told in time nevertheless. */
	if (!record->is_owed)
		record->since_s = now_s;
	record->is_owed = true;
	record->happened_s = now_s;
	record->has_arrived = false;
	record->gone_s = 0;
	record->attempts = 0;
	snprintf(record->what, sizeof(record->what), "%s", cause->what);
	return true;
}

static bool stop(struct watch_record *record, enum watch_state state, bool is_local)
{
	record->state = state;
	record->is_owed = false;
	/* A collector's baseline goes along, and another host sees what comes next. */
	if (state == WATCH_AWAY && !is_local)
		record->has_event = false;
	return false;
}

/* What was known of it is from before, as where it left, whoever saw that. */
static bool arrive(
	struct watch_record *record, const struct watch_cause *cause, bool is_local, uint64_t now_s)
{
	stop(record, WATCH_AWAY, is_local);
	owe(record, cause, EVENT_NONE, now_s);
	record->has_arrived = true;
	return true;
}

/* It may have arrived before that, and was not confirmed since. */
static bool go_on(struct watch_record *record, const struct watch_cause *cause, uint64_t now_s)
{
	bool has_arrived = record->has_event && record->has_arrived;

	owe(record, cause, cause->event, now_s);
	record->has_arrived = has_arrived;
	return true;
}

static const struct watch_cause arrived_paused = {WATCH_ARRIVE, EVENT_NONE, "arrived paused"};

bool watch_record_apply(
	struct watch_record *record, const struct watch_cause *cause, bool is_local, uint64_t now_s)
{
	/* One that ran here all the time has not come from anywhere. */
	bool is_home = record->state == WATCH_RUNNING;

	switch (cause->action) {
	case WATCH_OWE:
		return owe(record, cause, cause->event, now_s);
	case WATCH_ARRIVE:
		return is_home ? go_on(record, cause, now_s)
			       : arrive(record, cause, is_local, now_s);
	case WATCH_LOOK:
		return !record->is_owed && go_on(record, cause, now_s);
	case WATCH_PAUSE:
		return !is_home && arrive(record, &arrived_paused, is_local, now_s);
	case WATCH_STOP:
		/* A migration to here that failed: it runs on elsewhere. */
		return stop(record, record->state == WATCH_AWAY ? WATCH_AWAY : WATCH_OFF, is_local);
	case WATCH_LEAVE:
		return stop(record, WATCH_AWAY, is_local);
	case WATCH_DEFINE:
		record->gone_s = 0;
		return false;
	case WATCH_UNDEFINE:
		/* One that runs on without a definition is still here. */
		if (record->state != WATCH_RUNNING && !record->gone_s)
			record->gone_s = now_s;
		return false;
	default:
		return false;
	}
}

struct watch_cause watch_record_find(struct watch_record *record, const char *instance,
	const struct watch_cause *cause, bool is_local, uint64_t now_s)
{
	const struct watch_cause left = {WATCH_LEAVE, EVENT_NONE, "left"};
	bool is_same =
		record->state != WATCH_AWAY && *instance && strcmp(record->instance, instance) == 0;

	/* The very start of it that was known may have been reset while nobody watched: that shows
	 * only in the guest. */
	if (is_same)
		return (struct watch_cause){WATCH_LOOK, EVENT_NONE, "found running"};
	/* Out and back in: what was known of it is from before. */
	if (cause->action == WATCH_ARRIVE)
		watch_record_apply(record, &left, is_local, now_s);
	/* Another QEMU process, whatever happened to that since. */
	if (cause->action == WATCH_OWE)
		return (struct watch_cause){WATCH_OWE, EVENT_HARD_REBOOT, cause->what};
	return *cause;
}

enum verdict_status watch_record_status(const struct watch_record *record)
{
	if (record->last.is_confirmed || !record->verdict.at_s)
		return record->last.status;
	return findings_worse(record->last.status, record->verdict.status);
}

bool watch_record_is_judged(const struct watch_record *record)
{
	if (record->state != WATCH_RUNNING || !record->last.at_s)
		return false;
	return !record->is_owed || watch_record_status(record) == VERDICT_CONTRAINDICATED;
}

void watch_record_settle(struct watch_record *record, bool has_moved)
{
	record->is_owed = false;
	record->attempts = 0;
	if (has_moved)
		record->has_event = false;
}

void watch_record_drop_event(struct watch_record *record)
{
	record->has_event = false;
	record->event = EVENT_NONE;
}

bool watch_record_is_over(const struct watch_record *record, uint64_t now_s)
{
	if (!record->gone_s || watch_record_status(record) == VERDICT_CONTRAINDICATED)
		return false;
	return now_s >= record->gone_s && now_s - record->gone_s >= WATCH_GONE_S;
}

uint32_t watch_backoff_s(uint32_t attempts)
{
	uint32_t seconds = attempts < 6 ? UINT32_C(1) << attempts : BACKOFF_MAX_S;

	return seconds < BACKOFF_MAX_S ? seconds : BACKOFF_MAX_S;
}

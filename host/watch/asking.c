/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/watch/asking.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "host/confirm/baselines.h"
#include "host/options_confirm.h"
#include "host/watch/own_baseline.h"
#include "platform/system.h"

/* One event seldom comes alone: libvirt tells of a start in two. */
#define SETTLE_US UINT64_C(1000000)

#define ATTEMPT_MARGIN_S 20

struct round {
	const struct watch_how *how;
	struct watch_guests *guests;
	char directory[BASELINE_PATH_SIZE]; /* of baselines */
	void (*tell)(struct watch_guest *guest, void *context);
	void *context;
};

static bool has_collector(const struct watch_how *how)
{
	return how->confirm->collector.urls.count != 0;
}

void asking_renew(const struct watch_how *how, struct watch_guest *guest)
{
	uint64_t now = platform_monotonic_us(), now_s = platform_wall_clock_ms() / 1000;
	uint64_t since_s = guest->record.since_s;
	uint64_t passed_s = now_s > since_s ? now_s - since_s : 0, left_s = how->watch->deadline_s;

	/* From what happened first, also where the watcher was started anew since. */
	left_s -= passed_s < left_s ? passed_s : left_s;
	guest->event_number++;
	guest->due_us = now + SETTLE_US;
	guest->deadline_us = now + left_s * UINT64_C(1000000);
}

bool asking_is_busy(const struct watch_guests *guests)
{
	for (size_t i = 0; i < guests->count; i++) {
		if (guests->items[i]->confirm)
			return true;
	}
	return false;
}

/* --- what came of it --- */

/* The record's answer, and whether the baseline is from after all that happened. */
static void keep(const struct watch_guests *guests, struct watch_guest *guest,
	const struct watch_last *last, bool has_moved)
{
	struct watch_record *record = &guest->record;

	record->last = *last;
	record->last.event = record->event;
	record->last.at_s = platform_wall_clock_ms() / 1000;
	if (last->is_confirmed)
		record->verdict = record->last;
	watch_record_settle(record, has_moved);
	guests_keep(guests, guest);
}

static void settle(struct round *round, struct watch_guest *guest, const struct watch_last *last,
	bool has_moved)
{
	keep(round->guests, guest, last, has_moved);
	round->tell(guest, round->context);
}

void asking_miss(const struct watch_guests *guests, struct watch_guest *guest)
{
	struct watch_last last = {.is_confirmed = true,
		.status = VERDICT_CONTRAINDICATED,
		.continuity = CONTINUITY_MISSING};

	snprintf(last.reason, sizeof(last.reason), "%s", reason_name(REASON_NO_DEVICE));
	snprintf(last.sentence, sizeof(last.sentence),
		"it had a vTPM, and its domain runs without one");
	/* What is being asked is not about this. */
	guest->event_number++;
	keep(guests, guest, &last, false);
}

static void give_up(struct round *round, struct watch_guest *guest, const char *why)
{
	struct watch_last last = {.is_confirmed = false};

	snprintf(last.sentence, sizeof(last.sentence), "%.255s", why);
	settle(round, guest, &last, false);
}

static void retry(struct round *round, struct watch_guest *guest, const char *why)
{
	uint64_t wait_us = watch_backoff_s(guest->record.attempts) * UINT64_C(1000000);
	uint64_t next = platform_monotonic_us() + wait_us;

	if (next >= guest->deadline_us) {
		give_up(round, guest, why);
		return;
	}
	log_write(LOG_LEVEL_INFO, "%s: %s; again in %u s", guest->record.name, why,
		watch_backoff_s(guest->record.attempts));
	guest->record.attempts++;
	guest->due_us = next;
	guests_keep(round->guests, guest);
}

static struct watch_last describe(const struct confirm_result *result)
{
	const struct verdict *verdict = &result->verdict;
	struct watch_last last = {.is_confirmed = true,
		.status = result->status,
		.continuity = verdict->continuity,
		.is_first = verdict->continuity == CONTINUITY_FIRST_SEEN};

	snprintf(last.reason, sizeof(last.reason), "%s", reason_name(verdict->reasons[0].code));
	snprintf(last.sentence, sizeof(last.sentence), "%s", verdict->reasons[0].sentence);
	if (result->answer.number && confirm_is_enrolled(result))
		snprintf(last.sentence, sizeof(last.sentence),
			"this vTPM is now the baseline (report %" PRIu64 ")",
			result->answer.number);
	return last;
}

static void conclude(
	struct round *round, struct watch_guest *guest, const struct confirm_result *result)
{
	const struct verdict *verdict = &result->verdict;
	const struct watch_last last = describe(result);
	/* A collector's baseline moves where it kept the report, and that may follow. */
	bool has_moved = has_collector(round->how)
				 ? result->answer.number && continuity_moves_baseline(verdict)
				 : result->is_kept;

	/* A TPM that is busy now may sign in a while. */
	if (verdict->continuity == CONTINUITY_UNVERIFIED)
		retry(round, guest, verdict->reasons[0].sentence);
	else
		settle(round, guest, &last, has_moved);
}

/* Where its answer is compared and kept. A first sight that proves nothing, or is broken, is told,
 * and no baseline. */
static struct baselines choose_places(
	const struct round *round, const struct watch_guest *guest, struct confirm_result *result)
{
	const struct verdict *verdict = &result->verdict;
	struct baselines places = {0};
	bool is_fit;

	if (has_collector(round->how))
		return places;
	if (own_baseline_exists(round->guests->state, guest->record.uuid))
		places.compared = round->directory;
	confirm_judge(result, guest->record.event);
	is_fit = verdict->is_quote_verified && verdict->status != VERDICT_CONTRAINDICATED;
	if (places.compared || is_fit)
		places.kept = round->directory;
	return places;
}

/* An answer from before the newest event settles nothing. What neither event explains is told
 * nevertheless: the next answer may never come. */
static void tell_late(struct round *round, struct watch_guest *guest, struct confirm_result *result)
{
	const struct verdict *verdict = &result->verdict;
	struct watch_record *record = &guest->record;
	struct watch_last last;

	confirm_judge(result, record->event);
	if (continuity_status(verdict->continuity, record->event) != VERDICT_CONTRAINDICATED)
		return;
	last = describe(result);
	last.event = record->event;
	last.at_s = platform_wall_clock_ms() / 1000;
	record->last = record->verdict = last;
	guests_keep(round->guests, guest);
	round->tell(guest, round->context);
}

static void finish(struct round *round, struct watch_guest *guest)
{
	struct baselines places;
	struct confirm_result result = {0};
	struct error err;
	int rc = confirm_finish(guest->confirm, &result, &err);
	bool is_late = guest->asked_number != guest->event_number;

	guest->confirm = NULL;
	/* What it said may be from before the newest event, and is then nobody's answer. */
	if (!rc && !is_late) {
		places = choose_places(round, guest, &result);
		rc = baselines_compare(&places, guest->record.event, &result, &err);
	}
	if (!is_late && rc)
		retry(round, guest, err.message);
	else if (!is_late)
		conclude(round, guest, &result);
	else if (!rc)
		tell_late(round, guest, &result);
	confirm_result_free(&result);
}

/* --- asking --- */

/* The watcher may have ended between the baseline and its record, or somebody kept one by hand:
 * what happened before must not be allowed once more. */
static void drop_event(struct round *round, struct watch_guest *guest)
{
	struct watch_record *record = &guest->record;

	if (has_collector(round->how) || !record->has_event || !record->happened_s)
		return;
	if (!own_baseline_is_since(round->guests->state, record->uuid, record->happened_s))
		return;
	log_write(LOG_LEVEL_INFO, "%s: the baseline is from after \"%s\"", record->name,
		record->what);
	watch_record_drop_event(record);
	guests_keep(round->guests, guest);
}

/* However many steps it takes: a guest that answers none of them in time is tried again later, and
 * holds up no other. */
static uint32_t attempt_s(const struct host_confirm_options *confirm)
{
	return confirm->timeout_s * 3 + ATTEMPT_MARGIN_S;
}

static void start(struct round *round, struct watch_guest *guest)
{
	struct confirm_request request =
		options_confirm(round->how->confirm, round->how->uri, guest->record.uuid);
	struct error err;

	drop_event(round, guest);
	request.event = guest->record.event;
	request.total_s = attempt_s(round->how->confirm);
	request.baseline = NULL;
	if (!request.collector && own_baseline_exists(round->guests->state, guest->record.uuid))
		request.baseline = round->directory;
	guest->asked_number = guest->event_number;
	if (confirm_start(&request, &guest->confirm, &err)) {
		guest->confirm = NULL;
		retry(round, guest, err.message);
	}
}

/* Or its last verdict is still being told. */
static bool is_asked(const struct watch_guest *guest)
{
	return guest->confirm || guest->is_untold || guest->command.pid;
}

/* Who has waited longest. */
static struct watch_guest *choose(const struct watch_guests *guests, uint64_t now_us)
{
	struct watch_guest *first = NULL;

	for (size_t i = 0; i < guests->count; i++) {
		struct watch_guest *guest = guests->items[i];

		if (!guest->record.is_owed || !guest->is_found || is_asked(guest))
			continue;
		if (guest->due_us <= now_us && (!first || guest->due_us < first->due_us))
			first = guest;
	}
	return first;
}

void asking_step(const struct watch_how *how, struct watch_guests *guests,
	void (*tell)(struct watch_guest *guest, void *context), void *context)
{
	struct round round = {.how = how, .guests = guests, .tell = tell, .context = context};
	uint64_t now_us = platform_monotonic_us();
	struct watch_guest *next;
	size_t busy = 0;

	own_baseline_directory(guests->state, round.directory);
	for (size_t i = 0; i < guests->count; i++) {
		struct watch_guest *guest = guests->items[i];

		if (guest->confirm && confirm_is_due(guest->confirm))
			finish(&round, guest);
		busy += guest->confirm != NULL;
	}
	while (busy < how->confirm->parallel && (next = choose(guests, now_us))) {
		start(&round, next);
		busy += next->confirm != NULL;
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The service: compares at its start, from time to time, and when the guest shows signs of having
 * been moved. Its baseline goes forward with each verdict that allows it, so that every comparison
 * is with the last state known to be good. Over a broken one it never goes forward, until
 * that ends (core/verdict/carry.h).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/adoption.h"
#include "agent/command/commands.h"
#include "agent/delivery.h"
#include "agent/options_look.h"
#include "agent/state/service.h"
#include "agent/state/state.h"
#include "agent/status/outcome.h"
#include "core/log.h"
#include "core/verdict/carry.h"
#include "core/verdict/disks_since.h"
#include "core/verdict/judge.h"
#include "platform/guest.h"
#include "platform/system.h"

#define SETTLE_US 2000000

struct service {
	struct options options;
	struct platform_watch *watch;
	struct delivery delivery;
	struct state_service said;
	uint32_t announces; /* since the last comparison */
	bool has_drift;
	int64_t drift_ms; /* TPM time less the guest's uptime, at the last comparison */
};

static void note_signs(struct service *service, struct evidence *evidence)
{
	struct evidence_signs *signs = &evidence->signs;
	int64_t drift_ms;

	if (evidence->clock.part.state != PART_READ)
		return;
	drift_ms = (int64_t)evidence->clock.time_ms - (int64_t)evidence->clock.uptime_ms;
	signs->part.state = PART_READ;
	signs->announces = service->announces;
	signs->drift_ms = service->has_drift ? drift_ms - service->drift_ms : 0;
	service->announces = 0;
	service->has_drift = true;
	service->drift_ms = drift_ms;
}

/* One line with everything a log search needs; level by how bad it is. */
static void log_verdict(const struct verdict *verdict, const struct evidence *evidence,
	const char *cause, bool is_kept)
{
	const bool is_enrolled = is_kept && verdict->continuity == CONTINUITY_FIRST_SEEN &&
				 verdict->status == VERDICT_NONE;
	static const enum log_level levels[] = {[VERDICT_NONE] = LOG_LEVEL_WARNING,
		[VERDICT_AFFIRMING] = LOG_LEVEL_INFO,
		[VERDICT_WARNING] = LOG_LEVEL_WARNING,
		[VERDICT_CONTRAINDICATED] = LOG_LEVEL_ERROR};
	char sentence[sizeof(verdict->reasons[0].sentence)];

	/* The sentence comes last and in quotes: those it holds itself become apostrophes. */
	snprintf(sentence, sizeof(sentence), "%s",
		is_enrolled ? "ENROLLED: this vTPM is now the baseline"
			    : verdict->reasons[0].sentence);
	for (char *at = sentence; *at; at++) {
		if (*at == '"')
			*at = '\'';
	}
	/* A first sight that was not kept is none. */
	log_write(levels[is_kept ? status_of_verdict(verdict) : verdict->status],
		"verdict status=%s continuity=%s reason=%s cause=%s resets=%" PRIu32
		" restarts=%" PRIu32 " announces=%" PRIu32 " drift_ms=%" PRId64 " sentence=\"%s\"",
		verdict_status_name(verdict->status), continuity_name(verdict->continuity),
		reason_name(verdict->reasons[0].code), cause, evidence->clock.reset_count,
		evidence->clock.restart_count, evidence->signs.announces, evidence->signs.drift_ms,
		sentence);
}

static int keep(const struct service *service, const struct verdict *verdict,
	const struct evidence *reference, const struct evidence *evidence, struct error *err)
{
	const char *directory = state_directory(service->options.state);
	const bool is_held =
		!continuity_moves_baseline(verdict) || disks_would_forget(reference, evidence);
	int rc = 0;

	/* The baseline first: a verdict must not tell of a comparison whose outcome was lost. */
	if (!is_held)
		rc = state_write_baseline(directory, evidence, err);
	if (!rc)
		rc = state_write_verdict(directory, verdict, evidence->iat, err);
	if (!rc)
		adoption_note(directory, is_held, verdict, evidence);
	return rc;
}

/* A baseline that came here with the image of another VM is none of ours. */
static const struct evidence *drop_foreign(
	const struct evidence *baseline, const struct evidence *evidence)
{
	if (!baseline || !continuity_is_other_vm(baseline, evidence))
		return baseline;
	log_write(LOG_LEVEL_WARNING,
		"the baseline is VM %s's, this is VM %s with another vTPM: begun anew",
		baseline->smbios.uuid, evidence->smbios.uuid);
	return NULL;
}

/* What is there but cannot be read is no reason to begin anew: that would hide what it was kept to
 * show. */
static int recall(const struct service *service, struct evidence **ret_baseline,
	struct verdict *ret_kept, struct error *err)
{
	const char *directory = state_directory(service->options.state);
	uint64_t iat;
	int rc = state_read_baseline(directory, ret_baseline, err);

	*ret_kept = (struct verdict){0};
	if (!rc || rc == -ERROR_NOT_FOUND)
		rc = state_read_verdict(directory, ret_kept, &iat, err);
	return rc == -ERROR_NOT_FOUND ? 0 : rc;
}

/* Beside what was kept; what came here with another VM's image says nothing of this one. */
static void judge(bool has_foreign, const struct evidence *reference, const struct verdict *kept,
	const struct evidence *evidence, struct verdict *ret_verdict)
{
	continuity_judge(reference, evidence, EVENT_NONE, NULL, 0, ret_verdict);
	if (!has_foreign)
		verdict_carry(kept, reference, evidence, ret_verdict);
}

/* What one comparison gave. */
struct comparison {
	struct evidence *evidence; /* NULL: there was none */
	bool is_beacon_behind;     /* or may be: it stays where it is */
	bool is_judged;            /* the verdict is one, though it may not be kept */
	struct checks checks;
	struct verdict verdict;
};

/* A collector is told of each step of the beacon, and so its exchange makes them. */
static int look_beside(const struct service *service, const struct evidence *baseline,
	struct evidence **ret_evidence, struct comparison *ret_comparison, struct error *err)
{
	const struct look_options how = options_look(&service->options);
	int rc = service->options.collector.urls.count
			 ? look(&how, ret_evidence, &ret_comparison->checks, err)
			 : look_to_compare(
				   &how, baseline, ret_evidence, &ret_comparison->checks, err);

	if (!rc && baseline && baseline->beacon.part.state == PART_READ)
		ret_comparison->is_beacon_behind =
			(*ret_evidence)->beacon.value < baseline->beacon.value;
	return rc;
}

/* One comparison with the stored baseline. */
static int look_and_keep(
	struct service *service, struct comparison *ret_comparison, struct error *err)
{
	EVIDENCE_SCOPED *baseline = NULL, *evidence = NULL;
	const struct evidence *reference;
	const struct look_options how = options_look(&service->options);
	struct verdict kept, *verdict = &ret_comparison->verdict;
	struct error ignored;
	int unread = recall(service, &baseline, &kept, err);
	/* What cannot be compared here can be at the collector. Nothing is moved meanwhile: a
	 * beacon stays, too. */
	int rc = unread ? look(&how, &evidence, &ret_comparison->checks, &ignored)
			: look_beside(service, baseline, &evidence, ret_comparison, err);

	ret_comparison->is_beacon_behind = ret_comparison->is_beacon_behind || unread;
	if (rc)
		return unread ? unread : rc;
	note_signs(service, evidence);
	if (unread) {
		ret_comparison->evidence = evidence;
		evidence = NULL;
		return unread;
	}
	reference = drop_foreign(baseline, evidence);
	disks_mark(reference, evidence);
	judge(baseline && !reference, reference, &kept, evidence, verdict);
	rc = keep(service, verdict, reference, evidence, err);
	ret_comparison->is_judged = true;
	ret_comparison->evidence = evidence;
	evidence = NULL;
	return rc;
}

/* What the service promises: the jitter of next_run_us() is in it. A timer's run knows only what it
 * was told. */
static uint32_t next_within_s(const struct options *options)
{
	if (!options->is_once)
		return options->interval_s + (options->interval_s + 9) / 10;
	return command_line_names(&options_program, &options->line, "interval")
		       ? options->interval_s
		       : 0;
}

/* `fault`: why there is no verdict; what was kept before stands then. */
static void note_outcome(
	struct service *service, const struct comparison *comparison, const struct error *fault)
{
	const uint64_t now = platform_wall_clock_ms() / 1000;
	const uint32_t within_s = next_within_s(&service->options);
	const struct check *decisive = checks_decisive(&comparison->checks);
	struct state_service *said = &service->said;

	/* A run by hand says nothing of when the service compares. */
	if (within_s || said->next <= now || said->next > now + STATE_NEXT_MAX_S)
		said->next = within_s ? now + within_s : 0;
	if (within_s)
		said->ended = 0;
	snprintf(said->fault, sizeof(said->fault), "%.500s", fault ? fault->message : "");
	if (fault || !comparison->evidence)
		return;
	said->compared = comparison->evidence->iat;
	said->health = checks_status(&comparison->checks);
	snprintf(said->check, sizeof(said->check), "%s", decisive ? decisive->id : "");
	snprintf(said->boot_id, sizeof(said->boot_id), "%s", comparison->evidence->guest.boot_id);
}

/* There will be no next comparison. What a run of another process says meanwhile stays. */
static void tell_end(struct service *service)
{
	const char *directory = state_directory(service->options.state);
	struct error ignored;
	intptr_t lock;

	if (platform_lock_take(directory, platform_monotonic_us() + SETTLE_US, &lock, &ignored))
		return;
	state_read_service(directory, &service->said, &ignored);
	service->said.next = 0;
	service->said.ended = platform_wall_clock_ms() / 1000;
	state_tell(service->options.state, &service->said);
	platform_lock_end(lock);
}

/* Nobody replaces what is compared with before the outcome is kept. Where the directory cannot be
 * locked, keeping says what is wrong with it. */
static int compare_alone(struct service *service, const char *cause,
	struct comparison *ret_comparison, struct error *err)
{
	const char *directory = state_directory(service->options.state);
	uint64_t until_us =
		platform_monotonic_us() + (uint64_t)service->options.timeout_s * 1000000;
	struct error ignored;
	intptr_t lock;
	int locked, rc;

	/* Before the first run there is nothing to lock. */
	platform_directory_make(directory, err);
	locked = platform_lock_take(directory, until_us, &lock, err);
	if (locked == -ERROR_TIMEOUT)
		return locked;
	/* Another process may have compared since, or have been stopped. */
	state_read_service(directory, &service->said, &ignored);
	rc = look_and_keep(service, ret_comparison, err);
	note_outcome(service, ret_comparison, rc ? err : NULL);
	state_tell(service->options.state, &service->said);
	/* Who hears that it is done finds everything written. */
	if (ret_comparison->is_judged)
		log_verdict(&ret_comparison->verdict, ret_comparison->evidence, cause, !rc);
	if (!rc)
		platform_service_ready(ret_comparison->verdict.reasons[0].sentence);
	if (!locked)
		platform_lock_end(lock);
	return rc;
}

/* A comparison, and the report of it. What fails is made good by what is read then: a report is
 * about the present. */
static int compare(struct service *service, const char *cause, enum verdict_status *ret_status,
	bool *ret_is_adopted, struct error *err)
{
	struct comparison comparison = {0};
	const struct verdict *verdict = &comparison.verdict;
	int rc = compare_alone(service, cause, &comparison, err);

	service->delivery.advances_beacon = !comparison.is_beacon_behind;
	if (comparison.evidence)
		*ret_is_adopted = delivery_send(&service->delivery, &service->options,
			service->watch, next_within_s(&service->options), !rc, comparison.evidence);
	evidence_free(comparison.evidence);
	if (rc)
		return rc;
	/* A first comparison has nothing to say of the past, nor what was adopted: then it is
	 * health that counts. */
	*ret_status = *ret_is_adopted || (verdict->continuity == CONTINUITY_FIRST_SEEN &&
						 !verdict->status)
			      ? checks_status(&comparison.checks)
			      : verdict->status;
	return 0;
}

/* The next periodic run: a tenth earlier or later, so that a fleet does not run in step. */
static uint64_t next_run_us(uint32_t interval_s)
{
	uint64_t interval_us = (uint64_t)interval_s * 1000000;
	uint32_t random = 0;
	struct error ignored;

	platform_random(&random, sizeof(random), &ignored);
	return platform_monotonic_us() + interval_us * 9 / 10 +
	       interval_us / 5 * random / UINT32_MAX;
}

/* A configuration that became wrong leaves the old one in force. */
static void reload(struct service *service)
{
	struct options options = *service->options.given;
	struct error err;

	options.given = service->options.given;
	if (options_read_config(&options, &err))
		log_write(LOG_LEVEL_ERROR, "configuration not reloaded: %s", err.message);
	else
		service->options = options;
	/* A token or a certificate may be another one now. */
	delivery_close(&service->delivery);
}

/* Waits for the next occasion and names it, or NULL: the service is to end. After a sign it waits a
 * little longer: the host announces a move several times, and that is one occasion. */
static const char *wait_for_occasion(struct service *service)
{
	const uint64_t regular_us = next_run_us(service->options.interval_s);
	uint64_t deadline_us = delivery_plan(&service->delivery, &service->options, regular_us);
	bool is_sign = false;

	platform_watch_listen(service->watch, state_directory(service->options.state));
	for (;;) {
		switch (platform_watch_wait(service->watch, deadline_us)) {
		case PLATFORM_WAKE_SIGN:
			service->announces++;
			if (!is_sign && platform_monotonic_us() + SETTLE_US < deadline_us)
				deadline_us = platform_monotonic_us() + SETTLE_US;
			is_sign = true;
			break;
		case PLATFORM_WAKE_NETWORK:
			deadline_us = delivery_hurry(&service->delivery, deadline_us);
			break;
		case PLATFORM_WAKE_RELOAD:
			reload(service);
			return "reload";
		case PLATFORM_WAKE_CALL:
			return "accept";
		case PLATFORM_WAKE_STOP:
			return NULL;
		case PLATFORM_WAKE_TIMEOUT:
			if (is_sign)
				return "sign";
			return deadline_us < regular_us ? "retry" : "interval";
		}
	}
}

/* 0: nobody knows. */
static uint64_t next_once_us(const struct options *options)
{
	uint64_t next_s = next_within_s(options);

	return next_s ? platform_monotonic_us() + next_s * 1000000 : 0;
}

/* The report is part of what a timer asked for. */
static enum exit_code code_of_once(const struct service *service, enum verdict_status status)
{
	if (status != VERDICT_CONTRAINDICATED && *service->delivery.fault)
		return EXIT_CODE_UNKNOWN;
	return verdict_exit_code(status);
}

int command_run(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct service service = {.options = *options};
	enum verdict_status status = VERDICT_NONE;
	const char *cause = "start", *public = state_public_path(options->state);
	bool is_adopted = false, was_adopted;
	struct error ignored;
	int rc = platform_watch_open(&service.watch, err);

	if (rc)
		return rc;
	/* Of an earlier boot, where the directory outlives one: nobody shall take it for ours. */
	if (!options->is_once && public)
		platform_file_remove(public, &ignored);
	do {
		was_adopted = is_adopted;
		is_adopted = false;
		rc = compare(&service, cause, &status, &is_adopted, err);
		if (options->is_once)
			break;
		if (rc) {
			log_write(LOG_LEVEL_ERROR, "%s", err->message);
			platform_service_ready(err->message);
		}
		/* What was adopted is compared with at once; a collector that says so each time
		 * makes no haste. */
		cause = is_adopted && !was_adopted ? "accept" : wait_for_occasion(&service);
	} while (cause);
	platform_service_stopping();
	if (!options->is_once)
		tell_end(&service);
	if (options->is_once)
		delivery_plan(&service.delivery, options, next_once_us(options));
	delivery_close(&service.delivery);
	platform_watch_close(service.watch);
	if (options->is_once && rc)
		return rc;
	*ret_code = options->is_once ? code_of_once(&service, status) : EXIT_CODE_HEALTHY;
	return 0;
}

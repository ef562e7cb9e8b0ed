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

#include "agent/command/commands.h"
#include "agent/exchange.h"
#include "agent/options_look.h"
#include "agent/state.h"
#include "core/log.h"
#include "core/verdict/carry.h"
#include "core/verdict/judge.h"
#include "platform/guest.h"
#include "platform/system.h"

#define SETTLE_US 2000000

struct service {
	struct options options;
	struct platform_watch *watch;
	struct exchange *exchange;                               /* opened at the first report */
	char report_fault[sizeof(((struct error *)0)->message)]; /* why the last one failed; it is
								  * told once. Empty: it did not */
	bool has_unkept_receipt; /* the file's is older than the exchange's */
	uint32_t announces;      /* since the last comparison */
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
static void log_verdict(
	const struct verdict *verdict, const struct evidence *evidence, const char *cause)
{
	static const enum log_level levels[] = {[VERDICT_NONE] = LOG_LEVEL_WARNING,
		[VERDICT_AFFIRMING] = LOG_LEVEL_INFO,
		[VERDICT_WARNING] = LOG_LEVEL_WARNING,
		[VERDICT_CONTRAINDICATED] = LOG_LEVEL_ERROR};
	char sentence[sizeof(verdict->reasons[0].sentence)];

	/* The sentence comes last and in quotes: those it holds itself become apostrophes. */
	snprintf(sentence, sizeof(sentence), "%s", verdict->reasons[0].sentence);
	for (char *at = sentence; *at; at++) {
		if (*at == '"')
			*at = '\'';
	}
	log_write(levels[verdict->status],
		"verdict status=%s continuity=%s reason=%s cause=%s resets=%" PRIu32
		" restarts=%" PRIu32 " announces=%" PRIu32 " drift_ms=%" PRId64 " sentence=\"%s\"",
		verdict_status_name(verdict->status), continuity_name(verdict->continuity),
		reason_name(verdict->reasons[0].code), cause, evidence->clock.reset_count,
		evidence->clock.restart_count, evidence->signs.announces, evidence->signs.drift_ms,
		sentence);
}

static int keep(const struct service *service, const struct verdict *verdict,
	const struct evidence *evidence, struct error *err)
{
	const char *directory = state_directory(service->options.state);
	int rc = 0;

	/* The baseline first: a verdict must not tell of a comparison whose outcome was lost. */
	if (continuity_moves_baseline(verdict))
		rc = state_write_baseline(directory, evidence, err);
	return rc ? rc : state_write_verdict(directory, verdict, evidence->iat, err);
}

static bool is_stopping(void *context)
{
	return platform_watch_is_stopping(context);
}

/* The receipt of the last report goes with the next one, over restarts of the service, and whoever
 * made that one: two processes that each went on with their own would look like two copies. */
static void show_receipt(struct service *service)
{
	const char *directory = state_directory(service->options.state);
	char receipt[PROTOCOL_RECEIPT_MAX];
	struct error ignored;

	if (service->has_unkept_receipt)
		return;
	if (!state_read_receipt(directory, receipt, sizeof(receipt), &ignored))
		exchange_show_receipt(service->exchange, receipt);
}

static void keep_receipt(struct service *service, const char *receipt)
{
	struct error err;
	int rc;

	if (!*receipt)
		return;
	rc = state_write_receipt(state_directory(service->options.state), receipt, &err);
	service->has_unkept_receipt = rc != 0;
	if (rc)
		log_write(LOG_LEVEL_WARNING, "%s", err.message);
}

/* To the collector, where one is configured. What fails is told once and made good at the next
 * occasion, by what is read then: a report is about the present. */
static void report(struct service *service, struct evidence *evidence)
{
	const struct look_options how = options_look(&service->options);
	const struct exchange_options reporting = {.collector = &service->options.collector,
		.tcti = how.collect.tcti,
		.tpm_timeout_ms = how.collect.timeout_ms};
	uint64_t deadline_us = platform_monotonic_us() + (uint64_t)how.collect.timeout_ms * 1000;
	struct message_result answer;
	struct error fault;
	uint32_t retry_after_s;
	int rc = 0;

	if (!*reporting.collector->url)
		return;
	if (!service->exchange)
		rc = exchange_open(
			&reporting, is_stopping, service->watch, &service->exchange, &fault);
	if (!rc)
		show_receipt(service);
	if (!rc)
		rc = exchange_run(service->exchange, evidence, EVENT_NONE, deadline_us, &answer,
			&retry_after_s, &fault);
	if (rc && strcmp(fault.message, service->report_fault) != 0)
		log_write(LOG_LEVEL_ERROR, "not reported: %s", fault.message);
	snprintf(service->report_fault, sizeof(service->report_fault), "%s",
		rc ? fault.message : "");
	if (!rc)
		keep_receipt(service, answer.receipt);
	if (!rc)
		log_write(answer.number ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
			"reported number=%" PRIu64 " status=%s continuity=%s reason=%s",
			answer.number, verdict_status_name(answer.verdict.status),
			continuity_name(answer.verdict.continuity),
			reason_name(answer.verdict.reasons[0].code));
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
static void judge(struct evidence *baseline, const struct verdict *kept,
	const struct evidence *evidence, struct verdict *ret_verdict)
{
	const struct evidence *reference = drop_foreign(baseline, evidence);

	continuity_judge(reference, evidence, EVENT_NONE, NULL, 0, ret_verdict);
	if (reference || !baseline)
		verdict_carry(kept, reference, evidence, ret_verdict);
}

/* What one comparison gave. */
struct comparison {
	struct evidence *evidence; /* NULL: there was none */
	struct checks checks;
	struct verdict verdict;
};

/* One comparison with the stored baseline. */
static int look_and_keep(struct service *service, const char *cause,
	struct comparison *ret_comparison, struct error *err)
{
	EVIDENCE_SCOPED *baseline = NULL, *evidence = NULL;
	const struct look_options how = options_look(&service->options);
	struct verdict kept, *verdict = &ret_comparison->verdict;
	struct error ignored;
	int unread = recall(service, &baseline, &kept, err);
	/* What cannot be compared here can be at the collector. Nothing is moved meanwhile: a
	 * beacon stays, too. */
	int rc = unread ? look(&how, &evidence, &ret_comparison->checks, &ignored)
			: look_to_compare(&how, baseline, &evidence, &ret_comparison->checks, err);
	if (rc)
		return unread ? unread : rc;
	note_signs(service, evidence);
	if (unread) {
		ret_comparison->evidence = evidence;
		evidence = NULL;
		return unread;
	}
	judge(baseline, &kept, evidence, verdict);
	rc = keep(service, verdict, evidence, err);
	log_verdict(verdict, evidence, cause);
	if (!rc)
		platform_service_ready(verdict->reasons[0].sentence);
	ret_comparison->evidence = evidence;
	evidence = NULL;
	return rc;
}

/* Nobody replaces what is compared with before the outcome is kept. Where the directory cannot be
 * locked, keeping says what is wrong with it. */
static int compare_alone(struct service *service, const char *cause,
	struct comparison *ret_comparison, struct error *err)
{
	const char *directory = state_directory(service->options.state);
	uint64_t until_us =
		platform_monotonic_us() + (uint64_t)service->options.timeout_s * 1000000;
	intptr_t lock;
	int locked, rc;

	/* Before the first run there is nothing to lock. */
	platform_directory_make(directory, err);
	locked = platform_lock_take(directory, until_us, &lock, err);
	if (locked == -ERROR_TIMEOUT)
		return locked;
	rc = look_and_keep(service, cause, ret_comparison, err);
	if (!locked)
		platform_lock_end(lock);
	return rc;
}

/* The same, and the report of it. */
static int compare(struct service *service, const char *cause, enum verdict_status *ret_status,
	struct error *err)
{
	struct comparison comparison = {0};
	const struct verdict *verdict = &comparison.verdict;
	int rc = compare_alone(service, cause, &comparison, err);

	if (comparison.evidence)
		report(service, comparison.evidence);
	evidence_free(comparison.evidence);
	if (rc)
		return rc;
	/* A first comparison has nothing to say of the past: then it is health that counts. */
	*ret_status = verdict->continuity == CONTINUITY_FIRST_SEEN && !verdict->status
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
	exchange_close(service->exchange);
	service->exchange = NULL;
}

/* Waits for the next occasion. After a sign it waits a little longer: the host announces a move
 * several times, and that is one occasion. */
static enum platform_wake wait_for_occasion(struct service *service, struct platform_watch *watch)
{
	uint64_t deadline_us = next_run_us(service->options.interval_s);
	enum platform_wake wake, occasion = PLATFORM_WAKE_TIMEOUT;

	while ((wake = platform_watch_wait(watch, deadline_us)) == PLATFORM_WAKE_SIGN) {
		uint64_t settled_us = platform_monotonic_us() + SETTLE_US;

		service->announces++;
		if (occasion != PLATFORM_WAKE_SIGN && settled_us < deadline_us)
			deadline_us = settled_us;
		occasion = PLATFORM_WAKE_SIGN;
	}
	return wake == PLATFORM_WAKE_TIMEOUT ? occasion : wake;
}

/* The report is part of what a timer asked for. */
static enum exit_code code_of_once(const struct service *service, enum verdict_status status)
{
	if (status != VERDICT_CONTRAINDICATED && *service->report_fault)
		return EXIT_CODE_UNKNOWN;
	return verdict_exit_code(status);
}

int command_run(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	static const char *const causes[] = {[PLATFORM_WAKE_TIMEOUT] = "interval",
		[PLATFORM_WAKE_SIGN] = "sign",
		[PLATFORM_WAKE_RELOAD] = "reload",
		[PLATFORM_WAKE_STOP] = "stop"};
	struct service service = {.options = *options};
	struct platform_watch *watch = NULL;
	enum platform_wake wake;
	enum verdict_status status = VERDICT_NONE;
	const char *cause = "start";
	int rc = platform_watch_open(&watch, err);

	if (rc)
		return rc;
	service.watch = watch;
	do {
		rc = compare(&service, cause, &status, err);
		if (options->is_once)
			break;
		if (rc) {
			log_write(LOG_LEVEL_ERROR, "%s", err->message);
			platform_service_ready(err->message);
		}
		wake = wait_for_occasion(&service, watch);
		if (wake == PLATFORM_WAKE_RELOAD)
			reload(&service);
		cause = causes[wake];
	} while (wake != PLATFORM_WAKE_STOP);
	platform_service_stopping();
	exchange_close(service.exchange);
	platform_watch_close(watch);
	if (options->is_once && rc)
		return rc;
	*ret_code = options->is_once ? code_of_once(&service, status) : EXIT_CODE_HEALTHY;
	return 0;
}

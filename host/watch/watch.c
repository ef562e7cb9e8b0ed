/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/watch/watch.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "core/log.h"
#include "host/findings.h"
#include "host/watch/asking.h"
#include "host/watch/listener.h"
#include "host/watch/measuring.h"
#include "host/watch/own_baseline.h"
#include "host/watch/record_file.h"
#include "host/watch/telling.h"
#include "platform/system.h"

#define SECOND_US    UINT64_C(1000000)
#define READY_US     (30 * SECOND_US) /* for a libvirtd to say what runs */
#define LOCK_US      (2 * SECOND_US)  /* for what a killed watcher left to end */
#define BUSY_POLL_MS 50
#define IDLE_POLL_MS 1000
#define WAITING      "waiting for libvirt"

struct watch {
	const struct watch_how *how;
	struct watch_guests guests;
	struct listener listener;
	bool is_ready;       /* what runs is known */
	uint64_t ready_us;   /* by when, or it is started anew */
	uint64_t restart_us; /* when there is no listener: until then */
	uint32_t losses;     /* in a row */
	char loss[320];
	struct measuring measuring;
	enum verdict_status worst;
	size_t told;
};

static volatile sig_atomic_t is_stopping;

static void stop(int number)
{
	(void)number;
	is_stopping = 1;
}

/* What `--once` comes to. */
static void count(struct watch *watch, const struct watch_guest *guest)
{
	watch->told++;
	watch->worst = findings_worse(watch->worst, watch_record_status(&guest->record));
}

static void tell(struct watch_guest *guest, void *context)
{
	struct watch *watch = context;

	telling_tell(watch->how, guest);
	count(watch, guest);
	watch->measuring.has_news = true;
}

/* --- what libvirt tells --- */

/* Whether the baselines are this host's. */
static bool is_local(const struct watch *watch)
{
	return !watch->how->confirm->collector.urls.count;
}

static void apply(struct watch *watch, struct watch_guest *guest, const struct watch_cause *cause)
{
	if (watch_record_apply(
		    &guest->record, cause, is_local(watch), platform_wall_clock_ms() / 1000))
		asking_renew(watch->how, guest);
	/* Nobody waits for what the guest says now. */
	if (!guest->record.is_owed)
		guest->event_number++;
	guests_keep(&watch->guests, guest);
	watch->measuring.has_news = true;
}

static bool is_end(const struct watch_message *message)
{
	return message->action == WATCH_STOP || message->action == WATCH_LEAVE;
}

static const struct watch_cause undefined = {WATCH_UNDEFINE, EVENT_NONE, "undefined"};

static struct watch_cause cause_of(const struct watch_message *message)
{
	return (struct watch_cause){message->action, message->event, message->what};
}

static void take_name(struct watch_guest *guest, const struct watch_message *message)
{
	struct watch_record *record = &guest->record;

	snprintf(record->name, sizeof(record->name), "%s", message->name);
	snprintf(record->instance, sizeof(record->instance), "%s", message->instance);
	guest->is_found = true;
}

/* What was owed already is stricter than a look, and stays. */
static void on_found(
	struct watch *watch, struct watch_guest *guest, const struct watch_message *message)
{
	const struct watch_cause told = cause_of(message);
	const struct watch_cause cause = watch_record_find(&guest->record, message->instance, &told,
		is_local(watch), platform_wall_clock_ms() / 1000);

	take_name(guest, message);
	if (cause.action == WATCH_LOOK && guest->record.is_owed)
		asking_renew(watch->how, guest);
	else
		apply(watch, guest, &cause);
}

/* It had a vTPM, and runs without one: there is nobody to ask. Told once for each start. */
static void on_bare(
	struct watch *watch, struct watch_guest *guest, const struct watch_message *message)
{
	const struct watch_record *record = &guest->record;
	const struct watch_cause cause = cause_of(message);
	bool is_told = record->last.at_s && record->last.is_confirmed &&
		       record->last.continuity == CONTINUITY_MISSING &&
		       strcmp(record->instance, message->instance) == 0;

	take_name(guest, message);
	guest->record.state = WATCH_RUNNING;
	if (is_told) {
		count(watch, guest);
		return;
	}
	apply(watch, guest, &cause);
	asking_miss(&watch->guests, guest);
	tell(guest, watch);
}

static void on_event(
	struct watch *watch, struct watch_guest *guest, const struct watch_message *message)
{
	const struct watch_cause cause = cause_of(message);

	if (message->action == WATCH_DEFINE || message->action == WATCH_UNDEFINE)
		guest->is_defined = message->action == WATCH_DEFINE;
	/* All are listed, and nothing happened. */
	if (message->action == WATCH_DEFINE && !guest->record.gone_s)
		return;
	log_write(LOG_LEVEL_INFO, "%s: %s", message->name, message->what);
	if (lifecycle_is_running(message->action))
		take_name(guest, message);
	apply(watch, guest, &cause);
	/* libvirt says no more of a domain that it only had while it ran. */
	if (is_end(message) && !message->is_defined)
		apply(watch, guest, &undefined);
}

static void on_ready(struct watch *watch)
{
	const struct watch_cause gone = {WATCH_STOP, EVENT_NONE, "not found running"};
	char status[64];
	size_t running = 0;

	watch->is_ready = true;
	watch->losses = 0;
	watch->loss[0] = 0;
	for (size_t i = 0; i < watch->guests.count; i++) {
		struct watch_guest *guest = watch->guests.items[i];

		if (guest->record.state == WATCH_RUNNING && !guest->is_found)
			apply(watch, guest, &gone);
		if (guest->record.state != WATCH_RUNNING && !guest->is_defined)
			apply(watch, guest, &undefined);
		running += guest->record.state == WATCH_RUNNING;
	}
	snprintf(status, sizeof(status), "watching %zu guests with a vTPM", running);
	log_write(LOG_LEVEL_INFO, "%s", status);
	platform_service_ready(status);
}

static void on_agent(struct watch_guest *guest)
{
	if (guest->record.is_owed)
		guest->due_us = platform_monotonic_us();
}

/* Told once for each outage, whatever is tried meanwhile. */
static void lose(struct watch *watch, const char *why)
{
	listener_stop(&watch->listener);
	if (watch->is_ready)
		platform_service_ready(WAITING);
	watch->is_ready = false;
	watch->measuring.has_news = true;
	/* Nobody is asked until it is known what runs, and no deadline passes. */
	for (size_t i = 0; i < watch->guests.count; i++) {
		watch->guests.items[i]->is_found = false;
		watch->guests.items[i]->is_defined = false;
	}
	watch->restart_us = platform_monotonic_us() + watch_backoff_s(watch->losses++) * SECOND_US;
	if (!*watch->loss)
		log_write(LOG_LEVEL_WARNING, "%s; trying again", why);
	snprintf(watch->loss, sizeof(watch->loss), "%s", why);
}

static bool is_about_one(enum watch_message_kind kind)
{
	return kind == WATCH_FOUND || kind == WATCH_EVENT || kind == WATCH_AGENT;
}

/* Of one that runs. */
static bool is_running(const struct watch_message *message)
{
	return message->kind == WATCH_FOUND ||
	       (message->kind == WATCH_EVENT && lifecycle_is_running(message->action));
}

static void take(struct watch *watch, const struct watch_message *message)
{
	struct watch_guest *guest = guests_find(&watch->guests, message->uuid);

	if (!guest && is_running(message) && message->has_vtpm)
		guest = guests_add(&watch->guests, message->uuid);
	if (!guest && is_about_one(message->kind))
		return;
	if (guest && is_running(message) && !message->has_vtpm) {
		on_bare(watch, guest, message);
		return;
	}
	switch (message->kind) {
	case WATCH_FOUND:
		on_found(watch, guest, message);
		break;
	case WATCH_READY:
		on_ready(watch);
		break;
	case WATCH_EVENT:
		on_event(watch, guest, message);
		break;
	case WATCH_AGENT:
		on_agent(guest);
		break;
	case WATCH_LOST:
		lose(watch, message->error);
		break;
	}
}

static void listen_to(struct watch *watch)
{
	struct watch_message message;
	struct error err;
	uint64_t now = platform_monotonic_us();

	if (!watch->listener.pid && now >= watch->restart_us) {
		watch->ready_us = now + READY_US;
		if (listener_start(watch->how->uri, &watch->listener, &err))
			lose(watch, err.message);
	}
	while (watch->listener.pid && listener_take(&watch->listener, &message))
		take(watch, &message);
	if (watch->listener.pid && !watch->is_ready && now >= watch->ready_us)
		lose(watch, "libvirtd does not answer");
}

/* What came from another host is compared with what runs. */
static void take_notes(struct watch *watch)
{
	const struct watch_cause imported = {WATCH_LOOK, EVENT_NONE, "baseline imported"};
	char uuid[TEXT_UUID_SIZE];

	while (watch->is_ready && own_baseline_take_note(watch->guests.state, uuid)) {
		struct watch_guest *guest = guests_find(&watch->guests, uuid);

		if (guest && guest->record.state == WATCH_RUNNING)
			apply(watch, guest, &imported);
	}
}

/* --- the loop --- */

/* Until libvirt or somebody who asks for metrics has something to say. */
static void wait_for_news(struct watch *watch, int timeout_ms)
{
	struct pollfd wait[] = {
		{.fd = watch->listener.pid ? watch->listener.fd : -1, .events = POLLIN},
		{.fd = metrics_http_fd(watch->measuring.http), .events = POLLIN},
	};

	poll(wait, sizeof(wait) / sizeof(wait[0]), timeout_ms);
}

static bool owes_any(const struct watch_guests *guests)
{
	for (size_t i = 0; i < guests->count; i++) {
		if (guests->items[i]->record.is_owed)
			return true;
	}
	return false;
}

/* Whether all is done that was to be done once. */
static bool is_done(const struct watch *watch, bool has_commands)
{
	return watch->how->watch->is_once && watch->is_ready && !owes_any(&watch->guests) &&
	       !asking_is_busy(&watch->guests) && !has_commands;
}

static int loop(struct watch *watch, struct error *err)
{
	while (!is_stopping) {
		bool has_commands;

		listen_to(watch);
		take_notes(watch);
		if (watch->how->watch->is_once && watch->losses)
			return error_set(err, ERROR_IO, "%s", watch->loss);
		asking_step(watch->how, &watch->guests, tell, watch);
		has_commands = telling_step(watch->how, &watch->guests);
		if (watch->is_ready)
			guests_forget_gone(&watch->guests, platform_wall_clock_ms() / 1000);
		watch->measuring.is_connected = watch->is_ready;
		measuring_step(&watch->measuring);
		if (is_done(watch, has_commands))
			break;
		wait_for_news(watch,
			has_commands || owes_any(&watch->guests) ? BUSY_POLL_MS : IDLE_POLL_MS);
	}
	return 0;
}

/* Only this process writes there. */
static int prepare(const char *state, intptr_t *ret_lock, struct error *err)
{
	char path[1024];
	int rc = platform_directory_make(state, err);

	if (!rc)
		rc = platform_lock_take(state, platform_monotonic_us() + LOCK_US, ret_lock, err);
	if (rc)
		return rc;
	if (snprintf(path, sizeof(path), "%s/" WATCH_RECORDS, state) >= (int)sizeof(path))
		rc = error_set(err, ERROR_TOO_LARGE, "%s: the name is too long", state);
	else
		rc = platform_directory_make(path, err);
	if (rc)
		platform_lock_end(*ret_lock);
	return rc;
}

static void expect_signals(void)
{
	struct sigaction action = {.sa_handler = stop};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

static int run(struct watch *watch, struct error *err)
{
	int rc = measuring_start(&watch->measuring, err);

	if (rc)
		return rc;
	expect_signals();
	/* A boot or an upgrade waits for this one; libvirt may come much later. */
	platform_service_ready(WAITING);
	rc = loop(watch, err);
	platform_service_stopping();
	listener_stop(&watch->listener);
	measuring_end(&watch->measuring);
	/* Nobody can tell, of what was not asked, or not to its end. */
	if (is_stopping || owes_any(&watch->guests) || !watch->told)
		watch->worst = findings_worse(watch->worst, VERDICT_NONE);
	return rc;
}

int watch_run(const struct watch_how *how, enum verdict_status *ret_status, struct error *err)
{
	struct watch watch = {.how = how,
		.measuring = {.how = how, .guests = &watch.guests},
		.worst = VERDICT_AFFIRMING};
	intptr_t lock;
	int rc = prepare(how->watch->state, &lock, err);

	if (rc)
		return rc;
	rc = guests_load(how->watch->state, &watch.guests, err);
	if (!rc) {
		rc = run(&watch, err);
		guests_free(&watch.guests);
	}
	platform_lock_end(lock);
	if (!rc)
		*ret_status = watch.worst;
	return rc;
}

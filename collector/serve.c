/* SPDX-License-Identifier: BSD-2-Clause */
/* The service: puts its parts together, runs until it is told to end, and takes them apart. */
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "collector/commands.h"
#include "collector/config_file.h"
#include "collector/housekeeping.h"
#include "collector/journal.h"
#include "collector/room.h"
#include "collector/service.h"
#include "collector/setup.h"
#include "collector/silence.h"
#include "collector/store_url.h"
#include "collector/webhook/webhook.h"
#include "console/program.h"
#include "core/log.h"
#include "platform/system.h"

/* The parts, each with its table of routes: a new one is added here. They start in this order and
 * stop in the other one. */
static const struct {
	service_start *start;
	service_stop *stop;
} parts[] = {
	{health_start, health_stop},
	{web_start, web_stop},
	{attestation_start, attestation_stop},
	{operators_start, operators_stop},
};

#define PART_COUNT (sizeof(parts) / sizeof(parts[0]))

/* One that is being restarted may still be ending. */
#define PREDECESSOR_US 5000000

struct serving {
	bool has_state; /* `state_lock` is to be ended */
	intptr_t state_lock;
	struct config config;
	struct setup setup;
	struct service service;
	struct room room;
	struct silence *silence;
	struct webhook *webhook;                    /* NULL: none is configured */
	struct http_module modules[PART_COUNT + 1]; /* the last one ends the table */
	size_t started;
	struct http_server *server;
};

static int start_parts(struct serving *serving, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < PART_COUNT; i++) {
		rc = parts[i].start(&serving->service, &serving->modules[i], err);
		serving->started += rc == 0;
	}
	return rc;
}

static int open_trust(struct service *service, struct error *err)
{
	const struct shared_file file = {service->store, service->state, "trust-cas.pem"};

	return trust_open(&file, &service->trust, err);
}

/* On the writer's thread: whatever was committed, there may be something to tell. */
static void wake_webhook(const struct store_item *item, void *context)
{
	(void)item;
	webhook_wake(context);
}

/* Behind an event of the collector's own. */
static void wake_own_webhook(void *context)
{
	const struct serving *serving = context;

	if (serving->webhook)
		webhook_wake(serving->webhook);
}

static int start_webhook(struct serving *serving, struct error *err)
{
	const struct config *config = &serving->config;
	struct webhook_settings settings = {.store = serving->service.store,
		.url = config->webhook_url,
		.secret = config->webhook_secret,
		.ca = config->webhook_ca,
		.cursor = {serving->service.store, config->state, "webhook-cursor"},
		.allows_private = config->webhook_allows_private};
	int rc;

	if (!*config->webhook_url)
		return 0;
	rc = webhook_start(&settings, &serving->webhook, err);
	return rc ? rc
		  : writer_listen(serving->service.writer, wake_webhook, serving->webhook, err);
}

/* Two processes on one directory would each keep tokens, cursors and CAs as if they were alone. */
static int take_state(struct serving *serving, struct error *err)
{
	const char *state = serving->config.state;
	int rc = platform_directory_make(state, err);

	if (!rc)
		rc = platform_lock_take(
			state, platform_monotonic_us() + PREDECESSOR_US, &serving->state_lock, err);
	serving->has_state = rc == 0;
	if (rc == -ERROR_TIMEOUT)
		error_set(err, ERROR_TIMEOUT,
			"%s: another vtpm-collector serves from it; give this one another --state",
			state);
	return rc;
}

static int start(struct serving *serving, const struct options *options, struct error *err)
{
	struct config *config = &serving->config;
	struct service *service = &serving->service;
	int rc = config_read(options, config, err);

	*service = (struct service){.config = config,
		.tokens = &serving->setup.tokens,
		.state = config->state,
		.room = &serving->room};
	if (!rc)
		rc = take_state(serving, err);
	if (!rc)
		rc = setup_read(config, &serving->setup, err);
	serving->setup.http.modules = serving->modules;
	if (!rc)
		rc = store_url_open(config->store, config->max_bytes, &service->store, err);
	if (!rc)
		setup_find_tokens(&serving->setup, service->store);
	if (!rc)
		rc = writer_start(service->store, &service->writer, err);
	if (!rc)
		rc = open_trust(service, err);
	if (!rc)
		rc = start_webhook(serving, err);
	if (!rc)
		rc = room_look(&serving->room, service->store, err);
	if (!rc)
		rc = housekeeping_start(
			config, service->store, &serving->room, &service->housekeeping, err);
	if (!rc)
		rc = silence_start(
			service->store, wake_own_webhook, serving, &serving->silence, err);
	if (!rc)
		rc = start_parts(serving, err);
	return rc ? rc : http_server_start(&serving->setup.http, &serving->server, err);
}

static void stop(struct serving *serving)
{
	http_server_stop(serving->server);
	writer_stop(serving->service.writer);
	while (serving->started) {
		serving->started--;
		parts[serving->started].stop(serving->modules[serving->started].context);
	}
	http_server_free(serving->server);
	silence_stop(serving->silence);
	housekeeping_stop(serving->service.housekeeping);
	webhook_stop(serving->webhook);
	trust_close(serving->service.trust);
	store_close(serving->service.store);
	setup_free(&serving->setup);
	if (serving->has_state)
		platform_lock_end(serving->state_lock);
}

/* Prints for the tests what can be asked for, and who may. */
static int print_routes(struct error *err)
{
	struct serving serving = {0};
	int rc = store_memory_open(&serving.service.store, err);

	serving.service.config = &serving.config;
	serving.service.tokens = &serving.setup.tokens;
	serving.service.state = "";
	if (!rc)
		rc = start_parts(&serving, err);
	if (!rc)
		http_print_routes(serving.modules, stdout);
	stop(&serving);
	return rc;
}

static void wait_for_the_end(void)
{
	sigset_t ends;
	int got;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigwait(&ends, &got);
	log_write(LOG_LEVEL_INFO, "ending: %s", strsignal(got));
}

/* Before the first thread: all inherit it. */
static void block_signals(void)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Each report needs some 300 KiB for a moment. Returned to the kernel each time, and zeroed by it
 * the next, they would cost more than the work that is done in them. */
static void keep_memory(void)
{
#ifdef M_TRIM_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
	mallopt(M_TRIM_THRESHOLD, 32 * 1024 * 1024);
#endif
}

int command_serve(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct serving serving = {0};
	int rc;

	journal_open();
	program_log_first(journal_write);
	program_log(options->line.is_verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	block_signals();
	keep_memory();
	/* Files made from here on are readable by this account alone. */
	umask(077);
	if (options->wants_routes) {
		rc = print_routes(err);
		if (!rc)
			*ret_code = EXIT_CODE_HEALTHY;
		return rc;
	}
	rc = start(&serving, options, err);
	if (!rc) {
		*ret_code = EXIT_CODE_HEALTHY;
		setup_announce(&serving.config, &serving.setup, serving.server);
		platform_service_ready("taking reports");
		wait_for_the_end();
		platform_service_stopping();
	}
	stop(&serving);
	return rc;
}

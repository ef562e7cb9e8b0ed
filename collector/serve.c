/* SPDX-License-Identifier: BSD-2-Clause */
/* The service: puts its parts together, runs until it is told to end, and takes them apart. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/platform.h"
#include "collector/commands.h"
#include "collector/service.h"
#include "core/log.h"

#define DEFAULT_LISTEN "127.0.0.1:8742"

/* The parts, each with its table of routes: a new one is added here. */
static const struct {
	service_start *start;
	service_stop *stop;
} parts[] = {
	{health_start, health_stop},
};

#define PART_COUNT (sizeof(parts) / sizeof(parts[0]))

struct serving {
	struct service service;
	struct credentials credentials;
	struct http_setup setup;
	struct http_module modules[PART_COUNT + 1]; /* the last one ends the table */
	size_t started;
	struct http_server *server;
	char state[1024];
};

static int start_store(struct serving *serving, struct error *err)
{
	char path[1100];
	int rc = platform_directory_make(serving->state, err);

	snprintf(path, sizeof(path), "%s/collector.sqlite", serving->state);
	return rc ? rc : store_sqlite_open(path, 0, &serving->service.store, err);
}

static int read_credentials(struct serving *serving, struct error *err)
{
	char path[1100];

	snprintf(path, sizeof(path), "%s/admin-token", serving->state);
	serving->credentials.lets_agents_in = true;
	serving->credentials.lets_viewers_in = true;
	return credentials_add_token(
		&serving->credentials, HTTP_ROLE_ADMIN, "admin-token", path, true, err);
}

static int start_parts(struct serving *serving, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < PART_COUNT; i++) {
		rc = parts[i].start(&serving->service, &serving->modules[i], err);
		serving->started += rc == 0;
	}
	return rc;
}

static void stop(struct serving *serving)
{
	http_server_stop(serving->server);
	while (serving->started) {
		serving->started--;
		parts[serving->started].stop(serving->modules[serving->started].context);
	}
	http_server_free(serving->server);
	store_close(serving->service.store);
}

static int start(struct serving *serving, const struct options *options, struct error *err)
{
	static const char *const usual[] = {DEFAULT_LISTEN};
	int rc = options_state_path(options, serving->state, sizeof(serving->state), err);

	serving->service.state = serving->state;
	serving->service.credentials = &serving->credentials;
	serving->setup.credentials = &serving->credentials;
	serving->setup.modules = serving->modules;
	serving->setup.listen = options->listen_count ? options->listen : usual;
	serving->setup.listen_count = options->listen_count ? options->listen_count : 1;
	if (!rc)
		rc = start_store(serving, err);
	if (!rc)
		rc = read_credentials(serving, err);
	if (!rc)
		rc = start_parts(serving, err);
	return rc ? rc : http_server_start(&serving->setup, &serving->server, err);
}

static void announce(const struct serving *serving)
{
	const char *url;

	for (size_t i = 0; (url = http_server_url(serving->server, i)); i++)
		fprintf(stderr, "vtpm-collector: listening on %s\n", url);
	fprintf(stderr, "  state               %s\n", serving->state);
	fprintf(stderr, "  administrator token %s/admin-token\n", serving->state);
}

enum exit_code command_serve(const struct options *options, struct error *err)
{
	struct serving serving = {0};
	sigset_t ends;
	int got;

	/* What is made here is nobody else's to read. */
	umask(077);
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (options->wants_routes) {
		start_parts(&serving, err);
		http_print_routes(serving.modules, stdout);
		stop(&serving);
		return EXIT_CODE_HEALTHY;
	}
	if (start(&serving, options, err) == 0) {
		announce(&serving);
		platform_service_ready("serving");
		sigwait(&ends, &got);
		platform_service_stopping();
	}
	stop(&serving);
	return EXIT_CODE_HEALTHY;
}

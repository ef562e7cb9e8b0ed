/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/http/http_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collector/http/http_private.h"
#include "platform/system.h"

#define CONNECTIONS 4096
#define WAITING     8192
#define BODIES      (128UL * 1024 * 1024)
#define WORKERS_MAX 64
#define GRACE_MS    2000

static void fill_defaults(struct http_setup *setup)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (!setup->workers)
		setup->workers = processors > 0 ? (unsigned)processors : 1;
	if (setup->workers > WORKERS_MAX)
		setup->workers = WORKERS_MAX;
	if (!setup->connections)
		setup->connections = CONNECTIONS;
	if (!setup->deadline_s)
		setup->deadline_s = HTTP_DEADLINE_S;
	if (!setup->bodies)
		setup->bodies = BODIES;
	if (!setup->waiting)
		setup->waiting = WAITING;
}

static int start(struct http_server *server, struct error *err)
{
	const struct http_setup *setup = &server->setup;
	int rc = setup->certificate
			 ? http_tls_check(setup->certificate, setup->key, setup->client_ca, err)
			 : 0;

	if (!rc)
		rc = http_listen_open(server, err);
	for (size_t i = 0; i < server->worker_count; i++) {
		server->workers[i].server = server;
		server->workers[i].wake = -1;
	}
	for (size_t i = 0; !rc && i < server->worker_count; i++)
		rc = http_worker_start(&server->workers[i], err);
	return rc;
}

int http_server_start(
	const struct http_setup *setup, struct http_server **ret_server, struct error *err)
{
	struct http_server *server = calloc(1, sizeof(*server));
	int rc;

	if (!server)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the HTTP service");
	server->setup = *setup;
	pthread_mutex_init(&server->addresses.lock, NULL);
	fill_defaults(&server->setup);
	server->worker_count = server->setup.workers;
	server->workers = calloc(server->worker_count, sizeof(*server->workers));
	rc = server->workers ? start(server, err)
			     : error_set(err, ERROR_NO_MEMORY, "no memory for the HTTP service");
	if (rc) {
		http_server_stop(server);
		http_server_free(server);
		return rc;
	}
	*ret_server = server;
	return 0;
}

const char *http_server_url(const struct http_server *server, size_t n)
{
	return n < server->listener_count ? server->listeners[n].url : NULL;
}

void http_server_stop(struct http_server *server)
{
	uint64_t until_ms = platform_monotonic_ms() + GRACE_MS;

	if (!server)
		return;
	atomic_store(&server->is_ending, true);
	while (atomic_load(&server->held) && platform_monotonic_ms() < until_ms)
		platform_sleep_us(5000);
	atomic_store(&server->is_over, true);
	for (size_t i = 0; server->workers && i < server->worker_count; i++) {
		if (server->workers[i].is_started) {
			http_wake(&server->workers[i]);
			pthread_join(server->workers[i].thread, NULL);
			server->workers[i].is_started = false;
		}
	}
	http_listen_close(server);
}

void http_server_free(struct http_server *server)
{
	if (!server)
		return;
	for (size_t i = 0; server->workers && i < server->worker_count; i++)
		http_worker_free(&server->workers[i]);
	pthread_mutex_destroy(&server->addresses.lock);
	free(server->workers);
	free(server);
}

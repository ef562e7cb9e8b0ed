/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker thread: its own poll() over the daemons' epoll descriptors. libmicrohttpd's own threads
 * stall when the number of ready connections is a multiple of 128, and lose wake-ups when another
 * thread resumes a connection; here only this thread ever touches a daemon.
 */
#include "collector/http/http_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "platform/system.h"

/* How often deadlines are looked at. */
#define TICK_MS 250

static void log_daemon(void *context, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));

static void log_daemon(void *context, const char *fmt, va_list args)
{
	char line[256];

	(void)context;
	vsnprintf(line, sizeof(line), fmt, args);
	line[strcspn(line, "\r\n")] = 0;
	log_write(LOG_LEVEL_DEBUG, "http: %s", line);
}

static struct MHD_Daemon *open_daemon(struct http_worker *worker, int fd, bool is_tls)
{
	const struct http_setup *setup = &worker->server->setup;
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, is_tls ? setup->certificate->data : NULL},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, is_tls ? setup->key->data : NULL},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)HTTP_TLS_PRIORITIES},
		{MHD_OPTION_END, 0, NULL},
		{MHD_OPTION_END, 0, NULL},
	};

	if (is_tls && setup->client_ca)
		tls[3] = (struct MHD_OptionItem){
			MHD_OPTION_HTTPS_MEM_TRUST, 0, setup->client_ca->data};
	if (is_tls)
		flags |= MHD_USE_TLS;
	return MHD_start_daemon(flags, 0, NULL, NULL, http_on_request, worker,
		MHD_OPTION_EXTERNAL_LOGGER, log_daemon, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT,
		setup->connections / (unsigned)worker->server->worker_count + 1,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HTTP_IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_MEMORY,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION, http_on_connection,
		worker, MHD_OPTION_URI_LOG_CALLBACK, http_on_target, worker,
		MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, worker, MHD_OPTION_ARRAY,
		is_tls ? tls : &tls[4], MHD_OPTION_END);
}

static int epoll_of(struct MHD_Daemon *daemon)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);

	return info ? info->epoll_fd : -1;
}

static int timeout_ms(struct http_worker *worker)
{
	int timeout = worker->connections || atomic_load(&worker->server->is_ending) ? TICK_MS : -1;

	/* A daemon that was full listens again when it runs, and nothing else wakes it. */
	if (worker->has_closed)
		return 0;

	for (size_t i = 0; i < worker->daemon_count; i++) {
		MHD_UNSIGNED_LONG_LONG wanted;

		if (MHD_get_timeout(worker->daemons[i], &wanted) != MHD_YES)
			continue;
		if (timeout < 0 || wanted < (unsigned)timeout)
			timeout = (int)wanted;
	}
	return timeout;
}

static void take_wake(struct http_worker *worker)
{
	uint64_t count;

	(void)!read(worker->wake, &count, sizeof(count));
}

static void *work(void *context)
{
	struct http_worker *worker = context;
	struct pollfd ready[HTTP_LISTEN_MAX + 1] = {{.fd = worker->wake, .events = POLLIN}};
	uint64_t looked_ms = 0;

	for (size_t i = 0; i < worker->daemon_count; i++)
		ready[i + 1] =
			(struct pollfd){.fd = epoll_of(worker->daemons[i]), .events = POLLIN};
	while (!atomic_load(&worker->server->is_over)) {
		uint64_t now_ms;

		poll(ready, worker->daemon_count + 1, timeout_ms(worker));
		if (ready[0].revents) {
			take_wake(worker);
			http_resume_posted(worker);
		}
		now_ms = platform_monotonic_ms();
		if (now_ms - looked_ms >= TICK_MS) {
			http_enforce_deadlines(worker, now_ms);
			looked_ms = now_ms;
		}
		/* Run all: one without events may have timeouts, or connections to continue. */
		worker->has_closed = false;
		for (size_t i = 0; i < worker->daemon_count; i++)
			MHD_run(worker->daemons[i]);
	}
	http_resume_posted(worker);
	http_enforce_deadlines(worker, platform_monotonic_ms());
	for (size_t i = 0; i < worker->daemon_count; i++) {
		MHD_run(worker->daemons[i]);
		MHD_stop_daemon(worker->daemons[i]);
	}
	worker->daemon_count = 0;
	return NULL;
}

int http_worker_start(struct http_worker *worker, struct error *err)
{
	struct http_server *server = worker->server;

	pthread_mutex_init(&worker->lock, NULL);
	worker->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->wake < 0)
		return error_set(err, ERROR_IO, "eventfd: %s", strerror(errno));
	for (size_t i = 0; i < server->listener_count; i++) {
		struct http_listener *listener = &server->listeners[i];
		/* libmicrohttpd closes it. The first worker has the listener's own socket: there
		 * is none that nobody accepts from. */
		int fd = worker == server->workers ? fcntl(listener->fd, F_DUPFD_CLOEXEC, 3)
						   : http_listen_share(listener);
		bool is_tls = server->setup.certificate && !listener->is_unix;
		struct MHD_Daemon *daemon = fd < 0 ? NULL : open_daemon(worker, fd, is_tls);

		if (!daemon) {
			if (fd >= 0)
				close(fd);
			return error_set(err, ERROR_IO,
				"listen on %s: libmicrohttpd does not start", listener->url);
		}
		worker->daemons[worker->daemon_count++] = daemon;
	}
	if (pthread_create(&worker->thread, NULL, work, worker))
		return error_set(err, ERROR_NO_MEMORY, "no memory for a thread");
	worker->is_started = true;
	return 0;
}

void http_worker_free(struct http_worker *worker)
{
	for (size_t i = 0; i < worker->daemon_count; i++)
		MHD_stop_daemon(worker->daemons[i]);
	if (worker->wake >= 0)
		close(worker->wake);
	pthread_mutex_destroy(&worker->lock);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The HTTP service with handlers as bad as handlers can be. Prints its URL, ends with standard
 * input.
 *
 * usage: http_driver DEADLINE CONNECTIONS WAITING PER-ADDRESS WORKERS [CERTIFICATE KEY CLIENT-CA]
 */
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/http/http_server.h"
#include "collector/metrics.h"
#include "platform/system.h"

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static void answer(struct http_request *request, void *context)
{
	struct http_response response = {.status = 200, .content_type = "application/json"};

	(void)context;
	buf_append(&response.body, http_body(request).bytes, http_body(request).len);
	buf_printf(&response.body, "{\"part\":\"%s\"}", http_path_part(request, 0));
	http_reply(request, &response);
}

static void answer_tagged(struct http_request *request, void *context)
{
	struct http_response response = {
		.status = 200, .content_type = "text/html; charset=utf-8", .etag = "\"one\""};

	(void)context;
	buf_append_text(&response.body, "<p>page</p>");
	http_reply(request, &response);
}

#define LARGE ((size_t)1 << 19)

static void answer_large(struct http_request *request, void *context)
{
	struct http_response response = {.status = 200, .content_type = "text/plain"};
	uint8_t *bytes = buf_reserve(&response.body, LARGE);

	(void)context;
	if (bytes) {
		memset(bytes, '.', LARGE);
		response.body.len = LARGE;
	}
	http_reply(request, &response);
}

static void answer_who(struct http_request *request, void *context)
{
	const struct http_caller *caller = http_caller(request);

	(void)context;
	http_reply_json(request, 200,
		json_pack("{s:s, s:b}", "name", caller->name, "authenticated",
			(int)caller->is_authenticated));
}

/* One thread that answers what comes, as the writer does. */
#define QUEUE 4096
static struct http_request *queue[QUEUE];
static size_t head, tail;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;

static void *answer_later(void *context)
{
	(void)context;
	for (;;) {
		struct http_request *request;

		pthread_mutex_lock(&lock);
		while (head == tail)
			pthread_cond_wait(&filled, &lock);
		request = queue[tail++ % QUEUE];
		pthread_mutex_unlock(&lock);
		if (!request)
			return NULL;
		answer(request, NULL);
	}
}

static void hand_over(struct http_request *request, void *context)
{
	(void)context;
	pthread_mutex_lock(&lock);
	queue[head++ % QUEUE] = request;
	pthread_cond_signal(&filled);
	pthread_mutex_unlock(&lock);
}

static void *answer_too_late(void *request)
{
	sleep_ms(1800);
	answer(request, NULL);
	return NULL;
}

static void keep_long(struct http_request *request, void *context)
{
	pthread_t thread;

	(void)context;
	if (pthread_create(&thread, NULL, answer_too_late, request))
		abort();
	pthread_detach(thread);
}

static void answer_metrics(struct http_request *request, void *context)
{
	static const struct store_counts none;
	struct http_response response = {.status = 200, .content_type = "text/plain"};

	(void)context;
	metrics_print(&response.body, &none);
	http_reply(request, &response);
}

static const struct http_route routes[] = {
	{.method = "GET", .path = "/metrics", .role = HTTP_ROLE_ANYONE, .handle = answer_metrics},
	{.method = "GET",
		.path = "/fast",
		.role = HTTP_ROLE_ANYONE,
		.handle = answer,
		.query = HTTP_ANY_QUERY},
	{.method = "GET", .path = "/page", .role = HTTP_ROLE_ANYONE, .handle = answer_tagged},
	{.method = "GET", .path = "/large", .role = HTTP_ROLE_ANYONE, .handle = answer_large},
	{.method = "GET", .path = "/part/*", .role = HTTP_ROLE_ANYONE, .handle = answer},
	{.method = "GET", .path = "/later", .role = HTTP_ROLE_ANYONE, .handle = hand_over},
	{.method = "GET",
		.path = "/late",
		.role = HTTP_ROLE_ANYONE,
		.deadline_s = 1,
		.handle = keep_long},
	{.method = "POST",
		.path = "/echo",
		.role = HTTP_ROLE_ANYONE,
		.body_max = 65536,
		.content_type = "application/json",
		.handle = hand_over},
	{.method = "GET", .path = "/agent", .role = HTTP_ROLE_AGENT, .handle = answer_who},
	{.method = "GET", .path = "/viewer", .role = HTTP_ROLE_VIEWER, .handle = answer_who},
	{.method = "GET", .path = "/forgotten", .handle = answer},
	{0},
};

static unsigned number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
	static const char *const listen[] = {"127.0.0.1:0"};
	const struct http_module modules[] = {{.routes = routes}, {0}};
	struct tokens tokens = {0};
	BUF_SCOPED certificate = {0}, key = {0}, client_ca = {0};
	struct http_server *server = NULL;
	struct error err = {0};
	pthread_t thread;
	char byte;

	if (argc == 10 && (platform_file_read(argv[7], 65536, &certificate, &err) ||
				  platform_file_read(argv[8], 65536, &key, &err) ||
				  platform_file_read(argv[9], 65536, &client_ca, &err)))
		return 3;
	if ((argc != 7 && argc != 10) || pthread_create(&thread, NULL, answer_later, NULL))
		return 64;
	const struct http_setup setup = {.listen = listen,
		.listen_count = 1,
		.certificate = argc == 10 ? &certificate : NULL,
		.key = argc == 10 ? &key : NULL,
		.client_ca = argc == 10 ? &client_ca : NULL,
		.tokens = &tokens,
		.modules = modules,
		.deadline_s = number(argv[1]),
		.connections = number(argv[2]),
		.waiting = number(argv[3]),
		.connections_per_address = number(argv[4]),
		.workers = number(argv[5]),
		.bodies = number(argv[6])};
	if (http_server_start(&setup, &server, &err)) {
		fprintf(stderr, "%s\n", err.message);
		return 3;
	}
	puts(http_server_url(server, 0));
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	http_server_stop(server);
	hand_over(NULL, NULL);
	pthread_join(thread, NULL);
	sleep_ms(2000);
	http_server_free(server);
	return 0;
}

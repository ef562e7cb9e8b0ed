/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/load_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define LATENCIES_MAX ((size_t)4 * 1000 * 1000)

struct exchange {
	size_t guest;
	bool is_open, has_challenge;
	uint64_t begun_ns;
	struct buf body;
};

struct load_run {
	const struct load_phase *phase;
	struct load_fleet *fleet;
	size_t guests, *next;
	struct load_http *http;
	struct exchange *exchanges;   /* one for each connection */
	size_t *idle, first, waiting; /* a ring of connections that have nothing to do */
	uint64_t started_ns;
	size_t begun, ended;
	struct load_result result;
	uint32_t *latencies; /* microseconds */
	size_t latency_count;
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static double generator_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double process_seconds(pid_t pid)
{
	unsigned long user = 0, kernel = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = pid ? fopen(path, "r") : NULL;
	if (file && fscanf(file, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			    &user, &kernel) != 2)
		user = kernel = 0;
	if (file)
		fclose(file);
	return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

static bool is_reporting(const struct load_run *run, size_t guest)
{
	for (size_t i = 0; i < run->phase->connections; i++) {
		if (run->exchanges[i].is_open && run->exchanges[i].guest == guest)
			return true;
	}
	return false;
}

/* One that has nothing under way, of which there are more than connections: two reports of one
 * guest could overtake each other, which the collector takes for a rollback. */
static size_t next_guest(const struct load_run *run)
{
	size_t guest;

	do {
		guest = *run->next;
		*run->next = (guest + 1) % run->guests;
	} while (is_reporting(run, guest));
	return guest;
}

static void begin(struct load_run *run, size_t connection, uint64_t due_ns)
{
	struct exchange *exchange = &run->exchanges[connection];

	exchange->guest = next_guest(run);
	exchange->is_open = true;
	exchange->has_challenge = false;
	exchange->begun_ns = due_ns;
	run->begun++;
	load_fleet_ask(run->fleet, exchange->guest, &exchange->body);
	load_http_post(run->http, connection, "/v1/challenges", &exchange->body);
}

static void end(struct load_run *run, size_t connection, int status, const char *body)
{
	const struct load_phase *phase = run->phase;

	run->ended++;
	run->exchanges[connection].is_open = false;
	if (status == 200 && strstr(body, phase->want)) {
		run->result.reports++;
		if (run->latency_count < LATENCIES_MAX)
			run->latencies[run->latency_count++] =
				(uint32_t)((now_ns() - run->exchanges[connection].begun_ns) / 1000);
	} else if (!run->result.failures++) {
		snprintf(run->result.failure, sizeof(run->result.failure), "%d %s", status, body);
	}
	if (phase->renews)
		load_http_renew(run->http, connection);
	run->idle[(run->first + run->waiting++) % phase->connections] = connection;
}

static void answered(size_t connection, int status, const char *body, void *context)
{
	struct load_run *run = context;
	struct exchange *exchange = &run->exchanges[connection];
	bool goes_on = !exchange->has_challenge && status == 201;

	if (!goes_on || !load_fleet_report(run->fleet, exchange->guest, body, &exchange->body)) {
		end(run, connection, status, body);
		return;
	}
	exchange->has_challenge = true;
	load_http_post(run->http, connection, "/v1/reports", &exchange->body);
}

/* How many reports should have been begun by now. */
static size_t count_due(const struct load_run *run, uint64_t now)
{
	const struct load_phase *phase = run->phase;
	double elapsed = (double)(now - run->started_ns) / 1e9;
	size_t most = phase->reports ? phase->reports : SIZE_MAX, due = most;

	if (phase->rate > 0)
		due = (size_t)((elapsed < phase->seconds ? elapsed : phase->seconds) * phase->rate);
	else if (phase->seconds > 0 && elapsed >= phase->seconds)
		due = run->begun;
	return due < most ? due : most;
}

static bool is_over(const struct load_run *run, uint64_t now)
{
	const struct load_phase *phase = run->phase;
	double elapsed = (double)(now - run->started_ns) / 1e9;
	bool is_due = (phase->seconds > 0 && elapsed >= phase->seconds) ||
		      (phase->reports && run->begun >= phase->reports);

	return is_due && run->ended == run->begun && count_due(run, now) <= run->begun;
}

static void go_on(struct load_run *run)
{
	const struct load_phase *phase = run->phase;
	uint64_t now = now_ns(), wait_ns = 100000000;
	size_t due = count_due(run, now);

	while (run->waiting && run->begun < due) {
		size_t connection = run->idle[run->first];
		uint64_t at = phase->rate > 0 ? run->started_ns + (uint64_t)((double)run->begun /
									     phase->rate * 1e9)
					      : now_ns();

		run->first = (run->first + 1) % phase->connections;
		run->waiting--;
		begin(run, connection, at);
	}
	if (phase->rate > 0 && run->waiting)
		wait_ns = (uint64_t)(1e9 / phase->rate);
	load_http_poll(run->http, wait_ns);
}

static int compare(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

static double percentile(const struct load_run *run, double part)
{
	size_t at = (size_t)((double)run->latency_count * part);

	if (!run->latency_count)
		return 0;
	return run->latencies[at < run->latency_count ? at : run->latency_count - 1] / 1e3;
}

static void tell(struct load_run *run, double collector, double generator)
{
	struct load_result *result = &run->result;
	double each = result->reports ? 1e6 / (double)result->reports : 0;

	result->seconds = (double)(now_ns() - run->started_ns) / 1e9;
	result->collector_us = (process_seconds(run->phase->collector) - collector) * each;
	result->generator_us = (generator_seconds() - generator) * each;
	qsort(run->latencies, run->latency_count, sizeof(*run->latencies), compare);
	result->p50_ms = percentile(run, 0.50);
	result->p99_ms = percentile(run, 0.99);
	result->max_ms = percentile(run, 1.0);
}

void load_run(const struct load_phase *phase, struct load_fleet *fleet, size_t guests, size_t *next,
	struct load_result *ret_result)
{
	struct load_run run = {.phase = phase,
		.fleet = fleet,
		.guests = guests,
		.next = next,
		.waiting = phase->connections,
		.exchanges = calloc(phase->connections, sizeof(*run.exchanges)),
		.idle = calloc(phase->connections, sizeof(*run.idle)),
		.latencies = calloc(LATENCIES_MAX, sizeof(*run.latencies))};
	double collector, generator;

	if (!run.exchanges || !run.idle || !run.latencies) {
		fputs("bench_collector: no memory\n", stderr);
		exit(1);
	}
	for (size_t i = 0; i < phase->connections; i++)
		run.idle[i] = i;
	run.http = load_http_open(&phase->way, phase->connections, answered, &run);
	collector = process_seconds(phase->collector);
	generator = generator_seconds();
	run.started_ns = now_ns();
	while (!is_over(&run, now_ns()))
		go_on(&run);
	tell(&run, collector, generator);
	load_http_close(run.http);
	for (size_t i = 0; i < phase->connections; i++)
		buf_free(&run.exchanges[i].body);
	free(run.exchanges);
	free(run.idle);
	free(run.latencies);
	*ret_result = run.result;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_collector OPTION=VALUE...: a load for a running collector, and what this machine's
 * libcrypto does in the same run. Prints one line of JSON for each phase; bench_collector.py starts
 * collectors for it and makes a table of it.
 *
 *   address=127.0.0.1:PORT  ca=FILE (TLS)  pid=N (the collector's, for its processor time and
 * memory) guests=N  connections=N  seconds=S (of each phase)  pace=N  certificate=FILE key=FILE
 * (for the rates)
 *
 * A report is what a guest does: ask for a challenge, sign, report; two HTTP requests. Phases:
 * every guest enrols (with a credential to activate); then all connections report without a pause:
 * the peak; then a pace of N reports a second, or half the peak where that is less than N; with TLS
 * then each report on a new connection.
 *
 * With steps=N after the enrolment N phases at that pace instead, each begun by a line on standard
 * input; what is refused then is counted. With attack=1 nothing but guests who want to enrol, all
 * the time, whatever they are answered. source=ADDRESS is what connections come from.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/load_rates.h"
#include "tests/bench/load_run.h"

#define RATE_SECONDS 1.0
#define ENROLLED     "\"continuity\":\"first-seen\""
#define CONTINUOUS   "\"continuity\":\"continuous\""

struct setup {
	struct load_way way;
	const char *certificate, *key;
	pid_t pid;
	size_t guests, connections;
	double seconds;
	double pace; /* reports/s of the paced phase; 0, or more than the peak: half the peak */
	bool is_small, is_attack;
	size_t steps;
};

static double memory_mib(pid_t pid)
{
	char path[64], line[256];
	unsigned long kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "VmRSS:", 6) == 0)
			kib = strtoul(line + 6, NULL, 10);
	}
	if (file)
		fclose(file);
	return (double)kib / 1024;
}

static void print(json_t *json)
{
	json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
	putchar('\n');
	fflush(stdout);
	json_decref(json);
}

static double run(const struct setup *setup, const struct load_phase *phase,
	struct load_fleet *fleet, size_t *next)
{
	struct load_result result;
	double rate;

	load_run(phase, fleet, setup->guests, next, &result);
	rate = (double)result.reports / result.seconds;
	print(json_pack("{s:s, s:i, s:i, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "phase",
		phase->name, "reports", (int)result.reports, "failures", (int)result.failures,
		"seconds", result.seconds, "rate", rate, "paced", phase->rate, "collector_us",
		result.collector_us, "generator_us", result.generator_us, "p50_ms", result.p50_ms,
		"p99_ms", result.p99_ms, "max_ms", result.max_ms, "rss_mib",
		memory_mib(setup->pid)));
	if (result.failures && !setup->steps && !setup->is_attack) {
		fprintf(stderr, "bench_collector: %s: %zu reports failed, the first with: %.500s\n",
			phase->name, result.failures, result.failure);
		exit(1);
	}
	return rate;
}

/* False: nobody wants another one. */
static bool wait_for_line(void)
{
	int c;

	do
		c = getchar();
	while (c != EOF && c != '\n');
	return c == '\n';
}

static void run_steps(
	const struct setup *setup, struct load_phase *phase, struct load_fleet *fleet, size_t *next)
{
	phase->name = "step";
	phase->want = CONTINUOUS;
	phase->reports = 0;
	phase->seconds = setup->seconds;
	phase->rate = setup->pace;
	for (size_t i = 0; i < setup->steps && wait_for_line(); i++)
		run(setup, phase, fleet, next);
}

static void run_attack(const struct setup *setup)
{
	struct load_fleet *fleet = load_fleet_new(setup->guests, setup->is_small);
	const struct load_phase phase = {.name = "attack",
		.way = setup->way,
		.connections = setup->connections,
		.seconds = setup->seconds,
		.want = ENROLLED};
	size_t next = 0;

	run(setup, &phase, fleet, &next);
	load_fleet_free(fleet);
}

static void run_phases(const struct setup *setup)
{
	struct load_fleet *fleet = load_fleet_new(setup->guests, setup->is_small);
	struct load_phase phase = {.name = "enrol",
		.way = setup->way,
		.connections = setup->connections,
		.reports = setup->guests,
		.want = ENROLLED,
		.collector = setup->pid};
	size_t next = 0;
	double peak;

	print(json_pack(
		"{s:s, s:i}", "phase", "document", "bytes", (int)load_fleet_document_size(fleet)));
	run(setup, &phase, fleet, &next);
	if (setup->steps) {
		run_steps(setup, &phase, fleet, &next);
		load_fleet_free(fleet);
		return;
	}
	phase.name = "peak";
	phase.want = CONTINUOUS;
	phase.reports = 0;
	phase.seconds = setup->seconds;
	peak = run(setup, &phase, fleet, &next);
	phase.rate = setup->pace > 0 && setup->pace < peak ? setup->pace : peak / 2;
	phase.name = "paced";
	run(setup, &phase, fleet, &next);
	if (setup->way.ca) {
		phase.name = "new connections";
		phase.rate = 0;
		phase.renews = true;
		run(setup, &phase, fleet, &next);
	}
	load_fleet_free(fleet);
}

/* Returns the value when `argument` is "name=value". */
static const char *value_of(const char *argument, const char *name)
{
	size_t len = strlen(name);

	return strncmp(argument, name, len) == 0 && argument[len] == '=' ? argument + len + 1
									 : NULL;
}

static bool set(struct setup *setup, const char *argument)
{
	const char *value;

	if ((value = value_of(argument, "address")))
		setup->way.address = value;
	else if ((value = value_of(argument, "source")))
		setup->way.source = value;
	else if ((value = value_of(argument, "ca")))
		setup->way.ca = value;
	else if ((value = value_of(argument, "certificate")))
		setup->certificate = value;
	else if ((value = value_of(argument, "key")))
		setup->key = value;
	else if ((value = value_of(argument, "pid")))
		setup->pid = (pid_t)strtol(value, NULL, 10);
	else if ((value = value_of(argument, "guests")))
		setup->guests = strtoul(value, NULL, 10);
	else if ((value = value_of(argument, "connections")))
		setup->connections = strtoul(value, NULL, 10);
	else if ((value = value_of(argument, "evidence")))
		setup->is_small = strcmp(value, "small") == 0;
	else if ((value = value_of(argument, "seconds")))
		setup->seconds = strtod(value, NULL);
	else if ((value = value_of(argument, "pace")))
		setup->pace = strtod(value, NULL);
	else if ((value = value_of(argument, "steps")))
		setup->steps = strtoul(value, NULL, 10);
	else if ((value = value_of(argument, "attack")))
		setup->is_attack = strcmp(value, "1") == 0;
	return value != NULL;
}

int main(int argc, char **argv)
{
	struct setup setup = {.guests = 1000, .connections = 128, .seconds = 5};
	bool is_good = true;

	for (int i = 1; i < argc; i++)
		is_good = set(&setup, argv[i]) && is_good;
	is_good =
		is_good && setup.way.address && setup.certificate && setup.key && setup.seconds > 0;
	/* No guest may have two reports under way: its clock would be seen going back. */
	if (!is_good || !setup.connections || setup.guests < 2 * setup.connections) {
		fputs("usage: bench_collector address=127.0.0.1:PORT certificate=FILE key=FILE "
		      "[ca=FILE] "
		      "[pid=N]\n       [guests=N] [evidence=full|small] [connections=N] "
		      "[seconds=S] [pace=N]\n       [source=ADDRESS] [steps=N] [attack=1]\n",
			stderr);
		return 64;
	}
	if (setup.is_attack) {
		run_attack(&setup);
		return 0;
	}
	print(json_pack("{s:s, s:f, s:f}", "phase", "machine", "verify_rate",
		load_rate_verify(RATE_SECONDS), "handshake_rate",
		load_rate_handshake(RATE_SECONDS, setup.certificate, setup.key)));
	run_phases(&setup);
	return 0;
}

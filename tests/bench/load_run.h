/* SPDX-License-Identifier: BSD-2-Clause */
/* One phase of a load: guests report over connections, one after the other or at a pace. */
#ifndef TESTS_BENCH_LOAD_RUN_H
#define TESTS_BENCH_LOAD_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "tests/bench/load_fleet.h"
#include "tests/bench/load_http.h"

struct load_phase {
	const char *name;
	struct load_way way;
	size_t connections;
	bool renews;      /* a new connection for each report */
	double rate;      /* reports a second, paced, however long answers take; 0: as fast as they
			     come, each connection busy all the time */
	double seconds;   /* ends then, */
	size_t reports;   /* or after so many */
	const char *want; /* what stands in the answer to a good report */
	pid_t collector;  /* whose processor time is told; 0: nobody's */
};

struct load_result {
	size_t reports;    /* answered with what was wanted */
	size_t failures;   /* answered otherwise */
	char failure[512]; /* the first of them */
	double seconds;
	double collector_us, generator_us; /* processor time for each report, user and system */
	/* From when a report was due (at a pace) or begun to the answer to its second request. */
	double p50_ms, p99_ms, max_ms;
};

/* Guests take turns, beginning with *next, which moves on. */
void load_run(const struct load_phase *phase, struct load_fleet *fleet, size_t guests, size_t *next,
	struct load_result *ret_result);

#endif

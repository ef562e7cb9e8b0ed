/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guests for a load: each with a UUID, an attestation key and an EK of its own in software. What
 * they send is what the agent sends for a guest on swtpm (tests/data/evidence/swtpm.json), with the
 * guest's own keys, clock and random bytes in it: made from one template, so that a report costs
 * little more than its signature. Whatever goes wrong here ends the program.
 */
#ifndef TESTS_BENCH_LOAD_FLEET_H
#define TESTS_BENCH_LOAD_FLEET_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

struct load_fleet;

/* `is_small`: the evidence has nothing but what a report must have (identity, guest, clock, PCRs,
 * attestation key), as tests/collector/client.py sends it. */
struct load_fleet *load_fleet_new(size_t guests, bool is_small);
size_t load_fleet_document_size(const struct load_fleet *fleet);
void load_fleet_free(struct load_fleet *fleet);

/* Empties `to` and fills it with the body of the guest's POST /v1/challenges. */
void load_fleet_ask(const struct load_fleet *fleet, size_t guest, struct buf *to);

/* Likewise of its POST /v1/reports, for the collector's answer to that. False for an answer that is
 * no challenge. */
bool load_fleet_report(struct load_fleet *fleet, size_t guest, const char *answer, struct buf *to);

#endif

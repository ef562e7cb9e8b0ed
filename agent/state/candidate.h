/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What would become the baseline, were it accepted: kept while the baseline stays where it is, with
 * the numbers by which a collector's operator may name it.
 */
#ifndef AGENT_STATE_CANDIDATE_H
#define AGENT_STATE_CANDIDATE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/evidence/evidence.h"

/* Numbers that the collector gave since the candidate is what it is; 0: none. */
struct state_candidate {
	uint64_t report;     /* the first report's */
	uint64_t claim;      /* the first claim's */
	uint64_t past_claim; /* the last claim's of before: it may come again */
	uint64_t last_claim;
	bool has_old; /* an adoption that was cut off kept the old baseline for people */
};

/* `directory` as in agent/state/state.h. Errors of reading: NOT_FOUND where there is none; those of
 * evidence_parse(), MALFORMED, IO, PERMISSION. */
int state_read_candidate(const char *directory, struct evidence **ret_evidence,
	struct state_candidate *ret_numbers, struct error *err);
int state_write_candidate(
	const char *directory, const struct evidence *evidence, struct error *err);
int state_write_candidate_numbers(
	const char *directory, const struct state_candidate *numbers, struct error *err);

/* What is not there is no error. */
int state_drop_candidate(const char *directory, struct error *err);

#endif

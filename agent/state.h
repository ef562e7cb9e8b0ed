/* SPDX-License-Identifier: BSD-2-Clause */
/* What the service keeps between its runs, in one directory: the baseline and the last verdict.
 * Each file is replaced in one step, so that a power loss leaves the old one or the new one. */
#ifndef AGENT_STATE_H
#define AGENT_STATE_H

#include <jansson.h>

#include "agent/options.h"
#include "core/error.h"
#include "core/evidence/evidence.h"

/* The directory: --state, [run] state, or the operating system's. */
const char *state_directory(const struct options *options);

/* Errors: NOT_FOUND where nothing was kept yet; those of evidence_parse(). */
int state_read_baseline(
	const struct options *options, struct evidence **ret_evidence, struct error *err);

int state_write_baseline(
	const struct options *options, const struct evidence *evidence, struct error *err);

/* The last verdict: verdict_to_json()'s object with "iat", when it was given. */
int state_read_verdict(const struct options *options, json_t **ret_verdict, struct error *err);
int state_write_verdict(const struct options *options, json_t *verdict, struct error *err);

/* Forgets both, as if the service had never run; what is not there is no error. ret_count: the
 * files that were removed. Errors: PERMISSION, IO. */
int state_reset(const struct options *options, unsigned *ret_count, struct error *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What makes evidence a baseline, and which one is the service's. */
#ifndef AGENT_BASELINE_H
#define AGENT_BASELINE_H

#include "agent/state/file.h"
#include "core/checks/checks.h"
#include "core/error.h"
#include "core/evidence/evidence.h"

/* A baseline that proves nothing, or shows a broken TPM, would only mislead later. Errors:
 * UNSUPPORTED, with what is wrong; those of quote_verify(). */
int baseline_check_worth(
	const struct evidence *evidence, const struct checks *checks, struct error *err);

/* The file: `given` or, where that is NULL, the service's in the directory `state`, as
 * state_directory() takes it. Errors: TOO_LARGE. */
int baseline_path(
	const char *given, const char *state, char ret_path[STATE_PATH_MAX], struct error *err);

#endif

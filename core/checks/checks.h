/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks: what one piece of evidence alone says about a TPM's health, without any baseline. Pure,
 * so that guest, collector and host see the same in the same document. docs/checks.md lists them.
 */
#ifndef CORE_CHECKS_CHECKS_H
#define CORE_CHECKS_CHECKS_H

#include <stddef.h>

#include "core/checks/check.h"
#include "core/evidence/evidence.h"
#include "core/json/value.h"
#include "core/status.h"

#define CHECKS_MAX 24

struct checks {
	size_t count;
	struct check items[CHECKS_MAX];
};

/* Runs every check that applies, in a fixed order. A check that cannot be decided says why. */
void checks_run(const struct evidence *evidence, const struct checks_options *options,
	struct checks *ret_checks);

/* Keeps those that look at the boot. */
void checks_keep_boot(struct checks *checks);

/* One word for all: CONTRAINDICATED when one failed; NONE when the TPM could not be asked at all
 * (no permission, busy); WARNING when one warns; else AFFIRMING. Other checks that could not be
 * decided do not change it. */
enum verdict_status checks_status(const struct checks *checks);

/* The number of checks with this result. */
size_t checks_count(const struct checks *checks, enum check_result result);

/* The check that decides the status: the first of the worst; NULL when all passed. */
const struct check *checks_decisive(const struct checks *checks);

/* A new array of {"id", "result", "sentence", "remedy"}, or NULL when memory is short. */
json_t *checks_to_json(const struct checks *checks);

#endif

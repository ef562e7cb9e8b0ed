/* SPDX-License-Identifier: BSD-2-Clause */
/* A comparison under way: what every rule reads, and how it decides. */
#ifndef CORE_VERDICT_JUDGING_H
#define CORE_VERDICT_JUDGING_H

#include <stdbool.h>

#include "core/checks/checks.h"
#include "core/evidence/evidence.h"
#include "core/signed/attest.h"
#include "core/verdict/measured.h"
#include "core/verdict/verdict.h"

struct judging {
	const struct evidence *baseline; /* NULL: none */
	const struct evidence *evidence;
	struct attest_quote then, now; /* the signed facts of both; counters in the clear */
	bool was_asked_before;         /* before the baseline was kept */
	bool is_order_known;           /* else, it may have been */
	struct checks checks;          /* of the evidence alone */
	struct measured_change change; /* of the boot PCRs; nothing without a baseline */
	struct verdict *verdict;
};

/* Decides: continuity, its status by the announced event, and the first reason. Returns true. */
bool judging_decide(struct judging *judging, enum continuity continuity, enum reason_code code,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Adds one more reason; `lowers` turns affirming into warning. */
void judging_add(struct judging *judging, bool lowers, enum reason_code code, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

/* This reason was given already. */
bool judging_has(const struct judging *judging, enum reason_code code);

/* The evidence's check of this id, or NULL. */
const struct check *judging_check(const struct judging *judging, const char *id);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The evidence that confirm compares with: one file, or one for each VM in a directory. */
#ifndef HOST_CONFIRM_BASELINES_H
#define HOST_CONFIRM_BASELINES_H

#include "host/confirm/confirm.h"

struct baselines {
	const char *compared; /* a file, or a directory that holds UUID.json; NULL: none */
	const char *kept;     /* the directory where UUID.json is kept; NULL: nowhere */
};

/* Judges `result` against its baseline, where it has one, and then keeps it where that is wanted
 * and continuity_moves_baseline() allows it; where there was nothing to compare with, its status is
 * then the vTPM's health. A contraindicated verdict is kept beside a directory's baseline as
 * UUID.verdict.json until it ends (core/verdict/carry.h); to keep without comparing ends it.
 * Errors: UNSUPPORTED (no verified quote: nothing worth keeping); those of verdict_file_read() and
 * platform_file_replace(). */
int baselines_compare(const struct baselines *places, enum event event,
	struct confirm_result *result, struct error *err);

#endif

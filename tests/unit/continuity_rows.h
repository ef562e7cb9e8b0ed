/* SPDX-License-Identifier: BSD-2-Clause */
/* One row for every rule of the verdict: what is changed in baseline and evidence, and all that the
 * verdict says of it. */
#ifndef TESTS_UNIT_CONTINUITY_ROWS_H
#define TESTS_UNIT_CONTINUITY_ROWS_H

#include "core/verdict/judge.h"

#define CONTINUITY_ROW_REASONS 5

struct continuity_row {
	const char *name;
	enum event event;
	bool has_no_baseline;
	unsigned seed; /* of the evidence's TPM: 0 stands for the baseline's, 1 */
	void (*then)(struct evidence *baseline), (*now)(struct evidence *evidence);
	/* Likewise, but behind the back of the signature. */
	void (*alter_then)(struct evidence *baseline), (*alter_now)(struct evidence *evidence);
	enum continuity continuity;
	enum verdict_status status;
	enum reason_code reasons[CONTINUITY_ROW_REASONS + 1]; /* all of them, in their order */
};

/* The rows of all tables from 0 on, in the order of the rules; NULL behind the last. */
const struct continuity_row *continuity_row_at(size_t i);

#endif

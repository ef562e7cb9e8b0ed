/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of PCR 0 to 7 since the baseline. */
#ifndef CORE_VERDICT_MEASURED_H
#define CORE_VERDICT_MEASURED_H

#include <stdbool.h>
#include <stdint.h>

#include "core/evidence/evidence.h"

/* What a TPM shows that was not reset since: the same values, or others that were extended from
 * them. One that was reset holds zeros, and whatever was extended later. */
enum measured {
	MEASURED_NOTHING = 0, /* zeros in both documents: says nothing */
	MEASURED_SAME,        /* the same, or led on by what is known (core/measured/unlogged.h) */
	MEASURED_PARTLY,      /* some the same, some others */
	MEASURED_OTHERWISE,   /* none of those that held something is the same, in no bank */
};

struct measured_change {
	enum measured measured;
	unsigned unlogged; /* enum unlogged: what led them on */
	uint32_t known;    /* the PCRs that it led on */
	uint32_t other;    /* those that are otherwise */
	uint32_t zero;     /* those of them that are zero and held something */
	bool is_gone;      /* all are zero that held something */
};

void measured_compare(const struct evidence *baseline, const struct evidence *evidence,
	struct measured_change *ret_change);

#endif

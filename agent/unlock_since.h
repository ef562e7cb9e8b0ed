/* SPDX-License-Identifier: BSD-2-Clause */
/* What the baseline adds to what is known of the disks. */
#ifndef AGENT_UNLOCK_SINCE_H
#define AGENT_UNLOCK_SINCE_H

#include <stdbool.h>

#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/measured/boot_difference.h"

struct unlock_since {
	struct unlock_facts facts;      /* the evidence's, as far as the baseline settles more */
	bool has_changes;               /* there is a boot to compare with */
	struct boot_difference changes; /* what this one measured otherwise */
};

/* Reads the file `baseline`, which must be there, or, where that is empty, the service's baseline
 * in `state` (as of the options), which need not. Errors: evidence_file_read()'s. */
int unlock_since_baseline(const char *baseline, const char *state, const struct evidence *evidence,
	struct unlock_since *ret_since, struct error *err);

/* What the service's baseline in `state`, if there is one, knows of disks that do not open: a
 * report by hand must not take it back at the collector. */
void unlock_mark(const char *state, struct evidence *evidence);

#endif

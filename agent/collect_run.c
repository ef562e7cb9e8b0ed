/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/collect_run.h"

#include <inttypes.h>

#include "core/log.h"

void collect_settle(struct record_part *part, int rc, const struct error *err)
{
	part->state = rc ? PART_FAILED : PART_READ;
	if (rc)
		part->error = *err;
}

static void log_command(const char *name, uint32_t count, uint64_t us, void *context)
{
	(void)context;
	log_write(LOG_LEVEL_DEBUG, "%4" PRIu32 " x %-20s %8.3f ms", count, name, (double)us / 1000);
}

void collect_log_commands(const struct tpm *tpm)
{
	tpm_visit_commands(tpm, log_command, NULL);
}

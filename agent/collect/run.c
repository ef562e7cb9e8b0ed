/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/collect/run.h"

#include <inttypes.h>
#include <string.h>

#include "core/log.h"
#include "platform/guest.h"
#include "platform/system.h"

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

#define RAW_TIMEOUT_US 2000000

static void flush_lost(const struct collect_run *run)
{
	struct evidence_device raw = run->evidence->device;
	uint64_t deadline_us = platform_monotonic_us() + RAW_TIMEOUT_US;
	struct transport *transport = NULL;
	struct tpm *tpm = NULL;
	struct error err;
	int rc;

	memcpy(raw.path, raw.raw.path, sizeof(raw.raw.path));
	rc = platform_transport_start(NULL, &raw, deadline_us, &transport, &err);
	if (!rc)
		rc = tpm_open(transport, &tpm, &err);
	if (rc) {
		log_write(LOG_LEVEL_WARNING,
			"a key whose answer was lost stays in the TPM until it restarts: %s",
			err.message);
		return;
	}
	tpm_flush_lost(run->tpm, tpm);
	tpm_close(tpm);
}

void collect_close(struct collect_run *run)
{
	if (run->tpm && tpm_has_lost(run->tpm))
		flush_lost(run);
	tpm_close(run->tpm);
	run->tpm = NULL;
}

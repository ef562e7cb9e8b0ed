/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the operating system measured itself, replayed after the firmware's log: systemd's
 * /run/log/systemd/tpm2-measure.log, a JSON text sequence (RFC 7464) whose records are those of the
 * TCG's Canonical Event Log Format, section 5.3 (CEL-JSON), without a number.
 */
#ifndef CORE_MEASURED_SYSTEM_LOG_H
#define CORE_MEASURED_SYSTEM_LOG_H

#include <stddef.h>

#include "core/error.h"
#include "core/measured/eventlog.h"

#define SYSTEM_LOG_MAX_BYTES        (1U << 20)
#define SYSTEM_LOG_MAX_RECORDS      4096
#define SYSTEM_LOG_MAX_RECORD_BYTES (1U << 16)

#define SYSTEM_LOG_TEXT_MAX 128

/* What one record says. */
struct system_log_record {
	int32_t pcr;                    /* negative: it extends an NV index, no PCR */
	char text[SYSTEM_LOG_TEXT_MAX]; /* what was measured: "os-separator"; empty: untold */
};

typedef void system_log_visit(const struct system_log_record *record, void *context);

/* Extends the banks of a replayed log by the log's records and counts these as its events. Records
 * of NV indices (NvPCRs) extend no PCR, and digests of banks that the firmware's log does not have
 * are left out. An empty log is valid. On an error the log is as before; `visit`, which
 * may be NULL, has been shown the records before the one that is refused.
 *
 * Errors: TOO_LARGE, MALFORMED (the message counts records from 1), CRYPTO, NO_MEMORY. */
int system_log_replay(const void *bytes, size_t len, system_log_visit *visit, void *context,
	struct eventlog *log, struct error *err);

/* The same, up to the first record of what systemd measures after it has opened the disks of the
 * initrd: a volume's key, the machine's identity, a file system, the end of the initrd (UAPI.7;
 * systemd's src/pcrextend). The separator comes before: systemd-pcrosseparator.service. */
int system_log_replay_initrd(
	const void *bytes, size_t len, struct eventlog *log, struct error *err);

#endif

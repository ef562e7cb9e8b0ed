/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The facts of a boot, read from the logs of the firmware and of the system. A log is the guest's
 * word, as long as it does not lead to the PCRs that a quote has: core/measured/boot_pcrs.h.
 */
#ifndef CORE_MEASURED_BOOT_READ_H
#define CORE_MEASURED_BOOT_READ_H

#include <stddef.h>

#include "core/error.h"
#include "core/measured/eventlog.h"
#include "core/measured/system_log.h"
#include "core/tcg/boot_facts.h"

/* eventlog_replay() of the firmware's log, and what it tells. Of an event whose data is not what
 * was measured, only the digest is believed. */
int boot_read(const void *bytes, size_t len, struct eventlog *ret_log, struct boot_facts *ret_facts,
	struct error *err);

/* A system_log_visit: adds what the system measured to the facts that `context` points at. */
void boot_read_system(const struct system_log_record *record, void *context);

#endif

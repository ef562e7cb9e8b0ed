/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one event of the firmware's log is, in words, and whether its data is what was measured.
 *
 * Sources: TCG PC Client Platform Firmware Profile (PFP) 1.05, sections 10.2 and 10.4.1; UAPI.7
 * "Linux TPM PCR Registry"; for GRUB, shim, Linux and systemd-stub what they measure. Data is the
 * guest's word: texts are printable ASCII here, and cut; a command line may hold secrets, so it
 * stays out unless it is asked for.
 */
#ifndef CORE_MEASURED_EVENT_H
#define CORE_MEASURED_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/measured/event_data.h"
#include "core/measured/eventlog.h"

/* Reads an event; with `is_verbose`, command lines in full. Errors: those of crypto_digest(). */
int event_read(const struct eventlog_event *event, bool is_verbose, struct event *ret_event,
	struct error *err);

/* "EV_SEPARATOR"; NULL for a type that has no name. */
const char *event_type_name(uint32_t type);

/* "pass", "fail" or "none" would say too much: "matches", "differs", "other". */
const char *event_check_name(enum event_check check);

#endif

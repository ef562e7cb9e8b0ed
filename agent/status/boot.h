/* SPDX-License-Identifier: BSD-2-Clause */
/* What was booted: the page for a person, one document for scripts, and the list of all events. */
#ifndef AGENT_STATUS_BOOT_H
#define AGENT_STATUS_BOOT_H

#include "console/page.h"
#include "core/buf.h"
#include "core/checks/checks.h"
#include "core/evidence/evidence.h"
#include "core/json/value.h"
#include "core/measured/eventlog.h"
#include "core/measured/system_log.h"
#include "platform/system.h"

/* What the exit status says: what `checks` came to, and VERDICT_NONE where all is well but nothing
 * tells whether Secure Boot is on. */
enum verdict_status status_boot_status(
	const struct evidence *evidence, const struct checks *checks);

/* What was started, and Secure Boot, as sections of a page; nothing where the log was not read. */
void status_boot_sections(const struct evidence *evidence, struct page *page);

/* The page of part `boot`, which must have been read. `checks` has what else is known of the boot;
 * it may be empty. `log` is the file that was read; empty: this machine's log. */
void status_boot_page(const struct evidence *evidence, const struct checks *checks, const char *log,
	struct page *ret_page);

/* The same as a new JSON object, with `events`, whose reference is taken over; NULL: without them.
 * NULL when memory is short. */
json_t *status_boot_json(
	const struct evidence *evidence, const struct checks *checks, json_t *events);

/* Where events go as they are shown: to a text, or to an array. */
struct status_events {
	const struct platform_terminal *terminal;
	bool is_verbose; /* command lines in full */
	struct buf *text;
	json_t *json; /* NULL: they go to the text */
	bool has_failed;
};

/* What stands above the list as a text, and what its marks mean, below it. */
void status_events_head(const struct status_events *to);
void status_events_foot(const struct status_events *to);

/* Adds an event of the firmware's log: an eventlog_visit of a struct status_events. */
int status_events_add(const struct eventlog_event *event, void *status_events, struct error *err);

/* Adds a record of the system's log: a system_log_visit of the same. */
void status_events_add_system(const struct system_log_record *record, void *status_events);

#endif

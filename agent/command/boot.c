/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <stdlib.h>

#include "agent/command/commands.h"
#include "agent/options_look.h"
#include "agent/output.h"
#include "agent/status/boot.h"
#include "core/log.h"
#include "core/measured/boot_read.h"
#include "core/reader.h"
#include "platform/guest.h"
#include "platform/system.h"

/* Whether this is a log at all: the first event of every one is in the old form, TCG PC Client
 * Platform Firmware Profile 1.05, section 10.2.1. */
static bool begins_with_event(const struct buf *log)
{
	struct reader reader = reader_of(log->data, log->len);
	const uint32_t pcr = reader_u32le(&reader), type = reader_u32le(&reader);
	const bool is_type = type < 0x20 || type >> 8 == 0x800000; /* of the old ones, of UEFI's */
	uint32_t size;

	reader_bytes(&reader, tcg_digest_size(TCG_ALG_SHA1));
	size = reader_u32le(&reader);
	return !reader.failed && pcr < TCG_PCR_COUNT && is_type && size <= EVENTLOG_MAX_BYTES;
}

static int replay_file(const char *path, const struct buf *log, struct eventlog *ret_replayed,
	struct boot_facts *ret_facts, struct error *err)
{
	if (!log->len)
		return error_set(err, ERROR_MALFORMED, "%s: an empty file", path);
	if (!boot_read(log->data, log->len, ret_replayed, ret_facts, err))
		return 0;
	if (err->code == ERROR_MALFORMED && !begins_with_event(log))
		return error_set(err, ERROR_MALFORMED,
			"%s: no TCG event log (it begins with no event)", path);
	return error_wrap(err, "%s", path);
}

/* A log from elsewhere: no TPM stands behind it, and what it says of itself is all there is to
 * check. */
static int read_file(const char *path, struct buf *log, struct evidence **ret_evidence,
	struct checks *ret_checks, struct error *err)
{
	struct evidence *evidence = evidence_new();
	struct eventlog replayed;
	int rc = evidence ? platform_file_read(path, EVENTLOG_MAX_BYTES, log, err)
			  : error_set(err, ERROR_NO_MEMORY, "no memory for evidence");

	if (!rc)
		rc = replay_file(path, log, &replayed, &evidence->boot.facts, err);
	if (rc) {
		evidence_free(evidence);
		return rc;
	}
	evidence->minor = EVIDENCE_MINOR;
	evidence->boot.part.state = PART_READ;
	evidence->event_log.events = replayed.events;
	evidence->event_log.bytes = log->len;
	evidence->iat = platform_wall_clock_ms() / 1000;
	checks_run(evidence, &(struct checks_options){0}, ret_checks);
	checks_keep_boot(ret_checks);
	*ret_evidence = evidence;
	return 0;
}

/* This machine's, with what its TPM says to it. */
static int read_machine(const struct options *options, struct evidence **ret_evidence,
	struct checks *ret_checks, struct error *err)
{
	const struct look_options how = options_look(options);
	EVIDENCE_SCOPED *evidence = NULL;
	int rc = look(&how, &evidence, ret_checks, err);

	if (rc)
		return rc;
	if (evidence->boot.part.state != PART_READ)
		return error_set(err, evidence->event_log.part.error.code,
			"%s; --log FILE reads a log kept elsewhere",
			evidence->event_log.part.error.message);
	checks_keep_boot(ret_checks);
	*ret_evidence = evidence;
	evidence = NULL;
	return 0;
}

/* Both logs once more, now that each event is wanted. */
static int list_events(const struct options *options, const struct evidence *evidence,
	struct buf *log, struct status_events *to, struct error *err)
{
	const struct evidence_device *device = &evidence->device;
	BUF_SCOPED system = {0};
	struct eventlog replayed;
	struct error untold;
	int rc = *options->log ? 0 : platform_event_log_read(device, log, err);

	if (!rc)
		rc = eventlog_replay(log->data, log->len, status_events_add, to, &replayed, err);
	if (rc || *options->log)
		return rc;
	rc = platform_system_log_read(device, &system, &untold);
	if (!rc)
		rc = system_log_replay(
			system.data, system.len, status_events_add_system, to, &replayed, &untold);
	if (rc && rc != -ERROR_NOT_FOUND)
		log_write(LOG_LEVEL_WARNING, "%s", untold.message);
	return 0;
}

static int print_events(const struct options *options, const struct evidence *evidence,
	const struct checks *checks, struct buf *log, struct buf *out, struct error *err)
{
	const struct platform_terminal plain = {.columns = 80};
	const struct platform_terminal terminal = platform_terminal_describe();
	struct status_events events = {.terminal = *options->output ? &plain : &terminal,
		.is_verbose = options->line.is_verbose,
		.text = out,
		.json = options->format == FORMAT_JSON ? json_array() : NULL};
	int rc;

	if (options->format == FORMAT_JSON && !events.json)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the events");
	status_events_head(&events);
	rc = list_events(options, evidence, log, &events, err);
	status_events_foot(&events);
	if (!rc && events.has_failed)
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for the events");
	if (rc)
		json_decref(events.json);
	else if (events.json)
		output_json(options->output, status_boot_json(evidence, checks, events.json), out);
	return rc;
}

static void print_page(const struct options *options, const struct evidence *evidence,
	const struct checks *checks, struct buf *out)
{
	struct page *page = calloc(1, sizeof(*page));

	if (page)
		status_boot_page(evidence, checks, options->log, page);
	output_page(options->output, page, out);
	free(page);
}

int command_boot(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	EVIDENCE_SCOPED *evidence = NULL;
	struct checks checks = {0};
	BUF_SCOPED log = {0};
	BUF_SCOPED out = {0};
	int rc = *options->log ? read_file(options->log, &log, &evidence, &checks, err)
			       : read_machine(options, &evidence, &checks, err);

	if (!rc && options->wants_events)
		rc = print_events(options, evidence, &checks, &log, &out, err);
	else if (!rc && options->format == FORMAT_JSON)
		output_json(options->output, status_boot_json(evidence, &checks, NULL), &out);
	else if (!rc)
		print_page(options, evidence, &checks, &out);
	if (!rc)
		rc = output_write(options->output, &out, err);
	if (!rc)
		*ret_code = verdict_exit_code(status_boot_status(evidence, &checks));
	return rc;
}

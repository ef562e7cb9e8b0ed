/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/watch/telling.h"

#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/log.h"
#include "host/watch/journal.h"

#define COMMAND_MS    30000
#define COMMAND_WORDS 6 /* that are added to the operator's own */
#define OUTPUT_MAX    65536

static const char *status_of(const struct watch_last *last)
{
	return last->is_confirmed ? verdict_status_name(last->status) : "unconfirmed";
}

static const char *continuity_of(const struct watch_last *last)
{
	return last->is_confirmed ? continuity_name(last->continuity) : "unconfirmed";
}

/* One line for a person. */
static void append_sentence(
	const struct watch_how *how, const struct watch_record *record, struct buf *to)
{
	const struct watch_last *last = &record->last;
	bool is_first_here = last->is_first && !how->confirm->collector.urls.count;
	bool is_enrolled = last->is_first && last->status != VERDICT_NONE &&
			   last->status != VERDICT_CONTRAINDICATED;

	if (!last->is_confirmed)
		buf_printf(to, "%s: not confirmed in time after \"%s\": %s", record->name,
			record->what, last->sentence);
	else if (is_first_here && record->has_arrived)
		buf_printf(to,
			"%s: came from another host (\"%s\") and is new on this one: not compared "
			"yet. To compare: vtpm-host baselines export %s on that one, into "
			"vtpm-host baselines import - on this one",
			record->name, record->what, record->uuid);
	else if (is_enrolled)
		buf_printf(to, "%s: ENROLLED after \"%s\": %s", record->name, record->what,
			is_first_here ? "this vTPM is now the baseline on this host"
				      : last->sentence);
	else if (is_first_here)
		buf_printf(to,
			"%s: first seen on this host after \"%s\", and no baseline can be made "
			"of it: %s",
			record->name, record->what, last->sentence);
	else
		buf_printf(to, "%s: %s after \"%s\": %s", record->name, continuity_of(last),
			record->what, last->sentence);
}

static enum log_level level_of(const struct watch_last *last)
{
	if (!last->is_confirmed)
		return LOG_LEVEL_WARNING;
	switch (last->status) {
	case VERDICT_AFFIRMING:
		return LOG_LEVEL_INFO;
	case VERDICT_CONTRAINDICATED:
		return LOG_LEVEL_ERROR;
	default:
		return LOG_LEVEL_WARNING;
	}
}

static void tell_journal(const struct watch_how *how, const struct watch_record *record)
{
	static const char *const priorities[] = {
		[LOG_LEVEL_ERROR] = "3", [LOG_LEVEL_WARNING] = "4", [LOG_LEVEL_INFO] = "6"};
	const struct watch_last *last = &record->last;
	BUF_SCOPED sentence = {0};

	append_sentence(how, record, &sentence);
	if (sentence.failed)
		return;
	const struct journal_field fields[] = {
		{"MESSAGE", (char *)sentence.data},
		{"MESSAGE_ID", WATCH_MESSAGE_ID},
		{"PRIORITY", priorities[level_of(last)]},
		{"SYSLOG_IDENTIFIER", "vtpm-host"},
		{"VTPM_UUID", record->uuid},
		{"VTPM_DOMAIN", record->name},
		{"VTPM_CAUSE", record->what},
		{"VTPM_EVENT", event_name(last->event)},
		{"VTPM_STATUS", status_of(last)},
		{"VTPM_CONTINUITY", continuity_of(last)},
		{"VTPM_REASON", *last->reason ? last->reason : "none"},
		{"VTPM_FIRST", last->is_first ? "yes" : "no"},
	};
	if (!journal_send(fields, sizeof(fields) / sizeof(fields[0])))
		log_write(level_of(last), "%s", (char *)sentence.data);
}

/* --- the operator's command --- */

/* What goes to the child and comes back from it. */
struct job {
	struct text_list words;
	char added[COMMAND_WORDS][256];
	int rc; /* whether the child failed; `error` says why */
	struct error error;
};

static void run(void *context)
{
	struct job *job = context;
	const char *argv[HOST_COMMAND_WORDS_MAX + COMMAND_WORDS + 1] = {NULL};
	size_t count = 0;
	BUF_SCOPED output = {0};

	for (size_t i = 0; i < job->words.count; i++)
		argv[count++] = text_list_at(&job->words, i);
	for (size_t i = 0; i < COMMAND_WORDS; i++)
		argv[count++] = job->added[i];
	job->rc = child_run(argv, OUTPUT_MAX, COMMAND_MS, &output, &job->error);
}

static void start_command(const struct text_list *words, struct watch_guest *guest)
{
	const struct child_how how = {.timeout_ms = COMMAND_MS + 1000};
	const struct watch_record *record = &guest->record;
	const struct watch_last *last = &record->last;
	struct job job = {.words = *words};
	const char *const added[COMMAND_WORDS] = {record->uuid, record->name,
		event_name(last->event), status_of(last), continuity_of(last),
		*last->reason ? last->reason : "none"};
	struct error err;

	for (size_t i = 0; i < COMMAND_WORDS; i++)
		snprintf(job.added[i], sizeof(job.added[i]), "%s", added[i]);
	if (child_start(run, &job, sizeof(job), &how, &guest->command, &err))
		log_write(LOG_LEVEL_WARNING, "%s: %s", job.words.texts, err.message);
}

void telling_tell(const struct watch_how *how, struct watch_guest *guest)
{
	tell_journal(how, &guest->record);
	guest->is_untold = how->watch->command.count != 0;
}

static void reap(struct child *command)
{
	struct job job;
	struct error err;
	int rc = child_finish(command, &job, &err);

	if (!rc && job.rc)
		rc = error_copy(&err, &job.error);
	if (rc)
		log_write(LOG_LEVEL_WARNING, "%s", err.message);
}

bool telling_step(const struct watch_how *how, const struct watch_guests *guests)
{
	size_t running = 0, waiting = 0;

	for (size_t i = 0; i < guests->count; i++) {
		struct child *command = &guests->items[i]->command;

		if (command->pid && child_is_due(command))
			reap(command);
		running += command->pid != 0;
	}
	for (size_t i = 0; i < guests->count; i++) {
		struct watch_guest *guest = guests->items[i];

		if (guest->is_untold && !guest->command.pid && running < how->confirm->parallel) {
			guest->is_untold = false;
			start_command(&how->watch->command, guest);
			running += guest->command.pid != 0;
		}
		waiting += guest->is_untold;
	}
	return running || waiting;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The watcher's baselines, for another host: a guest that was migrated is compared there with what
 * it was here. */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console/page.h"
#include "core/json/text.h"
#include "core/log.h"
#include "host/command/commands.h"
#include "host/config.h"
#include "host/confirm/baseline_transfer.h"
#include "host/findings.h"
#include "host/output.h"
#include "host/watch/guests.h"
#include "host/watch/own_baseline.h"
#include "platform/system.h"

/* --- export --- */

static int export_one(const char *directory, const char *uuid, struct error *err)
{
	BUF_SCOPED line = {0};
	int rc = baseline_export(directory, uuid, &line, err);

	return rc ? rc : host_output_text(&line, err);
}

static int export_all(const char *directory, struct error *err)
{
	DIR *files = opendir(directory);
	struct dirent *entry;
	size_t count = 0;
	int rc = 0;

	if (!files)
		return error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_PERMISSION,
			"open %s: %s", directory, strerror(errno));
	while (!rc && (entry = readdir(files))) {
		char uuid[TEXT_UUID_SIZE];

		if (!baseline_file_is_of(entry->d_name, uuid))
			continue;
		rc = export_one(directory, uuid, err);
		count++;
	}
	closedir(files);
	if (!rc && !count)
		rc = error_set(err, ERROR_NOT_FOUND, "no baseline in %s", directory);
	return rc;
}

/* --- import --- */

struct subject {
	struct baseline_import import;
	bool has_failed;
	struct error error;
};

struct round {
	const char *state, *directory;
	enum event event;
	size_t count;
	struct subject *subjects;
};

static enum verdict_status judge(const struct round *round)
{
	enum verdict_status worst = round->count ? VERDICT_AFFIRMING : VERDICT_NONE;

	for (size_t i = 0; i < round->count; i++)
		worst = findings_worse(worst, round->subjects[i].import.status);
	return worst;
}

/* A watcher that runs asks the guest. */
static void call_watcher(const struct round *round, const char *uuid)
{
	struct error err;

	if (own_baseline_note(round->state, uuid, &err))
		log_write(LOG_LEVEL_WARNING, "%s", err.message);
}

static int take_line(struct round *round, const char *line, size_t len, struct error *err)
{
	struct subject *subjects = realloc(round->subjects, (round->count + 1) * sizeof(*subjects));
	struct subject *subject;

	if (!subjects)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	round->subjects = subjects;
	subject = &subjects[round->count++];
	*subject = (struct subject){0};
	subject->has_failed = baseline_import(round->directory, line, len, round->event,
				      &subject->import, &subject->error) != 0;
	if (subject->has_failed)
		subject->import.status = VERDICT_NONE;
	else
		call_watcher(round, subject->import.uuid);
	return 0;
}

static int take_lines(struct round *round, FILE *file, struct error *err)
{
	char *line = malloc(BASELINE_LINE_MAX);
	int rc = line ? 0 : error_set(err, ERROR_NO_MEMORY, "out of memory");

	while (!rc && fgets(line, BASELINE_LINE_MAX, file)) {
		size_t len = strlen(line);

		if (len == BASELINE_LINE_MAX - 1 || round->count == WATCH_GUESTS_MAX)
			rc = error_set(err, ERROR_TOO_LARGE,
				"a line is too long, or there are more than %d", WATCH_GUESTS_MAX);
		else if (*line != '\n')
			rc = take_line(round, line, len, err);
	}
	if (!rc && ferror(file))
		rc = error_set(err, ERROR_IO, "read: %s", strerror(errno));
	free(line);
	return rc;
}

static int import_file(struct round *round, const char *path, struct error *err)
{
	bool is_input = strcmp(path, "-") == 0;
	FILE *file = is_input ? stdin : fopen(path, "re");
	int rc;

	if (!file)
		return error_set(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, "open %s: %s",
			path, strerror(errno));
	rc = take_lines(round, file, err);
	if (!is_input)
		fclose(file);
	return rc;
}

/* --- what came of it --- */

static const char *sentence_of(const struct subject *subject)
{
	const struct baseline_import *import = &subject->import;

	if (subject->has_failed)
		return subject->error.message;
	if (import->is_compared)
		return import->verdict.reasons[0].sentence;
	return import->status == VERDICT_CONTRAINDICATED
		       ? "kept; it did not survive where it comes from, and this stays so until "
			 "that ends"
		       : "kept: what the guest shows next is compared with it";
}

static void add_row(const struct subject *subject, struct page *page)
{
	const struct baseline_import *import = &subject->import;
	const char *word = import->is_compared && !subject->has_failed
				   ? continuity_name(import->verdict.continuity)
				   : "";

	page_add_row(page, page_mark_of(import->status), "guest", "%s: %s%s%s",
		*import->uuid ? import->uuid : "?", word, *word ? ": " : "", sentence_of(subject));
}

static void build_page(const struct round *round, struct page *page)
{
	static const enum verdict_status order[] = {
		VERDICT_CONTRAINDICATED, VERDICT_NONE, VERDICT_WARNING, VERDICT_AFFIRMING};
	size_t left_out = 0, taken = 0;

	*page = (struct page){.status = judge(round), .badge = page_verdict(judge(round))};
	page_begin_section(page, "Baselines");
	for (size_t at = 0; at < sizeof(order) / sizeof(order[0]); at++) {
		for (size_t i = 0; i < round->count; i++) {
			if (round->subjects[i].import.status != order[at])
				continue;
			if (host_output_has_room(page))
				add_row(&round->subjects[i], page);
			else
				left_out++;
		}
	}
	host_output_more(page, left_out);
	for (size_t i = 0; i < round->count; i++)
		taken += !round->subjects[i].has_failed;
	snprintf(page->headline, sizeof(page->headline), "%zu of %zu baselines were taken", taken,
		round->count);
}

static json_t *write_subject(const struct subject *subject)
{
	const struct baseline_import *import = &subject->import;
	bool is_compared = import->is_compared && !subject->has_failed;

	return json_pack("{s:s, s:s, s:o, s:o}", "uuid", import->uuid, "status",
		verdict_status_name(import->status), "verdict",
		is_compared ? host_output_verdict(&import->verdict, import->status) : json_null(),
		"error",
		subject->has_failed ? json_text_string(subject->error.message) : json_null());
}

static json_t *write_all(const struct round *round)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < round->count; i++) {
		if (json_array_append_new(list, write_subject(&round->subjects[i]))) {
			json_decref(list);
			return NULL;
		}
	}
	return json_pack("{s:s, s:s, s:i, s:o}", "format", "vtpm-host-baselines/1", "status",
		verdict_status_name(judge(round)), "exit_code",
		(int)verdict_exit_code(judge(round)), "guests", list);
}

static int show(const struct round *round, bool is_json, struct error *err)
{
	struct page *page;
	int rc;

	if (is_json)
		return host_output_json(write_all(round), err);
	page = calloc(1, sizeof(*page));
	if (!page)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	build_page(round, page);
	rc = host_output_page(page, err);
	free(page);
	return rc;
}

static int import(const struct host_options *options, const char *directory,
	enum exit_code *ret_code, struct error *err)
{
	struct round round = {.state = options->watch.state,
		.directory = directory,
		.event = options->confirm.event};
	int rc = import_file(&round, options->line.words[1], err);

	if (!rc)
		rc = show(&round, options->is_json, err);
	if (!rc)
		*ret_code = verdict_exit_code(judge(&round));
	free(round.subjects);
	return rc;
}

int command_baselines(
	const struct host_options *options, enum exit_code *ret_code, struct error *err)
{
	const struct command_line *line = &options->line;
	const char *word = line->word_count ? line->words[0] : "";
	char directory[BASELINE_PATH_SIZE], uuid[TEXT_UUID_SIZE];
	struct host_options all;
	int rc = config_read(options, &all, err);

	if (rc)
		return rc;
	own_baseline_directory(all.watch.state, directory);
	if (strcmp(word, "import") == 0 && line->word_count == 2)
		return import(&all, directory, ret_code, err);
	if (strcmp(word, "export") != 0 || line->word_count > 2)
		return error_set(err, ERROR_USAGE,
			"usage: vtpm-host baselines export [UUID], or import FILE");
	if (line->word_count == 2 && !text_uuid(line->words[1], uuid))
		return error_set(err, ERROR_USAGE, "\"%s\" is no UUID", line->words[1]);
	rc = line->word_count == 2 ? export_one(directory, uuid, err) : export_all(directory, err);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}

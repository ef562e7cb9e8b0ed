/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of all events, for who looks for one that is not where it was. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "agent/status/boot.h"
#include "core/measured/event.h"
#include "core/text.h"

#define BEFORE_COLUMNS 16 /* number, PCR, mark */

static const struct {
	const char *symbol, *ascii, *colour;
} marks[] = {[EVENT_OTHER_DATA] = {" ", " ", ""},
	[EVENT_MATCHES] = {"\xe2\x9c\x94", "=", "32"},
	[EVENT_DIFFERS] = {"\xe2\x9c\x98", "!", "1;31"}};

void status_events_head(const struct status_events *to)
{
	if (!to->json)
		buf_append_text(to->text, " EVENT   PCR    MEANING\n");
}

void status_events_foot(const struct status_events *to)
{
	const bool has_utf8 = to->terminal->has_utf8;

	if (to->json)
		return;
	buf_printf(to->text,
		"%s the data is what was measured; %s it is not, though its type says so.\n",
		has_utf8 ? marks[EVENT_MATCHES].symbol : marks[EVENT_MATCHES].ascii,
		has_utf8 ? marks[EVENT_DIFFERS].symbol : marks[EVENT_DIFFERS].ascii);
	if (!to->is_verbose)
		buf_append_text(to->text, "Arguments of commands are left out, for they may hold "
					  "secrets; -v shows them.\n");
}

static void print_mark(const struct status_events *to, enum event_check check)
{
	bool is_painted = to->terminal->has_colour && *marks[check].colour;

	if (is_painted)
		buf_printf(to->text, "\x1b[%sm", marks[check].colour);
	buf_append_text(
		to->text, to->terminal->has_utf8 ? marks[check].symbol : marks[check].ascii);
	if (is_painted)
		buf_append_text(to->text, "\x1b[0m");
}

/* A terminal's line is cut where it ends, a file's is not. */
static void print_line(const struct status_events *to, const char *number, int32_t pcr,
	enum event_check check, const char *meaning)
{
	size_t columns = to->terminal->columns > 40 ? to->terminal->columns : 40;
	bool is_cut = to->terminal->is_terminal && !to->is_verbose;
	int width = is_cut ? (int)(columns - BEFORE_COLUMNS) : (int)strlen(meaning);

	buf_printf(to->text, "%6s ", number);
	if (pcr >= 0)
		buf_printf(to->text, "%5" PRId32, pcr);
	else
		buf_append_text(to->text, "   NV");
	buf_append_text(to->text, "  ");
	print_mark(to, check);
	buf_printf(to->text, " %.*s\n", width, meaning);
}

static json_t *digests_of(const struct eventlog_event *event)
{
	json_t *digests = json_object();
	char hex[2 * TCG_DIGEST_MAX + 1];

	for (size_t i = 0; digests && i < event->digest_count; i++) {
		const struct eventlog_digest *digest = &event->digests[i];

		text_hex(digest->bytes, tcg_digest_size(digest->alg), hex, sizeof(hex));
		if (json_object_set_new(digests, tcg_alg_name(digest->alg), json_string(hex))) {
			json_decref(digests);
			return NULL;
		}
	}
	return digests;
}

static void add_json(struct status_events *to, json_t *event)
{
	if (json_array_append_new(to->json, event))
		to->has_failed = true;
}

int status_events_add(const struct eventlog_event *event, void *status_events, struct error *err)
{
	struct status_events *to = status_events;
	const char *name = event_type_name(event->type);
	char number[12], type[12];
	struct event read;
	int rc = event_read(event, to->is_verbose, &read, err);

	if (rc)
		return rc;
	snprintf(number, sizeof(number), "%" PRIu32, event->number);
	snprintf(type, sizeof(type), "0x%08" PRIx32, event->type);
	if (!to->json)
		print_line(to, number, (int32_t)event->pcr, read.check, read.meaning);
	else
		add_json(to, json_pack("{s:I, s:I, s:s, s:s, s:s, s:o}", "event",
				     (json_int_t)event->number, "pcr", (json_int_t)event->pcr,
				     "type", name ? name : type, "meaning", read.meaning, "data",
				     event_check_name(read.check), "digests", digests_of(event)));
	return 0;
}

void status_events_add_system(const struct system_log_record *record, void *status_events)
{
	struct status_events *to = status_events;
	char meaning[SYSTEM_LOG_TEXT_MAX + 16];

	snprintf(meaning, sizeof(meaning), "systemd: %s", record->text);
	if (!to->json)
		print_line(to, "", record->pcr, EVENT_OTHER_DATA, meaning);
	else
		add_json(to, json_pack("{s:I, s:s, s:s}", "pcr", (json_int_t)record->pcr, "type",
				     "systemd", "meaning", meaning));
}

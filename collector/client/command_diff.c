/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector diff: what was booted otherwise, from one report to another. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/client/client.h"
#include "collector/client/client_page.h"
#include "collector/commands.h"
#include "collector/config_file.h"
#include "core/text.h"

/* The path to ask: of the last boot and the one before, or of two reports. */
static int print_path(
	const struct command_line *line, char *ret_path, size_t size, struct error *err)
{
	char uuid[TEXT_UUID_SIZE];
	uint64_t from = 0, to = 0;
	bool are_two;
	int rc = options_uuid(line, uuid, err);

	if (rc)
		return rc;
	if (line->word_count == 1) {
		snprintf(ret_path, size, "/v1/vms/%s/boot", uuid);
		return 0;
	}
	are_two = line->word_count == 3 && text_number(line->words[1], 1, INT64_MAX, &from) &&
		  text_number(line->words[2], 1, INT64_MAX, &to);
	if (!are_two)
		return error_set(err, ERROR_USAGE,
			"diff needs a VM's UUID, and behind it nothing or two reports' numbers");
	snprintf(ret_path, size, "/v1/vms/%s/boot?report=%" PRIu64 "&before=%" PRIu64, uuid, to,
		from);
	return 0;
}

static void print_head(struct buf *to, const struct json_node *then, const struct json_node *now)
{
	buf_printf(to, "From report #%" PRId64 " (%s) to #%" PRId64 " (%s):\n",
		client_number(then, "report"), client_text(then, "received"),
		client_number(now, "report"), client_text(now, "received"));
}

static void print_changes(struct buf *to, const struct json_node *then)
{
	const struct json_node *change = json_node_first(json_node_member(then, "changes"));
	int64_t left_out = client_number(then, "left_out");

	if (!change)
		buf_append_text(to, "nothing that the event logs tell of\n");
	for (; change; change = change->next) {
		buf_printf(to, "PCR %-2" PRId64 "  ", client_number(change, "pcr"));
		text_escape(to, client_text(change, "sentence"), true);
		buf_append_text(to, "\n");
	}
	if (left_out)
		buf_printf(to, "and %" PRId64 " more\n", left_out);
}

/* "PCR 9   - EV_IPL: grub_cmd: linux /vmlinuz" */
static void print_event(struct buf *to, const struct json_node *event)
{
	const bool is_gone = !strcmp(client_text(event, "kind"), "gone");

	buf_printf(to, "PCR %-2" PRId64 "  %c ", client_number(event, "pcr"), is_gone ? '-' : '+');
	text_escape(to, client_text(event, "type"), true);
	buf_append_text(to, ": ");
	text_escape(to, client_text(event, "meaning"), true);
	if (*client_text(event, "digest")) {
		buf_append_text(to, ", ");
		text_escape(to, client_text(event, "digest"), true);
		buf_append_text(to, "...");
	}
	buf_append_text(to, "\n");
}

static bool has_log(const struct json_node *then, const char *member)
{
	const struct json_node *flag = json_node_member(then, member);

	return flag && flag->kind == JSON_NODE_BOOL && flag->is_true;
}

#define MISSING                                                                                    \
	"The event log of report #%" PRId64                                                        \
	" is not kept, or was changed: vtpm-collector event-log %" PRId64 " says which.\n"

static void print_events(struct buf *to, const struct json_node *then, const struct json_node *now)
{
	const struct json_node *event = json_node_first(json_node_member(then, "events"));
	int64_t left_out = client_number(then, "events_left_out");

	if (!json_node_member(then, "events"))
		return; /* a collector of before */
	if (!has_log(then, "has_log"))
		buf_printf(
			to, MISSING, client_number(then, "report"), client_number(then, "report"));
	if (!has_log(then, "has_later_log"))
		buf_printf(to, MISSING, client_number(now, "report"), client_number(now, "report"));
	if (event)
		buf_append_text(to, "Events that are gone (-) and new (+):\n");
	for (; event; event = event->next)
		print_event(to, event);
	if (left_out)
		buf_printf(to, "and %" PRId64 " more\n", left_out);
}

static bool has_before(const struct json_tree *answer)
{
	const struct json_node *then = json_node_member(answer->root, "before");

	return then && then->kind == JSON_NODE_OBJECT;
}

static int print(struct buf *to, const struct json_tree *answer, struct error *err)
{
	const struct json_node *now = json_node_member(answer->root, "boot");
	const struct json_node *then = json_node_member(answer->root, "before");

	if (!now || now->kind != JSON_NODE_OBJECT)
		return error_set(err, ERROR_NOT_FOUND, "no report tells what this VM booted");
	if (!has_before(answer))
		return error_set(err, ERROR_NOT_FOUND, "no report of an earlier boot is kept");
	print_head(to, then, now);
	print_changes(to, then);
	print_events(to, then, now);
	return 0;
}

int command_diff(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct options_client whom;
	JSON_TREE_SCOPED answer = {0};
	struct client *client = NULL;
	BUF_SCOPED result = {0};
	char path[160];
	int rc = print_path(&options->line, path, sizeof(path), err);

	if (!rc)
		rc = config_read_client(options, &whom, err);
	if (!rc)
		rc = client_open(&whom, options->state, &client, err);
	if (!rc)
		rc = client_get(client, path, CLIENT_TIMEOUT_S, &answer, err);
	if (!rc && options->is_json)
		client_print_answer(&result, &answer);
	else if (!rc)
		rc = print(&result, &answer, err);
	if (!rc)
		rc = client_put(&result, err);
	client_close(client);
	if (!rc)
		*ret_code = has_before(&answer) ? EXIT_CODE_HEALTHY : EXIT_CODE_UNKNOWN;
	return rc;
}

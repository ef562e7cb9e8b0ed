/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/guest/channel.h"

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "core/json/tree.h"
#include "platform/system.h"

#define POLL_MS       100
#define COMPLAINT_MAX 65536

/* As the guest's agent says it, in the words of its versions. */
static bool is_forbidden(const char *message)
{
	return strstr(message, "disabled") || strstr(message, "CommandNotFound") ||
	       strstr(message, "not been found");
}

int guest_channel_refuse(
	const char *who, const char *message, const char *program, struct error *err)
{
	if (is_forbidden(message))
		return error_set(err, ERROR_PERMISSION,
			"the guest's agent forbids guest-exec; in the guest: take guest-exec and "
			"guest-exec-status off BLACKLIST_RPC or block-rpcs of qemu-ga's "
			"configuration and restart it");
	if (strstr(message, "No such file"))
		return error_set(err, ERROR_NOT_FOUND,
			"the guest has no %s; install it there, in qemu-ga's PATH", program);
	return error_set(err, ERROR_IO, "%s: %s", who, message);
}

int guest_channel_silent(struct error *err)
{
	return error_set(err, ERROR_TIMEOUT,
		"no guest agent answers; in the guest: install qemu-guest-agent and start it");
}

/* One command, and its answer, which has a "return". Takes over `command`. */
static int ask(struct guest_channel *channel, const char *program, json_t *command,
	struct json_tree *ret_answer, struct error *err)
{
	char *text = command ? json_dumps(command, JSON_COMPACT) : NULL;
	BUF_SCOPED answer = {0};
	int rc = 0;

	json_decref(command);
	if (!text)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	rc = channel->ask(channel, text, program, &answer, err);
	if (!rc)
		rc = json_tree_parse(answer.data, answer.len, GUEST_ANSWER_MAX, ret_answer, err);
	if (!rc && !json_node_member(ret_answer->root, "return"))
		rc = error_set(err, ERROR_MALFORMED, "the guest agent's answer is none");
	free(text);
	return rc;
}

static json_t *encode(const struct buf *bytes)
{
	BUF_SCOPED text = {0};

	base64_encode(&text, bytes->data, bytes->len);
	return text.failed ? NULL : json_stringn((char *)text.data, text.len);
}

static int start(struct guest_channel *channel, const struct guest_run *run, int64_t *ret_pid,
	struct error *err)
{
	const char *const *argv = run->argv;
	json_t *words = json_array(), *arguments;
	JSON_TREE_SCOPED answer = {0};
	const struct json_node *pid;
	int rc, failed = 0;

	for (size_t i = 1; argv[i]; i++)
		failed |= json_array_append_new(words, json_string(argv[i]));
	arguments =
		json_pack("{s:s, s:o, s:b}", "path", argv[0], "arg", words, "capture-output", 1);
	if (run->input)
		failed |= json_object_set_new(arguments, "input-data", encode(run->input));
	if (failed) {
		json_decref(arguments);
		return error_set(err, ERROR_NO_MEMORY, "no memory for a command to the guest");
	}
	rc = ask(channel, argv[0],
		json_pack("{s:s, s:o}", "execute", "guest-exec", "arguments", arguments), &answer,
		err);
	if (rc)
		return rc;
	pid = json_node_member(json_node_member(answer.root, "return"), "pid");
	if (!pid || pid->kind != JSON_NODE_INTEGER)
		return error_set(err, ERROR_MALFORMED, "the guest agent gave no process id");
	*ret_pid = pid->integer;
	return 0;
}

/* A string's length; 0 where there is none. */
static size_t length_of(const struct json_node *text)
{
	return json_node_text(text) ? text->len : 0;
}

/* Decodes at most `max` bytes of output. Returns false when it is no base64. */
static bool decode(const struct json_node *text, size_t max, struct buf *to)
{
	size_t len = length_of(text);
	uint8_t *room = len ? buf_reserve(to, max) : NULL;
	long count = room ? base64_decode(text->text, len, room, max) : -1;

	if (count > 0) {
		to->len += (size_t)count;
		to->data[to->len] = 0;
	}
	return !len || count >= 0;
}

static int take_output(
	const struct json_node *answer, struct guest_run *run, struct buf *to, struct error *err)
{
	const struct json_node *status = json_node_member(answer, "exitcode");
	const struct json_node *text = json_node_member(answer, "out-data");
	BUF_SCOPED complaint = {0};
	bool has_complaint;

	if (!status || status->kind != JSON_NODE_INTEGER)
		return error_set(err, ERROR_IO, "%s was killed in the guest", run->argv[0]);
	if (length_of(text) / 4 * 3 > run->max + 3)
		return error_set(err, ERROR_TOO_LARGE, "more than %zu bytes of output", run->max);
	if (!decode(text, run->max, to))
		return error_set(err, ERROR_MALFORMED, "the output is no base64");
	text = json_node_member(answer, "err-data");
	has_complaint = length_of(text) < COMPLAINT_MAX &&
			decode(text, COMPLAINT_MAX, &complaint) && complaint.data;
	if (has_complaint)
		snprintf(run->complaint, sizeof(run->complaint), "%.*s",
			(int)strcspn((char *)complaint.data, "\r\n"), (char *)complaint.data);
	run->status = (int)status->integer;
	return 0;
}

int guest_channel_run(
	struct guest_channel *channel, struct guest_run *run, struct buf *to, struct error *err)
{
	uint64_t deadline_us = platform_monotonic_us() + run->timeout_s * UINT64_C(1000000);
	int64_t pid = 0;
	int rc = start(channel, run, &pid, err);

	while (!rc) {
		JSON_TREE_SCOPED tree = {0};
		const struct json_node *answer;
		bool is_done;

		rc = ask(channel, run->argv[0],
			json_pack("{s:s, s:{s:I}}", "execute", "guest-exec-status", "arguments",
				"pid", (json_int_t)pid),
			&tree, err);
		if (rc)
			break;
		answer = json_node_member(tree.root, "return");
		is_done = json_node_is_true(json_node_member(answer, "exited"));
		if (is_done)
			rc = take_output(answer, run, to, err);
		if (is_done)
			break;
		if (platform_monotonic_us() > deadline_us)
			return error_set(err, ERROR_TIMEOUT,
				"%s did not end within %u s in the guest", run->argv[0],
				run->timeout_s);
		poll(NULL, 0, POLL_MS);
	}
	return rc;
}

int guest_run_complain(const struct guest_run *run, struct error *err)
{
	if (*run->complaint)
		return error_set(err, ERROR_IO, "in the guest: %s", run->complaint);
	return error_set(err, ERROR_IO, "%s ended in the guest with status %d and said nothing",
		run->argv[0], run->status);
}

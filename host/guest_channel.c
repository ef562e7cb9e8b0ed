/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/guest_channel.h"

#include <jansson.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "core/json/text.h"
#include "platform/system.h"

#define ANSWER_MAX    (16 * 1024 * 1024) /* the agent's own bound on captured output */
#define ANSWER_WAIT_S 5
#define POLL_MS       100
#define COMPLAINT_MAX 65536

/* libvirt's error, with what mends it. */
static int explain(const char *program, struct error *err)
{
	virErrorPtr error = virGetLastError();
	const char *message = virGetLastErrorMessage();

	if (error && error->code == VIR_ERR_ARGUMENT_UNSUPPORTED)
		return error_set(err, ERROR_NOT_FOUND,
			"the domain has no guest agent channel; add <channel type='unix'><target "
			"type='virtio' name='org.qemu.guest_agent.0'/></channel> (image property "
			"hw_qemu_guest_agent=yes)");
	if (error && (error->code == VIR_ERR_AGENT_UNRESPONSIVE ||
			     error->code == VIR_ERR_OPERATION_TIMEOUT))
		return error_set(err, ERROR_TIMEOUT,
			"no guest agent answers; in the guest: install qemu-guest-agent and start "
			"it");
	if (error && error->code == VIR_ERR_OPERATION_INVALID)
		return error_set(err, ERROR_NOT_FOUND, "the domain does not run; start it first");
	if (strstr(message, "disabled") || strstr(message, "CommandNotFound") ||
		strstr(message, "not been found"))
		return error_set(err, ERROR_PERMISSION,
			"the guest's agent forbids guest-exec; in the guest: take guest-exec and "
			"guest-exec-status off BLACKLIST_RPC or block-rpcs of qemu-ga's "
			"configuration and restart it");
	if (strstr(message, "No such file"))
		return error_set(err, ERROR_NOT_FOUND,
			"the guest has no %s; install it there, in qemu-ga's PATH", program);
	return error_set(err, ERROR_IO, "libvirt: %s", message);
}

/* One command; its "return" as a new reference. Takes over `command`. */
static int ask(virDomainPtr domain, const char *program, json_t *command, json_t **ret_answer,
	struct error *err)
{
	char *text = command ? json_dumps(command, JSON_COMPACT) : NULL, *answer = NULL;
	json_t *json = NULL;
	int rc = 0;

	json_decref(command);
	if (!text)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	answer = virDomainQemuAgentCommand(domain, text, ANSWER_WAIT_S, 0);
	if (!answer)
		rc = explain(program, err);
	else
		rc = json_text_parse(answer, strlen(answer), ANSWER_MAX, &json, err);
	if (!rc) {
		*ret_answer = json_incref(json_object_get(json, "return"));
		if (!*ret_answer)
			rc = error_set(err, ERROR_MALFORMED, "the guest agent's answer is none");
	}
	json_decref(json);
	free(answer);
	free(text);
	return rc;
}

static json_t *encode(const struct buf *bytes)
{
	BUF_SCOPED text = {0};

	base64_encode(&text, bytes->data, bytes->len);
	return text.failed ? NULL : json_stringn((char *)text.data, text.len);
}

static int start(
	virDomainPtr domain, const struct guest_run *run, json_int_t *ret_pid, struct error *err)
{
	const char *const *argv = run->argv;
	json_t *words = json_array(), *command, *answer = NULL;
	int rc;

	for (size_t i = 1; words && argv[i]; i++)
		json_array_append_new(words, json_string(argv[i]));
	command = json_pack("{s:s, s:{s:s, s:o, s:b}}", "execute", "guest-exec", "arguments",
		"path", argv[0], "arg", words, "capture-output", 1);
	if (command && run->input &&
		json_object_set_new(
			json_object_get(command, "arguments"), "input-data", encode(run->input))) {
		json_decref(command);
		command = NULL;
	}
	rc = ask(domain, argv[0], command, &answer, err);
	if (rc)
		return rc;
	if (!json_is_integer(json_object_get(answer, "pid")))
		rc = error_set(err, ERROR_MALFORMED, "the guest agent gave no process id");
	else
		*ret_pid = json_integer_value(json_object_get(answer, "pid"));
	json_decref(answer);
	return rc;
}

/* Decodes at most `max` bytes of output. Returns false when it is no base64. */
static bool decode(const json_t *text, size_t max, struct buf *to)
{
	size_t len = json_string_length(text);
	uint8_t *room = len ? buf_reserve(to, max) : NULL;
	long count = room ? base64_decode(json_string_value(text), len, room, max) : -1;

	if (count > 0) {
		to->len += (size_t)count;
		to->data[to->len] = 0;
	}
	return !len || count >= 0;
}

static int take_output(
	const json_t *answer, struct guest_run *run, struct buf *to, struct error *err)
{
	json_t *status = json_object_get(answer, "exitcode");
	json_t *text = json_object_get(answer, "out-data");
	BUF_SCOPED complaint = {0};
	bool has_complaint;

	if (!json_is_integer(status))
		return error_set(err, ERROR_IO, "%s was killed in the guest", run->argv[0]);
	if (json_string_length(text) / 4 * 3 > run->max + 3)
		return error_set(err, ERROR_TOO_LARGE, "more than %zu bytes of output", run->max);
	if (!decode(text, run->max, to))
		return error_set(err, ERROR_MALFORMED, "the output is no base64");
	text = json_object_get(answer, "err-data");
	has_complaint = json_string_length(text) < COMPLAINT_MAX &&
			decode(text, COMPLAINT_MAX, &complaint) && complaint.data;
	if (has_complaint)
		snprintf(run->complaint, sizeof(run->complaint), "%.*s",
			(int)strcspn((char *)complaint.data, "\r\n"), (char *)complaint.data);
	run->status = (int)json_integer_value(status);
	return 0;
}

int guest_channel_run(virDomainPtr domain, struct guest_run *run, struct buf *to, struct error *err)
{
	uint64_t deadline_us = platform_monotonic_us() + run->timeout_s * UINT64_C(1000000);
	json_int_t pid = 0;
	int rc = start(domain, run, &pid, err);

	while (!rc) {
		json_t *answer = NULL;
		bool is_done;

		rc = ask(domain, run->argv[0],
			json_pack("{s:s, s:{s:I}}", "execute", "guest-exec-status", "arguments",
				"pid", pid),
			&answer, err);
		if (rc)
			break;
		is_done = json_is_true(json_object_get(answer, "exited"));
		if (is_done)
			rc = take_output(answer, run, to, err);
		json_decref(answer);
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

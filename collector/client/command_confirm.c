/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector confirm, asked after an event: waits for a report that was challenged since then,
 * and gives its verdict. And announce, which says it beforehand and waits for nothing. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "collector/client/client.h"
#include "collector/client/client_first_sight.h"
#include "collector/client/client_meanwhile.h"
#include "collector/client/client_page.h"
#include "collector/client/client_progress.h"
#include "collector/commands.h"
#include "collector/config_file.h"
#include "core/json/text.h"
#include "core/text.h"
#include "platform/system.h"

#define POLL_S  25 /* one long poll: shorter than what proxies in between let pass */
#define PAUSE_S 1  /* after a failure */

struct confirming {
	const struct options *options;
	struct client *client;
	struct client_question question;
	int64_t head;     /* the newest report that was looked at */
	int64_t other;    /* a report since then that was judged for another event; 0: none */
	int64_t asked_ms; /* by the collector's clock */
	uint64_t started_us;
	uint64_t deadline_us;
	struct client_progress progress;
	bool is_unreached; /* the collector did not answer last time; `last` says why */
	struct error last;
};

static void show_progress(void *context)
{
	struct confirming *confirming = context;
	const unsigned limit_s = confirming->options->timeout_s;
	uint64_t passed_s = (platform_monotonic_us() - confirming->started_us) / 1000000;

	/* A long poll asks in whole seconds and may end after the limit. */
	client_progress_show(&confirming->progress,
		"waiting for a new report (event: %s): %" PRIu64 " of %u s",
		confirming->question.event, passed_s < limit_s ? passed_s : limit_s, limit_s);
}

/* The head first: a report that came before is not the one that is waited for. */
static int ask(struct confirming *confirming, struct error *err)
{
	JSON_TREE_SCOPED vm = {0}, announced = {0};
	struct client_question *question = &confirming->question;
	char path[160];
	int rc;

	snprintf(path, sizeof(path), "/v1/vms/%s", question->uuid);
	rc = client_get(confirming->client, path, CLIENT_TIMEOUT_S, &vm, err);
	if (!rc)
		rc = client_newest_event(confirming->client, &question->after, err);
	if (rc)
		return rc;
	confirming->head = client_number(vm.root, "head");
	snprintf(path, sizeof(path), "/v1/vms/%s/announcements", question->uuid);
	rc = client_post(confirming->client, path,
		json_pack("{s:s, s:i, s:b}", "event", question->event, "timeout",
			(int)confirming->options->timeout_s, "confirm", 1),
		&announced, err);
	confirming->asked_ms = client_number(announced.root, "at_ms");
	snprintf(question->until, sizeof(question->until), "%s",
		client_text(announced.root, "until"));
	return rc;
}

/* The number of the first report that was challenged since it was asked for, or that nothing
 * signed; 0: none yet. What was challenged before may be of before the event, and what was judged
 * for another event says nothing of this one. */
static int64_t find_report(struct confirming *confirming, const struct json_node *answer)
{
	const struct json_node *newest = json_node_first(json_node_member(answer, "reports"));
	int64_t found = 0;

	for (const struct json_node *report = newest; report; report = report->next) {
		int64_t id = client_number(report, "id");
		bool is_signed = json_node_is_true(json_node_member(report, "is_signed"));
		bool is_since = client_number(report, "challenged_ms") >= confirming->asked_ms;
		bool is_judged_so =
			!strcmp(client_text(report, "event"), confirming->question.event);

		if (id <= confirming->head || (is_signed && !is_since))
			continue;
		if (is_judged_so || !is_signed)
			found = id;
		else
			confirming->other = id;
	}
	/* What is older need not be looked at again. */
	if (!found && newest)
		confirming->head = client_number(newest, "id");
	return found;
}

/* Who claims since then to be this VM: its own vTPM did not answer in time, so one of them may be
 * what stands in its place. *ret_has: there is one, and it is printed. */
static int show_claims(struct confirming *confirming, bool *ret_has, struct error *err)
{
	BUF_SCOPED result = {0};
	JSON_TREE_SCOPED answer = {0};
	char path[160];
	int rc;

	snprintf(path, sizeof(path), "/v1/vms/%s/claims", confirming->question.uuid);
	rc = client_get(confirming->client, path, CLIENT_TIMEOUT_S, &answer, err);
	if (rc)
		return rc;
	*ret_has = client_page_unconfirmed(&result, confirming->question.uuid,
		json_node_member(answer.root, "claims"), confirming->asked_ms,
		confirming->options->is_json);
	return *ret_has ? client_put(&result, err) : 0;
}

/* Whether the event was changed by somebody: then no report answers this question any more. */
static bool is_changed(struct confirming *confirming, struct error *err)
{
	char change[256], judged[48] = "";
	struct error ignored;

	*change = 0;
	client_find_change(
		confirming->client, &confirming->question, change, sizeof(change), &ignored);
	if (!*change)
		return false;
	if (confirming->other)
		snprintf(judged, sizeof(judged), "; report #%" PRId64 " was judged for that",
			confirming->other);
	error_set(err, ERROR_NOT_FOUND, "%s after %s was asked for%s: ask again", change,
		confirming->question.event, judged);
	return true;
}

/* A VM that was forgotten since is another one, whatever it reports. */
static int check_same(struct confirming *confirming, struct error *err)
{
	char end[160] = "";
	int rc = client_find_end(confirming->client, &confirming->question, end, sizeof(end), err);

	if (rc || !*end)
		return rc;
	return error_set(err, ERROR_NOT_FOUND,
		"%s after %s was asked for: what reports now is a new VM, and confirms nothing",
		end, confirming->question.event);
}

/* What is known of it while no report comes; nothing where that cannot be asked. */
static void tell_last(struct confirming *confirming, char *to, size_t size)
{
	JSON_TREE_SCOPED vm = {0};
	struct error ignored;
	char path[160];

	*to = 0;
	snprintf(path, sizeof(path), "/v1/vms/%s", confirming->question.uuid);
	if (client_get(confirming->client, path, CLIENT_TIMEOUT_S, &vm, &ignored))
		return;
	if (client_is_silent(vm.root))
		snprintf(to, size, "it is silent since %s; ", client_text(vm.root, "silent_since"));
	else
		snprintf(to, size, "its last one came at %s; ", client_text(vm.root, "seen"));
}

/* What an operator can look at when no report came. */
static int explain_timeout(struct confirming *confirming, struct error *err)
{
	const char *uuid = confirming->question.uuid;
	char claims[160] = "", open[256] = "", last[64];
	struct error ignored;
	int rc;

	if (confirming->is_unreached)
		return error_set(err, ERROR_TIMEOUT, "no answer within %u s: %s",
			confirming->options->timeout_s, confirming->last.message);
	rc = check_same(confirming, err);
	if (rc)
		return rc;
	if (is_changed(confirming, err))
		return -ERROR_NOT_FOUND;
	/* It may have reported at its start, before the question. */
	client_name_claims(confirming->client, uuid, claims, sizeof(claims), &ignored);
	if (*claims)
		snprintf(open, sizeof(open),
			"others claimed to be it before (claim %s): see vtpm-collector show; ",
			claims);
	tell_last(confirming, last, sizeof(last));
	return error_set(err, ERROR_TIMEOUT,
		"no report of %s within %u s; %s%ssee that the VM runs and does not wait for a "
		"recovery key at its console, that vtpm-agent runs in it (systemctl status "
		"vtpm-agent), and that it reaches this collector",
		uuid, confirming->options->timeout_s, last, open);
}

static int wait_report(struct confirming *confirming, int64_t *ret_id, struct error *err)
{
	int64_t found = 0;

	while (!found) {
		uint64_t now = platform_monotonic_us();
		unsigned left = now < confirming->deadline_us
					? (unsigned)((confirming->deadline_us - now) / 1000000) + 1
					: 0;
		JSON_TREE_SCOPED answer = {0};
		char path[192];
		int rc;

		if (!left)
			return explain_timeout(confirming, err);
		if (left > POLL_S)
			left = POLL_S;
		snprintf(path, sizeof(path), "/v1/vms/%s/reports?newer=%" PRId64 "&wait=%u",
			confirming->question.uuid, confirming->head, left);
		rc = client_get(confirming->client, path, left + 10, &answer, &confirming->last);
		if (rc == -ERROR_NOT_FOUND && check_same(confirming, err))
			return rc;
		if (rc && rc != -ERROR_IO)
			return error_copy(err, &confirming->last);
		confirming->is_unreached = rc != 0;
		if (rc) {
			sleep(PAUSE_S); /* it is restarted, or is busy */
			show_progress(confirming);
		} else {
			confirming->other = 0;
			found = find_report(confirming, answer.root);
			if (!found && confirming->other && is_changed(confirming, err))
				return -ERROR_NOT_FOUND;
		}
	}
	*ret_id = found;
	return check_same(confirming, err);
}

/* What others are to be shown of it; null where the collector has none to give. */
static void add_result(struct confirming *confirming, json_t *report)
{
	BUF_SCOPED result = {0};
	struct error ignored;
	char path[160];
	int rc;

	snprintf(path, sizeof(path), "/v1/vms/%s/attestation-result", confirming->question.uuid);
	rc = client_get_bytes(confirming->client, path, &result, &ignored);
	json_object_set_new(report, "attestation_result",
		rc ? json_null() : json_stringn((const char *)result.data, result.len));
}

/* As it came, but for what it comes to where it was the first. */
static void print_json(struct confirming *confirming, struct buf *to,
	const struct json_node *report, const struct client_first_sight *first, enum exit_code code)
{
	json_t *json = json_node_to_jansson(report);

	if (first->is_one)
		json_object_set_new(json_object_get(json, "verdict"), "exit_code",
			json_integer((json_int_t)code));
	add_result(confirming, json);
	client_print_json(to, json);
	json_decref(json);
}

static int print_report(
	struct confirming *confirming, int64_t id, enum exit_code *ret_code, struct error *err)
{
	BUF_SCOPED result = {0};
	JSON_TREE_SCOPED report = {0}, vm = {0};
	struct client_first_sight first = {0};
	enum exit_code code;
	char path[160];
	int rc;

	snprintf(path, sizeof(path), "/v1/reports/%" PRId64, id);
	rc = client_get(confirming->client, path, CLIENT_TIMEOUT_S, &report, err);
	snprintf(path, sizeof(path), "/v1/vms/%s", confirming->question.uuid);
	if (!rc)
		rc = client_get(confirming->client, path, CLIENT_TIMEOUT_S, &vm, err);
	if (!rc)
		rc = client_first_sight_read(confirming->client, vm.root, report.root, &first, err);
	if (rc)
		return rc;
	code = verdict_exit_code(first.is_one ? checks_status(&first.checks)
					      : client_status(client_text(report.root, "status")));
	if (confirming->options->is_json)
		print_json(confirming, &result, report.root, &first, code);
	else
		client_page_report(&result, report.root, first.is_one ? &first.checks : NULL);
	rc = client_put(&result, err);
	if (!rc)
		*ret_code = code;
	return rc;
}

/* True: others claim to be the VM, which was said. */
static bool is_claimed(struct confirming *confirming)
{
	bool has_claims = false;
	struct error ignored;

	return !show_claims(confirming, &has_claims, &ignored) && has_claims;
}

int command_confirm(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct options_client whom;
	struct confirming confirming = {
		.options = options, .question = {.event = event_name(options->event)}};
	int64_t id = 0;
	int rc = options_uuid(&options->line, confirming.question.uuid, err);

	if (!rc)
		rc = config_read_client(options, &whom, err);
	if (!rc)
		rc = client_open(&whom, options->state, &confirming.client, err);
	if (!rc)
		rc = ask(&confirming, err);
	confirming.started_us = platform_monotonic_us();
	confirming.deadline_us = confirming.started_us + options->timeout_s * UINT64_C(1000000);
	if (!rc) {
		client_watch(confirming.client, show_progress, &confirming);
		rc = wait_report(&confirming, &id, err);
		client_watch(confirming.client, NULL, NULL);
		client_progress_end(&confirming.progress);
	}
	if (!rc)
		rc = print_report(&confirming, id, ret_code, err);
	if (rc == -ERROR_TIMEOUT && !confirming.is_unreached && is_claimed(&confirming)) {
		*ret_code = verdict_exit_code(VERDICT_CONTRAINDICATED);
		rc = 0;
	}
	client_close(confirming.client);
	return rc;
}

int command_announce(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const char *event = event_name(options->event);
	JSON_TREE_SCOPED answer = {0};
	struct options_client whom;
	struct client *client = NULL;
	BUF_SCOPED result = {0};
	char uuid[TEXT_UUID_SIZE], path[160];
	int rc = options_uuid(&options->line, uuid, err);

	/* A missing word must not withdraw what is announced. */
	if (!rc && !command_line_names(&options_program, &options->line, "event"))
		rc = error_set(err, ERROR_USAGE, "announce needs --event, one of " EVENT_NAMES);
	if (!rc)
		rc = config_read_client(options, &whom, err);
	if (!rc)
		rc = client_open(&whom, options->state, &client, err);
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "/v1/vms/%s/announcements", uuid);
	rc = client_post(client, path,
		json_pack("{s:s, s:i}", "event", event, "timeout", (int)options->for_s), &answer,
		err);
	client_close(client);
	if (rc)
		return rc;
	if (options->is_json)
		client_print_answer(&result, &answer);
	else if (options->event == EVENT_NONE)
		buf_printf(&result, "nothing is announced for %s any more\n", uuid);
	else
		buf_printf(&result, "%s is announced for %s, until %s\n", event, uuid,
			client_text(answer.root, "until"));
	rc = client_put(&result, err);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}

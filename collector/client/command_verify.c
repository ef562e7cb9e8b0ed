/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector verify: whether what is stored and shown is what was written, one VM after the
 * other, then what is nobody's, then the audit log and the event logs. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "collector/client/client.h"
#include "collector/client/client_checkpoints.h"
#include "collector/client/client_page.h"
#include "collector/client/client_progress.h"
#include "collector/commands.h"
#include "collector/config_file.h"
#include "core/json/text.h"
#include "core/text.h"

#define CURSOR_SIZE 128

struct verifying {
	struct client *client;
	struct client_progress progress;
	bool is_json;
	uint64_t vms, vms_known, reports, judged, logs, events;
	json_t *faults;
	struct client_checkpoints checkpoints;
};

/* What is verified: what it consists of in the collector's answers, and where its faults are. */
struct kind {
	const char *path, *one, *many, *where;
};

static const struct kind vms_kind = {"/v1/verification", "report", "reports", ""},
			 owners_kind = {"/v1/verification/owners", "report", "rows", "store"},
			 logs_kind = {"/v1/verification/event-logs", "report", "event_logs",
				 "store"},
			 audit_kind = {"/v1/audit/verification", "event", "events", "audit log"};

/* GET of `path` behind a cursor; the next one, empty behind the last, takes its place. */
static int get_page(struct verifying *verifying, const char *path, char cursor[CURSOR_SIZE],
	struct json_tree *ret_page, struct error *err)
{
	BUF_SCOPED query = {0};
	int rc;

	buf_append_text(&query, path);
	client_add_parameter(&query, "after", cursor);
	if (query.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a request");
	rc = client_get(verifying->client, (char *)query.data, CLIENT_TIMEOUT_S, ret_page, err);
	if (!rc)
		snprintf(cursor, CURSOR_SIZE, "%s", client_text(ret_page->root, "next"));
	return rc;
}

/* "UUID: report 7: the report was changed" */
static int print_fault(struct verifying *verifying, const struct kind *kind, const char *uuid,
	const struct json_node *fault, struct error *err)
{
	int64_t number = client_number(fault, kind->one);
	BUF_SCOPED line = {0}, escaped = {0};

	text_escape(&escaped, client_text(fault, "what"), true);
	buf_printf(&line, "%s: ", *uuid ? uuid : kind->where);
	if (number)
		buf_printf(&line, "%s %" PRId64 ": ", kind->one, number);
	buf_printf(&line, "%s\n", escaped.data ? (char *)escaped.data : "");
	client_progress_end(&verifying->progress);
	return client_put(&line, err);
}

/* Keeps the fault, and tells of it at once. */
static int add_fault(struct verifying *verifying, const struct kind *kind, const char *uuid,
	const struct json_node *fault, struct error *err)
{
	json_t *json = json_node_to_jansson(fault);

	if (json && *uuid)
		json_object_set_new(json, "uuid", json_string(uuid));
	if (json_array_append_new(verifying->faults, json))
		return error_set(err, ERROR_NO_MEMORY, "no memory for the output");
	return verifying->is_json ? 0 : print_fault(verifying, kind, uuid, fault, err);
}

/* The VM that a fault is of: the one that was asked for, or that the answer names. */
static int name_vm(const struct json_node *fault, const char *asked, char ret_uuid[TEXT_UUID_SIZE],
	struct error *err)
{
	const char *name = client_text(fault, "uuid");

	if (*asked || !*name) {
		snprintf(ret_uuid, TEXT_UUID_SIZE, "%s", asked);
		return 0;
	}
	return text_uuid(name, ret_uuid)
		       ? 0
		       : error_set(err, ERROR_MALFORMED, "the collector names a VM without a UUID");
}

/* What one request looked at. */
static int add_step(struct verifying *verifying, const struct kind *kind, const char *asked,
	const struct json_node *step, uint64_t *count, struct error *err)
{
	const struct json_node *seen = json_node_member(step, kind->many);
	const struct json_node *faults = json_node_member(step, "faults"), *fault;
	char uuid[TEXT_UUID_SIZE];
	int rc = 0;

	if (!seen || seen->kind != JSON_NODE_INTEGER || !faults || faults->kind != JSON_NODE_ARRAY)
		return error_set(err, ERROR_MALFORMED,
			"the collector does not say what it looked at and what it found");
	*count += (uint64_t)seen->integer;
	verifying->vms += (uint64_t)client_number(step, "vms");
	verifying->judged += (uint64_t)client_number(step, "judged");
	for (fault = json_node_first(faults); !rc && fault; fault = fault->next) {
		rc = name_vm(fault, asked, uuid, err);
		if (!rc)
			rc = add_fault(verifying, kind, uuid, fault, err);
	}
	return rc;
}

/* From its one end to the other. */
static int verify_all(struct verifying *verifying, const struct kind *kind, const char *uuid,
	uint64_t *count, struct error *err)
{
	char cursor[CURSOR_SIZE] = "";
	int rc;

	do {
		JSON_TREE_SCOPED step = {0};

		client_progress_show(&verifying->progress,
			"%" PRIu64 " of %" PRIu64 " VMs, %" PRIu64 " reports, %" PRIu64
			" audit events",
			verifying->vms, verifying->vms_known, verifying->reports,
			verifying->events);
		rc = get_page(verifying, kind->path, cursor, &step, err);
		if (!rc)
			rc = add_step(verifying, kind, uuid, step.root, count, err);
	} while (!rc && *cursor);
	return rc;
}

static int verify_vm(struct verifying *verifying, const char *uuid, struct error *err)
{
	char path[80];
	struct kind kind = vms_kind;
	int rc;

	snprintf(path, sizeof(path), "/v1/vms/%s/verification", uuid);
	kind.path = path;
	verifying->vms_known = 1;
	rc = verify_all(verifying, &kind, uuid, &verifying->reports, err);
	verifying->vms = 1;
	return rc;
}

static uint64_t sum_of(const struct json_node *counts)
{
	const struct json_node *count = json_node_first(counts);
	uint64_t sum = 0;

	for (; count; count = count->next)
		sum += (uint64_t)json_node_integer(count);
	return sum;
}

/* How many there are is only for who waits. */
static void count_vms(struct verifying *verifying)
{
	JSON_TREE_SCOPED page = {0};
	struct error ignored;

	if (!client_get(verifying->client, "/v1/vms?limit=1", CLIENT_TIMEOUT_S, &page, &ignored))
		verifying->vms_known = sum_of(json_node_member(page.root, "counts"));
}

static int verify_store(struct verifying *verifying, struct error *err)
{
	uint64_t rows = 0;
	int rc;

	count_vms(verifying);
	rc = verify_all(verifying, &vms_kind, "", &verifying->reports, err);
	if (!rc)
		rc = verify_all(verifying, &owners_kind, "", &rows, err);
	if (!rc)
		rc = verify_all(verifying, &audit_kind, "", &verifying->events, err);
	return rc ? rc : verify_all(verifying, &logs_kind, "", &verifying->logs, err);
}

/* --- checkpoints --- */

static int add_checkpoint_fault(
	const char *time, const char *uuid, const char *what, void *context, struct error *err)
{
	struct verifying *verifying = context;
	json_t *json = json_pack("{s:s, s:o}", "checkpoint", time, "what", json_text_string(what));
	BUF_SCOPED line = {0};

	if (json && *uuid)
		json_object_set_new(json, "uuid", json_string(uuid));
	if (json_array_append_new(verifying->faults, json))
		return error_set(err, ERROR_NO_MEMORY, "no memory for the output");
	if (verifying->is_json)
		return 0;
	client_progress_end(&verifying->progress);
	buf_printf(&line, "%s%scheckpoint %s: %s\n", uuid, *uuid ? ": " : "", time, what);
	return client_put(&line, err);
}

static int verify_against(
	struct verifying *verifying, const struct options *options, struct error *err)
{
	struct client_forgotten forgotten = {0};
	const struct client_against against = {verifying->client, &verifying->progress,
		add_checkpoint_fault, verifying, &forgotten};
	int rc = 0;

	if (*options->against)
		rc = client_checkpoints_check(options, &against, &verifying->checkpoints, err);
	client_forgotten_free(&forgotten);
	return rc;
}

/* --- result --- */

static int print_result(const struct verifying *verifying, bool has_audit, struct error *err)
{
	BUF_SCOPED result = {0};
	json_t *json;

	if (!verifying->is_json) {
		buf_printf(&result,
			"VMs: %" PRIu64 ", reports: %" PRIu64 ", judged again: %" PRIu64,
			verifying->vms, verifying->reports, verifying->judged);
		if (verifying->logs)
			buf_printf(&result, ", event logs: %" PRIu64, verifying->logs);
		if (has_audit)
			buf_printf(&result, ", audit events: %" PRIu64, verifying->events);
		buf_printf(&result, ", faults: %zu\n", json_array_size(verifying->faults));
		return client_put(&result, err);
	}
	json = json_pack("{s:I, s:I, s:I, s:O}", "vms", (json_int_t)verifying->vms, "reports",
		(json_int_t)verifying->reports, "judged", (json_int_t)verifying->judged, "faults",
		verifying->faults);
	if (json && has_audit)
		json_object_update_new(
			json, json_pack("{s:I, s:I}", "event_logs", (json_int_t)verifying->logs,
				      "events", (json_int_t)verifying->events));
	if (json && verifying->checkpoints.checked)
		json_object_set(json, "checkpoints", verifying->checkpoints.checked);
	client_print_json(&result, json);
	json_decref(json);
	return client_put(&result, err);
}

static int check_options(const struct options *options, struct error *err)
{
	const bool has_more = *options->signed_by || *options->tsa_ca;

	if (*options->against && options->line.word_count)
		return error_set(err, ERROR_USAGE,
			"--against is about all VMs; leave out the UUID, or --against");
	if (has_more && !*options->against)
		return error_set(err, ERROR_USAGE,
			"--signed-by and --tsa-ca are about checkpoints; add --against FILE");
	return 0;
}

static enum exit_code exit_code_of(const struct verifying *verifying)
{
	if (json_array_size(verifying->faults))
		return EXIT_CODE_BROKEN;
	return verifying->checkpoints.unknown ? EXIT_CODE_UNKNOWN : EXIT_CODE_HEALTHY;
}

int command_verify(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct options_client whom;
	struct verifying verifying = {.is_json = options->is_json, .faults = json_array()};
	bool is_one = options->line.word_count > 0;
	char uuid[TEXT_UUID_SIZE];
	int rc = check_options(options, err);

	if (!rc && is_one)
		rc = options_uuid(&options->line, uuid, err);
	if (!rc)
		rc = config_read_client(options, &whom, err);
	if (!rc)
		rc = client_open(&whom, options->state, &verifying.client, err);
	if (!rc)
		rc = is_one ? verify_vm(&verifying, uuid, err) : verify_store(&verifying, err);
	if (!rc)
		rc = verify_against(&verifying, options, err);
	client_progress_end(&verifying.progress);
	if (!rc)
		rc = print_result(&verifying, !is_one, err);
	if (!rc)
		*ret_code = exit_code_of(&verifying);
	json_decref(verifying.checkpoints.checked);
	json_decref(verifying.faults);
	client_close(verifying.client);
	return rc;
}

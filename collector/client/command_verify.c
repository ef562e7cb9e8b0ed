/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector verify: whether what is stored is what was written, one VM after the other, then
 * the audit log. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "collector/client/client.h"
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
	uint64_t vms, vms_known, reports, events;
	json_t *faults;
};

/* What a chain consists of, in the collector's answers. */
struct kind {
	const char *one, *many;
};

static const struct kind report_kind = {"report", "reports"}, event_kind = {"event", "events"};

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

/* Keeps the fault, and tells of it at once. */
static int add_fault(struct verifying *verifying, const struct kind *kind, const char *uuid,
	const struct json_node *fault, struct error *err)
{
	json_t *json = json_node_to_jansson(fault);
	BUF_SCOPED line = {0}, escaped = {0};

	if (json && *uuid)
		json_object_set_new(json, "uuid", json_string(uuid));
	if (json_array_append_new(verifying->faults, json))
		return error_set(err, ERROR_NO_MEMORY, "no memory for the output");
	if (verifying->is_json)
		return 0;
	text_escape(&escaped, client_text(fault, "what"), true);
	buf_printf(&line, "%s: %s %" PRId64 ": %s\n", *uuid ? uuid : "audit log", kind->one,
		client_number(fault, kind->one), escaped.data ? (char *)escaped.data : "");
	client_progress_end(&verifying->progress);
	return client_put(&line, err);
}

/* What one request looked at. */
static int add_step(struct verifying *verifying, const struct kind *kind, const char *uuid,
	const struct json_node *step, uint64_t *count, struct error *err)
{
	const struct json_node *seen = json_node_member(step, kind->many);
	const struct json_node *fault = json_node_member(step, "fault");
	bool is_complete = seen && seen->kind == JSON_NODE_INTEGER && fault &&
			   (fault->kind == JSON_NODE_NULL || fault->kind == JSON_NODE_OBJECT);

	if (!is_complete)
		return error_set(err, ERROR_MALFORMED,
			"the collector does not say what it looked at and what it found");
	*count += (uint64_t)seen->integer;
	return fault->kind == JSON_NODE_NULL ? 0 : add_fault(verifying, kind, uuid, fault, err);
}

/* A chain from its one end to the other. */
static int verify_chain(struct verifying *verifying, const struct kind *kind, const char *uuid,
	const char *path, uint64_t *count, struct error *err)
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
		rc = get_page(verifying, path, cursor, &step, err);
		if (!rc)
			rc = add_step(verifying, kind, uuid, step.root, count, err);
	} while (!rc && *cursor);
	return rc;
}

static int verify_vm(struct verifying *verifying, const char *name, struct error *err)
{
	char uuid[TEXT_UUID_SIZE], path[80];
	int rc;

	if (!text_uuid(name, uuid))
		return error_set(err, ERROR_MALFORMED, "the collector lists a VM without a UUID");
	snprintf(path, sizeof(path), "/v1/vms/%s/verification", uuid);
	rc = verify_chain(verifying, &report_kind, uuid, path, &verifying->reports, err);
	verifying->vms++;
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

static int verify_vms(struct verifying *verifying, struct error *err)
{
	char cursor[CURSOR_SIZE] = "";
	int rc;

	do {
		JSON_TREE_SCOPED page = {0};
		const struct json_node *vm;

		rc = get_page(verifying, "/v1/vms?limit=200", cursor, &page, err);
		verifying->vms_known = sum_of(json_node_member(page.root, "counts"));
		vm = json_node_first(json_node_member(page.root, "vms"));
		for (; !rc && vm; vm = vm->next)
			rc = verify_vm(verifying, client_text(vm, "uuid"), err);
	} while (!rc && *cursor);
	return rc;
}

static int print_result(const struct verifying *verifying, bool has_audit, struct error *err)
{
	BUF_SCOPED result = {0};
	json_t *json;

	if (!verifying->is_json) {
		buf_printf(&result, "VMs: %" PRIu64 ", reports: %" PRIu64, verifying->vms,
			verifying->reports);
		if (has_audit)
			buf_printf(&result, ", audit events: %" PRIu64, verifying->events);
		buf_printf(&result, ", faults: %zu\n", json_array_size(verifying->faults));
		return client_put(&result, err);
	}
	json = json_pack("{s:I, s:I, s:O}", "vms", (json_int_t)verifying->vms, "reports",
		(json_int_t)verifying->reports, "faults", verifying->faults);
	if (json && has_audit)
		json_object_set_new(json, "events", json_integer((json_int_t)verifying->events));
	client_print_json(&result, json);
	json_decref(json);
	return client_put(&result, err);
}

int command_verify(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct options_client whom;
	struct verifying verifying = {.is_json = options->is_json, .faults = json_array()};
	bool is_one = options->line.word_count > 0;
	char uuid[TEXT_UUID_SIZE];
	int rc = is_one ? options_uuid(&options->line, uuid, err) : 0;

	if (!rc)
		rc = config_read_client(options, &whom, err);
	if (!rc)
		rc = client_open(&whom, options->state, &verifying.client, err);
	if (!rc && is_one) {
		verifying.vms_known = 1;
		rc = verify_vm(&verifying, uuid, err);
	} else if (!rc) {
		rc = verify_vms(&verifying, err);
		if (!rc)
			rc = verify_chain(&verifying, &event_kind, "", "/v1/audit/verification",
				&verifying.events, err);
	}
	client_progress_end(&verifying.progress);
	if (!rc)
		rc = print_result(&verifying, !is_one, err);
	if (!rc)
		*ret_code =
			json_array_size(verifying.faults) ? EXIT_CODE_BROKEN : EXIT_CODE_HEALTHY;
	json_decref(verifying.faults);
	client_close(verifying.client);
	return rc;
}

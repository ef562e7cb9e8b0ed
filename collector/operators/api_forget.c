/* SPDX-License-Identifier: BSD-2-Clause */
/* An operator has a VM forgotten, and takes its reports along before. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "collector/operators/api_operation.h"

#define EXPORT_LINES_MAX 200
#define EXPORT_BYTES_MAX ((size_t)1024 * 1024)

/* --- its reports --- */

static bool add_line(const struct store_appraisal *appraisal, void *context)
{
	struct buf *to = context;

	api_appraisal_ecs(to, appraisal);
	return !to->failed && to->len < EXPORT_BYTES_MAX;
}

/* Nothing is left of a history behind its end alone, which may have come nearer meanwhile. */
static int check_end(struct api *api, const char *uuid, uint64_t from, struct error *err)
{
	struct store_vm vm;
	int rc = store_read_vm(api->store, uuid, &vm, err);
	uint64_t wanted = rc || from ? from : vm.head.id;

	if (rc || wanted <= vm.tail.id)
		return rc;
	return error_set(err, ERROR_NOT_FOUND,
		"report %" PRIu64 " is missing, and the VM's history does not end behind it: "
		"`vtpm-collector verify %s` tells more",
		wanted, uuid);
}

/* A baseline that retention went past is in no timeline. */
static int write_lines(
	struct api *api, const char *uuid, uint64_t from, struct buf *to, struct error *err)
{
	struct store_vm vm;
	int rc = store_read_vm(api->store, uuid, &vm, err);

	if (!rc && from && from == vm.baseline.id && from <= vm.tail.id)
		rc = store_read_appraisal(api->store, from, add_line, to, err);
	else if (!rc)
		rc = store_read_timeline(
			api->store, uuid, from, EXPORT_LINES_MAX, add_line, to, err);
	if (!rc && !to->failed && !to->len)
		rc = check_end(api, uuid, from, err);
	if (!rc && to->failed)
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for an export");
	return rc;
}

void api_export_vm(struct http_request *request, void *context)
{
	struct http_response response = {.status = 200, .content_type = "application/x-ndjson"};
	char uuid[TEXT_UUID_SIZE];
	struct api *api = context;
	uint64_t from = 0;
	struct error err;

	if (!api_read_uuid(request, uuid))
		return;
	if (!api_query_number(request, "from", 1, INT64_MAX, &from))
		return;
	if (write_lines(api, uuid, from, &response.body, &err)) {
		buf_free(&response.body);
		api_reply_error(request, &err);
		return;
	}
	snprintf(response.filename, sizeof(response.filename), "vtpm-%s.ndjson", uuid);
	http_reply(request, &response);
}

/* --- its end --- */

static void judge_removal(struct store_change *change, void *context)
{
	struct operation *operation = context;
	const struct store_vm *vm = &change->vm;

	operation->outcome = OUTCOME_DONE;
	if (!vm->revision)
		operation->outcome = OUTCOME_UNKNOWN;
	else if (operation->report && operation->report != vm->head.id)
		operation->outcome = OUTCOME_NEWER;
	if (operation->outcome)
		return;
	store_forgotten_print(vm, operation->comment, &operation->audit);
	change->forgets = true;
	change->audit = &operation->audit;
}

static void complete_removal(struct operation *operation)
{
	const struct store_forgotten *gone = &operation->job.item.forgotten;
	char hash[2 * STORE_HASH_SIZE + 1];

	text_hex(gone->head.hash, sizeof(gone->head.hash), hash, sizeof(hash));
	operation->answer = json_pack("{s:s, s:o, s:o, s:I, s:I, s:I, s:I}", "uuid",
		operation->audit.uuid, "report",
		gone->head.id ? json_integer((json_int_t)gone->head.id) : json_null(), "hash",
		gone->head.id ? json_string(hash) : json_null(), "reports",
		(json_int_t)gone->reports, "event_logs", (json_int_t)gone->event_logs, "claims",
		(json_int_t)gone->claims, "tokens", (json_int_t)gone->tokens);
}

static bool read_removal(struct http_request *request, struct operation *operation)
{
	JSON_TREE_SCOPED body = {0};
	const struct json_node *report;
	const char *comment;

	if (!api_read_body(request, &body))
		return false;
	report = json_node_member(body.root, "report");
	comment = json_node_text(json_node_member(body.root, "comment"));
	operation->report = (uint64_t)json_node_integer(report);
	if (report && json_node_integer(report) < 1)
		api_reply_malformed(request, "report: not a report's number");
	else if (comment && strlen(comment) >= sizeof(operation->comment))
		api_reply_malformed(
			request, "comment: longer than %zu bytes", sizeof(operation->comment) - 1);
	else {
		snprintf(operation->comment, sizeof(operation->comment), "%s",
			comment ? comment : "");
		return true;
	}
	return false;
}

void api_forget(struct http_request *request, void *context)
{
	char uuid[TEXT_UUID_SIZE];
	struct operation *operation;

	if (!api_read_uuid(request, uuid))
		return;
	operation = api_operation_new(request, STORE_FORGOTTEN_ACTION, uuid);
	if (!operation) {
		http_reply_json(request, 200, NULL);
		return;
	}
	if (!read_removal(request, operation)) {
		api_operation_free(operation);
		return;
	}
	operation->job.item.judge = judge_removal;
	operation->complete = complete_removal;
	api_operation_submit(context, operation, 200, NULL);
}

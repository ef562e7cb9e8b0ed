/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector verify: whether what is stored is what was written, one VM after the other, then
 * the audit log. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/client/client.h"
#include "collector/client/client_page.h"
#include "collector/client/client_progress.h"
#include "collector/commands.h"
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
	json_t **ret_page, struct error *err)
{
	BUF_SCOPED query = {0};
	int rc;

	buf_append_text(&query, path);
	client_add_parameter(&query, "after", cursor);
	if (query.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a request");
	rc = client_get(verifying->client, (char *)query.data, CLIENT_TIMEOUT_S, ret_page, err);
	if (!rc)
		snprintf(cursor, CURSOR_SIZE, "%s", client_text(*ret_page, "next"));
	return rc;
}

/* Keeps the fault, and tells of it at once. Takes over nothing. */
static int add_fault(struct verifying *verifying, const struct kind *kind, const char *uuid,
	json_t *fault, struct error *err)
{
	BUF_SCOPED line = {0}, escaped = {0};

	if (*uuid)
		json_object_set_new(fault, "uuid", json_string(uuid));
	if (json_array_append(verifying->faults, fault))
		return error_set(err, ERROR_NO_MEMORY, "no memory for the output");
	if (verifying->is_json)
		return 0;
	text_escape(&escaped, client_text(fault, "what"), true);
	buf_printf(&line, "%s: %s %" JSON_INTEGER_FORMAT ": %s\n", *uuid ? uuid : "audit log",
		kind->one, json_integer_value(json_object_get(fault, kind->one)),
		escaped.data ? (char *)escaped.data : "");
	client_progress_end(&verifying->progress);
	return client_put(&line, err);
}

/* What one request looked at. */
static int add_step(struct verifying *verifying, const struct kind *kind, const char *uuid,
	const json_t *step, uint64_t *count, struct error *err)
{
	const json_t *seen = json_object_get(step, kind->many);
	json_t *fault = json_object_get(step, "fault");

	if (!json_is_integer(seen) || !(json_is_null(fault) || json_is_object(fault)))
		return error_set(err, ERROR_MALFORMED,
			"the collector does not say what it looked at and what it found");
	*count += (uint64_t)json_integer_value(seen);
	return json_is_object(fault) ? add_fault(verifying, kind, uuid, fault, err) : 0;
}

/* A chain from its one end to the other. */
static int verify_chain(struct verifying *verifying, const struct kind *kind, const char *uuid,
	const char *path, uint64_t *count, struct error *err)
{
	char cursor[CURSOR_SIZE] = "";
	int rc;

	do {
		json_t *step = NULL;

		client_progress_show(&verifying->progress,
			"%" PRIu64 " of %" PRIu64 " VMs, %" PRIu64 " reports, %" PRIu64
			" audit events",
			verifying->vms, verifying->vms_known, verifying->reports,
			verifying->events);
		rc = get_page(verifying, path, cursor, &step, err);
		if (!rc)
			rc = add_step(verifying, kind, uuid, step, count, err);
		json_decref(step);
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

static uint64_t sum_of(json_t *counts)
{
	json_int_t sum = 0;
	const char *status;
	json_t *count;

	json_object_foreach(counts, status, count) sum += json_integer_value(count);
	return (uint64_t)sum;
}

static int verify_vms(struct verifying *verifying, struct error *err)
{
	char cursor[CURSOR_SIZE] = "";
	int rc;

	do {
		json_t *page = NULL, *vm;
		size_t i;

		rc = get_page(verifying, "/v1/vms?limit=200", cursor, &page, err);
		verifying->vms_known = sum_of(json_object_get(page, "counts"));
		json_array_foreach(json_object_get(page, "vms"), i, vm)
		{
			if (!rc)
				rc = verify_vm(verifying, client_text(vm, "uuid"), err);
		}
		json_decref(page);
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
	struct verifying verifying = {.is_json = options->is_json, .faults = json_array()};
	bool is_one = options->line.word_count > 0;
	char uuid[TEXT_UUID_SIZE];
	int rc = is_one ? options_uuid(options, uuid, err) : 0;

	if (!rc)
		rc = client_open(options, &verifying.client, err);
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector list and show: looking at what the collector has. */
#include <stdio.h>
#include <string.h>

#include "collector/client/client.h"
#include "collector/client/client_page.h"
#include "collector/commands.h"

/* One page; *cursor becomes the next one's, empty behind the last. */
static int list_page(struct client *client, const struct options *options, char cursor[64],
	json_t *all, struct error *err)
{
	BUF_SCOPED query = {0}, rows = {0};
	json_t *page = NULL;
	int rc;

	buf_append_text(&query, "/v1/vms?limit=200");
	client_add_parameter(&query, "status", options->status);
	client_add_parameter(&query, "search", options->search);
	client_add_parameter(&query, "after", cursor);
	if (query.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a request");
	rc = client_get(client, (char *)query.data, CLIENT_TIMEOUT_S, &page, err);
	if (rc)
		return rc;
	if (all) {
		json_array_extend(json_object_get(all, "vms"), json_object_get(page, "vms"));
		json_object_set(all, "counts", json_object_get(page, "counts"));
	} else {
		client_table_rows(&rows, json_object_get(page, "vms"));
		rc = client_put(&rows, err);
	}
	snprintf(cursor, 64, "%s", client_text(page, "next"));
	json_decref(page);
	return rc;
}

int command_list(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	json_t *all = options->is_json ? json_pack("{s:[]}", "vms") : NULL;
	struct client *client = NULL;
	BUF_SCOPED result = {0};
	char cursor[64] = "";
	int rc = client_open(options, &client, err);

	if (!rc && !all) {
		client_table_head(&result);
		rc = client_put(&result, err);
	}
	do {
		rc = rc ? rc : list_page(client, options, cursor, all, err);
	} while (!rc && *cursor);
	if (!rc && all) {
		client_print_json(&result, all);
		rc = client_put(&result, err);
	}
	json_decref(all);
	client_close(client);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}

static int get(struct client *client, const char *form, const char *uuid, json_t **ret_json,
	struct error *err)
{
	char path[160];

	snprintf(path, sizeof(path), "/v1/vms/%s%s", uuid, form);
	return client_get(client, path, CLIENT_TIMEOUT_S, ret_json, err);
}

/* The newest report with its verdict; none is no error. */
static int get_newest(
	struct client *client, const json_t *timeline, json_t **ret_report, struct error *err)
{
	const json_t *first = json_array_get(json_object_get(timeline, "reports"), 0);
	char path[64];

	if (!first)
		return 0;
	snprintf(path, sizeof(path), "/v1/reports/%" JSON_INTEGER_FORMAT,
		json_integer_value(json_object_get(first, "id")));
	return client_get(client, path, CLIENT_TIMEOUT_S, ret_report, err);
}

int command_show(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	json_t *vm = NULL, *timeline = NULL, *report = NULL;
	enum verdict_status status = VERDICT_NONE;
	struct client *client = NULL;
	BUF_SCOPED result = {0};
	char uuid[TEXT_UUID_SIZE];
	int rc = options_uuid(options, uuid, err);

	if (!rc)
		rc = client_open(options, &client, err);
	if (!rc)
		rc = get(client, "", uuid, &vm, err);
	if (!rc)
		rc = get(client, "/reports?limit=20", uuid, &timeline, err);
	if (!rc)
		rc = get_newest(client, timeline, &report, err);
	if (!rc) {
		status = client_status(client_text(vm, "status"));
		if (options->is_json) {
			json_object_set(vm, "timeline", json_object_get(timeline, "reports"));
			if (report)
				json_object_set(vm, "verdict", json_object_get(report, "verdict"));
			client_print_json(&result, vm);
		} else {
			client_page_vm(&result, vm, report, timeline);
		}
		rc = client_put(&result, err);
	}
	json_decref(vm);
	json_decref(timeline);
	json_decref(report);
	client_close(client);
	if (!rc)
		*ret_code = verdict_exit_code(status);
	return rc;
}

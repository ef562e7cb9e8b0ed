/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector list and show: looking at what the collector has. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "collector/client/client.h"
#include "collector/client/client_first_sight.h"
#include "collector/client/client_page.h"
#include "collector/client/client_table.h"
#include "collector/commands.h"
#include "collector/config_file.h"
#include "core/json/text.h"

static int set_member(json_t *object, const char *name, const struct json_node *value)
{
	return value ? json_object_set_new(object, name, json_node_to_jansson(value)) : 0;
}

/* Adds a page's VMs to those of the pages before it. */
static int add_page(json_t *all, const struct json_node *page, struct error *err)
{
	static const char *const names[] = {"counts", "disks", "silent"};
	const struct json_node *vms = json_node_member(page, "vms");
	json_t *list = json_object_get(all, "vms");
	int failed = 0;

	for (const struct json_node *vm = json_node_first(vms); vm; vm = vm->next)
		failed |= json_array_append_new(list, json_node_to_jansson(vm));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		failed |= set_member(all, names[i], json_node_member(page, names[i]));
	return failed ? error_set(err, ERROR_NO_MEMORY, "no memory for the output") : 0;
}

/* One page behind `cursor`. */
static int get_page(struct client *client, const struct options *options, const char *cursor,
	struct json_tree *ret_page, struct error *err)
{
	BUF_SCOPED query = {0};

	buf_append_text(&query, "/v1/vms?limit=200");
	client_add_parameter(&query, "status", options->status);
	client_add_parameter(&query, "search", options->search);
	client_add_parameter(&query, "disks", options->wants_disks ? "will-not-open" : "");
	client_add_parameter(&query, "silent", options->wants_silent ? "true" : "");
	client_add_parameter(&query, "after", cursor);
	if (query.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a request");
	return client_get(client, (char *)query.data, CLIENT_TIMEOUT_S, ret_page, err);
}

static bool has_silent(const struct json_node *vms)
{
	for (const struct json_node *vm = json_node_first(vms); vm; vm = vm->next) {
		if (client_is_silent(vm))
			return true;
	}
	return false;
}

/* Page by page: onto the terminal or, as JSON, into `all`. */
static int list(struct client *client, const struct options *options, json_t *all,
	bool *ret_has_silent, struct error *err)
{
	BUF_SCOPED foot = {0};
	char cursor[64] = "";
	bool has_mark = false;
	int rc;

	do {
		BUF_SCOPED rows = {0};
		JSON_TREE_SCOPED page = {0};
		const struct json_node *vms;

		rc = get_page(client, options, cursor, &page, err);
		if (rc)
			return rc;
		vms = json_node_member(page.root, "vms");
		*ret_has_silent = *ret_has_silent || has_silent(vms);
		if (!all && !*cursor && options->wants_disks && !json_node_first(vms))
			buf_append_text(&rows, "no VM has disks that will not open\n");
		else if (!all && !*cursor)
			client_table_head(&rows, options->wants_disks);
		if (!all)
			client_table_rows(&rows, vms, options->wants_disks, &has_mark);
		rc = all ? add_page(all, page.root, err) : client_put(&rows, err);
		snprintf(cursor, sizeof(cursor), "%s", client_text(page.root, "next"));
	} while (!rc && *cursor);
	client_table_foot(&foot, has_mark);
	return rc ? rc : client_put(&foot, err);
}

int command_list(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct options_client whom;
	json_t *all = options->is_json ? json_pack("{s:[]}", "vms") : NULL;
	struct client *client = NULL;
	BUF_SCOPED result = {0};
	bool is_any_silent = false;
	int rc = config_read_client(options, &whom, err);

	if (!rc && options->is_json && !all)
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for the output");
	if (!rc)
		rc = client_open(&whom, options->state, &client, err);
	if (!rc)
		rc = list(client, options, all, &is_any_silent, err);
	if (!rc && all) {
		client_print_json(&result, all);
		rc = client_put(&result, err);
	}
	json_decref(all);
	client_close(client);
	if (!rc)
		*ret_code = is_any_silent ? EXIT_CODE_UNKNOWN : EXIT_CODE_HEALTHY;
	return rc;
}

static int get(struct client *client, const char *form, const char *uuid,
	struct json_tree *ret_answer, struct error *err)
{
	char path[160];

	snprintf(path, sizeof(path), "/v1/vms/%s%s", uuid, form);
	return client_get(client, path, CLIENT_TIMEOUT_S, ret_answer, err);
}

/* The newest report with its verdict; none is no error. */
static int get_newest(struct client *client, const struct json_node *timeline,
	struct json_tree *ret_report, struct error *err)
{
	const struct json_node *first = json_node_first(json_node_member(timeline, "reports"));
	char path[64];

	if (!first)
		return 0;
	snprintf(path, sizeof(path), "/v1/reports/%" PRId64, client_number(first, "id"));
	return client_get(client, path, CLIENT_TIMEOUT_S, ret_report, err);
}

/* All answers as one value. */
static void print_vm(struct buf *to, const struct client_vm *shown)
{
	json_t *json = json_node_to_jansson(shown->vm);
	int failed = set_member(json, "timeline", json_node_member(shown->timeline, "reports"));

	failed |= set_member(json, "claims", shown->claims);
	failed |= set_member(json, "verdict", json_node_member(shown->report, "verdict"));
	to->failed = to->failed || failed;
	client_print_json(to, json);
	json_decref(json);
}

int command_show(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct options_client whom;
	JSON_TREE_SCOPED vm = {0}, timeline = {0}, report = {0}, claims = {0};
	struct client_first_sight first = {0};
	struct client *client = NULL;
	BUF_SCOPED result = {0};
	char uuid[TEXT_UUID_SIZE];
	int rc = options_uuid(&options->line, uuid, err);

	if (!rc)
		rc = config_read_client(options, &whom, err);
	if (!rc)
		rc = client_open(&whom, options->state, &client, err);
	if (!rc)
		rc = get(client, "", uuid, &vm, err);
	if (!rc)
		rc = get(client, "/reports?limit=20", uuid, &timeline, err);
	if (!rc)
		rc = get(client, "/claims", uuid, &claims, err);
	if (!rc)
		rc = get_newest(client, timeline.root, &report, err);
	if (!rc && !client_is_just_accepted(vm.root))
		rc = client_first_sight_read(client, vm.root, report.root, &first, err);
	if (!rc) {
		const struct client_vm shown = {vm.root, report.root, timeline.root,
			json_node_member(claims.root, "claims"),
			first.is_one ? &first.checks : NULL};

		if (options->is_json)
			print_vm(&result, &shown);
		else
			client_page_vm(&result, &shown);
		rc = client_put(&result, err);
	}
	client_close(client);
	if (!rc)
		*ret_code = first.is_one && !client_is_silent(vm.root)
				    ? verdict_exit_code(checks_status(&first.checks))
				    : client_vm_code(vm.root);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/state_delivery.h"

#include <jansson.h>
#include <stdio.h>

#include "agent/state_file.h"
#include "core/json/text.h"
#include "core/json/tree.h"
#include "platform/system.h"

#define DELIVERY_BYTES_MAX 16384

static void read_text(const struct json_node *root, const char *name, char *ret_text, size_t size)
{
	const char *text = json_node_text(json_node_member(root, name));

	snprintf(ret_text, size, "%s", text ? text : "");
}

static uint64_t read_number(const struct json_node *root, const char *name)
{
	const struct json_node *number = json_node_member(root, name);

	return number && json_node_integer(number) > 0 ? (uint64_t)json_node_integer(number) : 0;
}

int state_read_delivery(
	const char *directory, struct state_delivery *ret_delivery, struct error *err)
{
	struct state_delivery delivery = {0};
	JSON_TREE_SCOPED tree = {0};
	BUF_SCOPED text = {0};
	char path[STATE_PATH_MAX];
	int rc = state_path(directory, STATE_DELIVERY, path, err);

	if (!rc)
		rc = platform_file_read(path, DELIVERY_BYTES_MAX, &text, err);
	if (!rc)
		rc = json_tree_parse(text.data, text.len, DELIVERY_BYTES_MAX, &tree, err);
	if (rc)
		return rc;
	read_text(tree.root, "url", delivery.url, sizeof(delivery.url));
	read_text(tree.root, "status", delivery.status, sizeof(delivery.status));
	read_text(tree.root, "fault", delivery.fault, sizeof(delivery.fault));
	delivery.delivered = read_number(tree.root, "delivered");
	delivery.report = read_number(tree.root, "report");
	delivery.tried = read_number(tree.root, "tried");
	delivery.next = read_number(tree.root, "next");
	*ret_delivery = delivery;
	return 0;
}

int state_write_delivery(
	const char *directory, const struct state_delivery *delivery, struct error *err)
{
	BUF_SCOPED text = {0};
	char path[STATE_PATH_MAX];
	json_t *json = json_pack("{s:o, s:I, s:I, s:s, s:I, s:o, s:I}", "url",
		json_text_string(delivery->url), "delivered", (json_int_t)delivery->delivered,
		"report", (json_int_t)delivery->report, "status", delivery->status, "tried",
		(json_int_t)delivery->tried, "fault", json_text_string(delivery->fault), "next",
		(json_int_t)delivery->next);
	int rc = state_path(directory, STATE_DELIVERY, path, err);

	if (json)
		json_text_print(&text, json, false);
	json_decref(json);
	buf_append_text(&text, "\n");
	if (!rc && (!json || text.failed))
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for %s", path);
	if (!rc)
		rc = platform_directory_make(directory, err);
	return rc ? rc : platform_file_replace(path, text.data, text.len, err);
}

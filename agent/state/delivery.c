/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/state/delivery.h"

#include <stdio.h>

#include "agent/state/file.h"
#include "core/json/text.h"
#include "platform/system.h"

#define DELIVERY_BYTES_MAX 16384

static void read_text(const struct json_node *root, const char *name, char *ret_text, size_t size)
{
	const char *text = json_node_text(json_node_member(root, name));

	snprintf(ret_text, size, "%s", text ? text : "");
}

int state_read_delivery(
	const char *directory, struct state_delivery *ret_delivery, struct error *err)
{
	struct state_delivery delivery = {0};
	JSON_TREE_SCOPED tree = {0};
	int rc = state_file_read(directory, STATE_DELIVERY, DELIVERY_BYTES_MAX, &tree, err);

	if (rc)
		return rc;
	read_text(tree.root, "url", delivery.url, sizeof(delivery.url));
	read_text(tree.root, "status", delivery.status, sizeof(delivery.status));
	read_text(tree.root, "fault", delivery.fault, sizeof(delivery.fault));
	delivery.delivered = state_file_number(tree.root, "delivered");
	delivery.report = state_file_number(tree.root, "report");
	delivery.tried = state_file_number(tree.root, "tried");
	delivery.next = state_file_number(tree.root, "next");
	*ret_delivery = delivery;
	return 0;
}

int state_write_delivery(
	const char *directory, const struct state_delivery *delivery, struct error *err)
{
	int rc = platform_directory_make(directory, err);

	if (rc)
		return rc;
	return state_file_write(directory, STATE_DELIVERY,
		json_pack("{s:o, s:I, s:I, s:s, s:I, s:o, s:I}", "url",
			json_text_string(delivery->url), "delivered",
			(json_int_t)delivery->delivered, "report", (json_int_t)delivery->report,
			"status", delivery->status, "tried", (json_int_t)delivery->tried, "fault",
			json_text_string(delivery->fault), "next", (json_int_t)delivery->next),
		err);
}

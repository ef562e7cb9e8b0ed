/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/collector/json_dump.h"

#include <inttypes.h>
#include <string.h>

static void dump_text(struct buf *to, const char *text, size_t len)
{
	buf_printf(to, "%zu'", len);
	buf_append(to, text, len + 1); /* with the NUL that must be there */
	if (!to->failed && to->data[--to->len])
		buf_append_text(to, "!");
	buf_append_text(to, "'");
}

/* The items of an array, the members of an object; `len` is what they are counted as. */
static void dump_children(struct buf *to, const struct json_node *node)
{
	size_t count = 0;

	for (const struct json_node *child = node->first; child; child = child->next) {
		if (count++)
			buf_append_text(to, ",");
		if (child->name) {
			dump_text(to, child->name, child->name_len);
			buf_append_text(to, ":");
		}
		json_dump_node(to, child);
	}
	if (count != node->len)
		buf_printf(to, "! counted as %zu", node->len);
}

void json_dump_node(struct buf *to, const struct json_node *node)
{
	switch (node->kind) {
	case JSON_NODE_NULL:
		buf_append_text(to, "null");
		break;
	case JSON_NODE_BOOL:
		buf_append_text(to, node->is_true ? "true" : "false");
		break;
	case JSON_NODE_INTEGER:
		buf_printf(to, "%" PRId64, node->integer);
		break;
	case JSON_NODE_REAL:
		buf_printf(to, "%.17g", node->real);
		break;
	case JSON_NODE_STRING:
		dump_text(to, node->text, node->len);
		break;
	case JSON_NODE_ARRAY:
		buf_append_text(to, "[");
		dump_children(to, node);
		buf_append_text(to, "]");
		break;
	case JSON_NODE_OBJECT:
		buf_append_text(to, "{");
		dump_children(to, node);
		buf_append_text(to, "}");
		break;
	}
}

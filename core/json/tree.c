/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/json/tree.h"

#include <string.h>

static const struct json_node *find(
	const struct json_node *from, const struct json_node *until, const char *name)
{
	while (from != until && strcmp(from->name, name) != 0)
		from = from->next;
	return from == until ? NULL : from;
}

const struct json_node *json_node_member_from(
	const struct json_node *object, const struct json_node *from, const char *name)
{
	const struct json_node *member;

	if (!object || object->kind != JSON_NODE_OBJECT)
		return NULL;
	if (!from)
		return find(object->first, NULL, name);
	member = find(from, NULL, name);
	return member ? member : find(object->first, from, name);
}

const struct json_node *json_node_member(const struct json_node *object, const char *name)
{
	return json_node_member_from(object, NULL, name);
}

const struct json_node *json_node_first(const struct json_node *node)
{
	bool has_children =
		node && (node->kind == JSON_NODE_ARRAY || node->kind == JSON_NODE_OBJECT);

	return has_children ? node->first : NULL;
}

const char *json_node_text(const struct json_node *node)
{
	return node && node->kind == JSON_NODE_STRING ? node->text : NULL;
}

int64_t json_node_integer(const struct json_node *node)
{
	return node && node->kind == JSON_NODE_INTEGER ? node->integer : 0;
}

bool json_node_is_true(const struct json_node *node)
{
	return node && node->kind == JSON_NODE_BOOL && node->is_true;
}

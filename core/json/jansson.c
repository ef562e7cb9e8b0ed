/* SPDX-License-Identifier: BSD-2-Clause */
/* Trees by jansson. */
#include "core/json/build.h"

#include <jansson.h>

#include "core/json/text.h"

/* A value as a node that owns nothing. */
static struct json_node describe(const json_t *json)
{
	struct json_node node = {.kind = JSON_NODE_NULL};

	switch (json_typeof(json)) {
	case JSON_OBJECT:
		node.kind = JSON_NODE_OBJECT;
		break;
	case JSON_ARRAY:
		node.kind = JSON_NODE_ARRAY;
		break;
	case JSON_STRING:
		node.kind = JSON_NODE_STRING;
		node.text = json_string_value(json);
		node.len = json_string_length(json);
		break;
	case JSON_INTEGER:
		node.kind = JSON_NODE_INTEGER;
		node.integer = json_integer_value(json);
		break;
	case JSON_REAL:
		node.kind = JSON_NODE_REAL;
		node.real = json_real_value(json);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		node.kind = JSON_NODE_BOOL;
		node.is_true = json_is_true(json);
		break;
	case JSON_NULL:
		break;
	}
	return node;
}

/* Adds a value and all that is in it, as deep as json_build_add() allows. */
static int add(struct json_build *build, const char *name, size_t name_len, json_t *json,
	struct error *err)
{
	struct json_node node = describe(json);
	int rc;

	node.name = name;
	node.name_len = name_len;
	rc = json_build_add(build, &node, err);
	if (rc || (node.kind != JSON_NODE_ARRAY && node.kind != JSON_NODE_OBJECT))
		return rc;
	for (size_t i = 0; !rc && i < json_array_size(json); i++)
		rc = add(build, NULL, 0, json_array_get(json, i), err);
	for (void *at = json_object_iter(json); !rc && at; at = json_object_iter_next(json, at))
		rc = add(build, json_object_iter_key(at), json_object_iter_key_len(at),
			json_object_iter_value(at), err);
	return rc ? rc : json_build_end(build, err);
}

int json_tree_parse(
	const void *bytes, size_t len, size_t max, struct json_tree *ret_tree, struct error *err)
{
	struct json_build build;
	json_t *json = NULL;
	int rc = json_text_parse(bytes, len, max, &json, err);

	if (rc)
		return rc;
	json_build_begin(&build, len);
	rc = add(&build, NULL, 0, json, err);
	json_decref(json);
	if (rc)
		json_tree_free(&build.tree);
	else
		*ret_tree = build.tree;
	return rc;
}

static json_t *copy_items(const struct json_node *array)
{
	json_t *json = json_array();

	for (const struct json_node *item = array->first; json && item; item = item->next) {
		if (json_array_append_new(json, json_node_to_jansson(item))) {
			json_decref(json);
			return NULL;
		}
	}
	return json;
}

static json_t *copy_members(const struct json_node *object)
{
	const struct json_node *member = object->first;
	json_t *json = json_object();

	for (; json && member; member = member->next) {
		if (json_object_set_new(json, member->name, json_node_to_jansson(member))) {
			json_decref(json);
			return NULL;
		}
	}
	return json;
}

json_t *json_node_to_jansson(const struct json_node *node)
{
	switch (node->kind) {
	case JSON_NODE_NULL:
		break;
	case JSON_NODE_BOOL:
		return json_boolean(node->is_true);
	case JSON_NODE_INTEGER:
		return json_integer(node->integer);
	case JSON_NODE_REAL:
		return json_real(node->real);
	case JSON_NODE_STRING:
		return json_stringn(node->text, node->len);
	case JSON_NODE_ARRAY:
		return copy_items(node);
	case JSON_NODE_OBJECT:
		return copy_members(node);
	}
	return json_null();
}

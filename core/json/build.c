/* SPDX-License-Identifier: BSD-2-Clause */
/* The making of trees, and their memory. */
#include "core/json/build.h"

#include <stdlib.h>
#include <string.h>

#define ALIGNMENT   _Alignof(struct json_node)
#define FIRST_SPARE 1024U
#define FEW_MEMBERS 80U /* up to so many members, comparing each pair is quicker than sorting */

struct json_block {
	struct json_block *next;
	struct json_node room[]; /* for nodes and texts */
};

void json_tree_free(struct json_tree *tree)
{
	while (tree->blocks) {
		struct json_block *next = tree->blocks->next;

		free(tree->blocks);
		tree->blocks = next;
	}
	tree->root = NULL;
}

void json_build_begin(struct json_build *build, size_t len)
{
	build->tree = (struct json_tree){0};
	build->left = 0;
	/* A usual document's nodes take three times its bytes. */
	build->next_size = 4 * len + FIRST_SPARE;
	build->depth = 0;
}

static bool add_block(struct json_build *build, size_t size)
{
	size_t room = size > build->next_size ? size : build->next_size;
	struct json_block *block = malloc(sizeof(*block) + room);

	if (!block)
		return false;
	block->next = build->tree.blocks;
	build->tree.blocks = block;
	build->at = (uint8_t *)block->room;
	build->left = room;
	build->next_size = 2 * room;
	return true;
}

static void *take(struct json_build *build, size_t size)
{
	void *taken;

	size += (ALIGNMENT - size % ALIGNMENT) % ALIGNMENT;
	if (size > build->left && !add_block(build, size))
		return NULL;
	taken = build->at;
	build->at += size;
	build->left -= size;
	return taken;
}

static int take_text(struct json_build *build, const char *text, size_t len, const char **ret_copy,
	struct error *err)
{
	char *copy;

	if (memchr(text, 0, len))
		return error_set(err, ERROR_MALFORMED, "a string holds U+0000");
	copy = take(build, len + 1);
	if (!copy)
		return error_set(err, ERROR_NO_MEMORY, "no memory for JSON");
	memcpy(copy, text, len);
	copy[len] = 0;
	*ret_copy = copy;
	return 0;
}

/* Copies the node's name and text into the tree; until now they are the caller's. */
static int take_texts(struct json_build *build, struct json_node *node, struct error *err)
{
	int rc = 0;

	if (node->name)
		rc = take_text(build, node->name, node->name_len, &node->name, err);
	if (!rc && node->kind == JSON_NODE_STRING)
		rc = take_text(build, node->text, node->len, &node->text, err);
	return rc;
}

/* Adds the node to the innermost array or object that is open. */
static void append(struct json_build *build, struct json_node *node)
{
	struct json_build_level *level;

	if (!build->depth) {
		build->tree.root = node;
		return;
	}
	level = &build->open[build->depth - 1];
	if (level->last)
		level->last->next = node;
	else
		level->node->first = node;
	level->last = node;
	level->node->len++;
}

int json_build_add(struct json_build *build, const struct json_node *value, struct error *err)
{
	bool is_open = value->kind == JSON_NODE_ARRAY || value->kind == JSON_NODE_OBJECT;
	struct json_node *node;
	int rc;

	if (!build->depth && value->kind != JSON_NODE_OBJECT)
		return error_set(err, ERROR_MALFORMED, "JSON, but not an object");
	if (is_open && build->depth == JSON_TREE_DEPTH_MAX)
		return error_set(
			err, ERROR_MALFORMED, "JSON of more than %d levels", JSON_TREE_DEPTH_MAX);
	node = take(build, sizeof(*node));
	if (!node)
		return error_set(err, ERROR_NO_MEMORY, "no memory for JSON");
	*node = *value;
	node->next = NULL;
	if (is_open) {
		node->len = 0;
		node->first = NULL;
	}
	rc = take_texts(build, node, err);
	if (rc)
		return rc;
	append(build, node);
	if (is_open)
		build->open[build->depth++] = (struct json_build_level){.node = node};
	return 0;
}

/* Any order will do that puts equal names side by side. */
static int compare_names(const struct json_node *a, const struct json_node *b)
{
	if (a->name_len != b->name_len)
		return a->name_len < b->name_len ? -1 : 1;
	return memcmp(a->name, b->name, a->name_len);
}

static int compare_items(const void *a, const void *b)
{
	return compare_names(
		*(const struct json_node *const *)a, *(const struct json_node *const *)b);
}

static bool has_twice_of_few(const struct json_node *object)
{
	for (const struct json_node *a = object->first; a; a = a->next) {
		for (const struct json_node *b = a->next; b; b = b->next) {
			if (compare_names(a, b) == 0)
				return true;
		}
	}
	return false;
}

static int check_many(const struct json_node *object, struct error *err)
{
	const struct json_node **members = malloc(object->len * sizeof(const struct json_node *));
	size_t count = 0;
	bool has_twice = false;

	if (!members)
		return error_set(err, ERROR_NO_MEMORY, "no memory for JSON");
	for (const struct json_node *member = object->first; member; member = member->next)
		members[count++] = member;
	qsort(members, count, sizeof(const struct json_node *), compare_items);
	for (size_t i = 1; i < count && !has_twice; i++)
		has_twice = compare_names(members[i - 1], members[i]) == 0;
	free(members);
	return has_twice ? error_set(err, ERROR_MALFORMED, "a member is there twice") : 0;
}

int json_build_end(struct json_build *build, struct error *err)
{
	const struct json_node *node = build->open[--build->depth].node;

	if (node->kind != JSON_NODE_OBJECT)
		return 0;
	if (node->len > FEW_MEMBERS)
		return check_many(node, err);
	return has_twice_of_few(node) ? error_set(err, ERROR_MALFORMED, "a member is there twice")
				      : 0;
}

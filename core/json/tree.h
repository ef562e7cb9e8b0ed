/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A JSON text that was read: an object as a tree of plain nodes, whichever library read it. No
 * object in it has two members of one name, no text has a U+0000, no integer is beyond int64_t, and
 * nothing is deeper than JSON_TREE_DEPTH_MAX. Names are kept apart from jansson's (json_object_…).
 */
#ifndef CORE_JSON_TREE_H
#define CORE_JSON_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

#define JSON_TREE_DEPTH_MAX 64 /* arrays and objects, one in another */

enum json_node_kind {
	JSON_NODE_NULL,
	JSON_NODE_BOOL,
	JSON_NODE_INTEGER,
	JSON_NODE_REAL, /* a number with a fraction or an exponent */
	JSON_NODE_STRING,
	JSON_NODE_ARRAY,
	JSON_NODE_OBJECT,
};

/* Texts are UTF-8 and end with a NUL that their length does not count. */
struct json_node {
	const struct json_node *next; /* the item or member behind this one, or NULL */
	const char *name;             /* of an object's member, else NULL */
	size_t name_len;
	enum json_node_kind kind;
	size_t len; /* a string's bytes, an array's items, an object's members; else 0 */
	union {
		bool is_true;                  /* JSON_NODE_BOOL */
		int64_t integer;               /* JSON_NODE_INTEGER */
		double real;                   /* JSON_NODE_REAL */
		const char *text;              /* JSON_NODE_STRING */
		const struct json_node *first; /* JSON_NODE_ARRAY, JSON_NODE_OBJECT; or NULL */
	};
};

/* Owns its nodes and their texts. Zero initialised is empty, without a root. */
struct json_tree {
	const struct json_node *root; /* an object */
	struct json_block *blocks;
};

#define JSON_TREE_SCOPED __attribute__((cleanup(json_tree_free))) struct json_tree

/* Reads a JSON object of at most `max` bytes with jansson. The caller frees the tree.
 * Errors: TOO_LARGE, MALFORMED (with line and column where jansson refuses it), NO_MEMORY. */
int json_tree_parse(
	const void *bytes, size_t len, size_t max, struct json_tree *ret_tree, struct error *err);

/* Frees what the tree owns; it is empty then. */
void json_tree_free(struct json_tree *tree);

/* The member of that name, or NULL: also where `object` is NULL or no object. */
const struct json_node *json_node_member(const struct json_node *object, const char *name);

/* The same, but the search begins at the member `from` (NULL: at the first one) and goes on at the
 * beginning: a reader that asks for members in the order of the text finds each at once. */
const struct json_node *json_node_member_from(
	const struct json_node *object, const struct json_node *from, const char *name);

/* The first item of an array or member of an object, or NULL: also where `node` is NULL or neither.
 */
const struct json_node *json_node_first(const struct json_node *node);

/* A string's text, or NULL: also where `node` is NULL or no string. */
const char *json_node_text(const struct json_node *node);

/* An integer's value, or 0: also where `node` is NULL or no integer. */
int64_t json_node_integer(const struct json_node *node);

/* Whether `node` is the word true. */
bool json_node_is_true(const struct json_node *node);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The making of a tree, for those who read JSON with a library: values are added in the order of
 * the text. What a tree promises is seen to here, so that every reader keeps to it.
 */
#ifndef CORE_JSON_BUILD_H
#define CORE_JSON_BUILD_H

#include "core/json/tree.h"

struct json_build {
	struct json_tree tree;
	uint8_t *at; /* what is left of the last block */
	size_t left;
	size_t next_size; /* of the block after it, at least */
	size_t depth;     /* arrays and objects that are open */
	struct json_build_level {
		struct json_node *node, *last; /* its last item or member, or NULL */
	} open[JSON_TREE_DEPTH_MAX];
};

/* Begins a tree for a text of `len` bytes, which only says how much memory to begin with. */
void json_build_begin(struct json_build *build, size_t len);

/* Adds a copy of `value`, its name and its text; `next` is not looked at. An array or an object is
 * added empty and open: what follows goes into it until json_build_end().
 * Errors: MALFORMED (a root that is no object, a U+0000, too deep), NO_MEMORY. */
int json_build_add(struct json_build *build, const struct json_node *value, struct error *err);

/* Closes the innermost array or object. Errors: MALFORMED (a name twice), NO_MEMORY. */
int json_build_end(struct json_build *build, struct error *err);

#endif

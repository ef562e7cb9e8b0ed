/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a tree is made, whichever library reads the text. Values are added in the order of the text.
 * What core/json/tree.h promises is enforced here, for every reader.
 */
#ifndef CORE_JSON_BUILD_H
#define CORE_JSON_BUILD_H

#include "core/json/tree.h"

struct json_build {
	struct json_tree tree;
	uint8_t *at; /* what is left of the last block */
	size_t left;
	size_t next_size; /* the least size of the next block */
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

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON as text and as jansson's values, which are for writing alone: what foreign bytes say is read
 * as a tree of plain nodes (core/json/tree.h).
 */
#ifndef CORE_JSON_TEXT_H
#define CORE_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/error.h"
#include "core/json/tree.h"
#include "core/json/value.h"

/* Parses a JSON object of at most `max` bytes; duplicate member names are refused. The caller owns
 * the result. Errors: TOO_LARGE, MALFORMED (with line and column), NO_MEMORY. */
int json_text_parse(
	const void *bytes, size_t len, size_t max, json_t **ret_json, struct error *err);

/* Appends JSON text: compact, or indented for a person. */
void json_text_print(struct buf *to, const json_t *json, bool is_indented);

/* A text that somebody else chose, as a new JSON string, or NULL when memory is short. Bytes that a
 * reader would refuse become '?': see text_append_clean(). */
json_t *json_text_string(const char *text);

/* A node and all that is in it, to be written again, or NULL when memory is short. */
json_t *json_node_to_jansson(const struct json_node *node);

#endif

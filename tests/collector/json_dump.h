/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTS_COLLECTOR_JSON_DUMP_H
#define TESTS_COLLECTOR_JSON_DUMP_H

#include "core/buf.h"
#include "core/json/tree.h"

/* Appends all that is in a node and below it, so that two trees are the same where their texts are:
 * like compact JSON, but a string is its length and its bytes ("2'ab'"), and a real is "real". */
void json_dump_node(struct buf *to, const struct json_node *node);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The collector's way to read JSON: simdjson, and all that is seen of it. A guest's program and
 * everything else stay with jansson, which takes 50 times as long. */
#ifndef COLLECTOR_JSON_SIMD_H
#define COLLECTOR_JSON_SIMD_H

#include "core/json/tree.h"

/* What json_tree_parse() does, with the same results and errors; but quicker, and with memory that
 * each thread keeps for its next text. */
int json_simd_parse(
	const void *bytes, size_t len, size_t max, struct json_tree *ret_tree, struct error *err);

#endif

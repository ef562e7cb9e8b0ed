/* SPDX-License-Identifier: BSD-2-Clause */
/* What anybody sends as JSON, read with both libraries: they agree on what it is, or that it is
 * none. */
#include <string.h>

#include "collector/json_simd.h"
#include "tests/collector/json_dump.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	JSON_TREE_SCOPED by_jansson = {0};
	JSON_TREE_SCOPED by_simdjson = {0};
	BUF_SCOPED dump = {0};
	BUF_SCOPED other = {0};
	struct error err = {0}, other_err = {0};
	int rc = json_tree_parse(data, size, 65536, &by_jansson, &err);

	FUZZ_ASSERT(json_simd_parse(data, size, 65536, &by_simdjson, &other_err) == rc);
	if (rc) {
		FUZZ_ASSERT(err.message[0] && strcmp(err.message, other_err.message) == 0);
		FUZZ_ASSERT(!by_jansson.root && !by_simdjson.root);
		return 0;
	}
	json_dump_node(&dump, by_jansson.root);
	json_dump_node(&other, by_simdjson.root);
	FUZZ_ASSERT(!dump.failed && dump.len == other.len);
	FUZZ_ASSERT(memcmp(dump.data, other.data, dump.len) == 0);
	return 0;
}

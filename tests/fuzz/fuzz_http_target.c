/* SPDX-License-Identifier: BSD-2-Clause */
/* The request line's target, which decides about the route before anything else is known. */
#include <stdio.h>
#include <string.h>

#include "collector/http/http_target.h"
#include "tests/fuzz/fuzz.h"

#define TARGET_MAX 2048

static void check_text(const char *text, size_t size)
{
	const char *end = memchr(text, 0, size);

	FUZZ_ASSERT(end);
	for (const char *at = text; at < end; at++)
		FUZZ_ASSERT((unsigned char)*at >= ' ' && *at != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_target target;
	char uri[TARGET_MAX];

	snprintf(uri, sizeof(uri), "%.*s", (int)(size < TARGET_MAX ? size : TARGET_MAX),
		(const char *)data);
	http_target_parse(uri, &target);
	if (!target.is_good) {
		FUZZ_ASSERT(!target.segment_count && !target.query_count);
		FUZZ_ASSERT(!http_target_matches(&target, "/*"));
		return 0;
	}
	FUZZ_ASSERT(target.segment_count > 0 && target.segment_count <= HTTP_SEGMENTS_MAX);
	FUZZ_ASSERT(target.query_count <= HTTP_QUERY_MAX);
	for (size_t i = 0; i < target.segment_count; i++) {
		const char *segment = target.segments[i];

		check_text(segment, HTTP_SEGMENT_SIZE);
		FUZZ_ASSERT(!strchr(segment, '/') && strcmp(segment, ".") != 0 &&
			    strcmp(segment, "..") != 0);
	}
	for (size_t i = 0; i < target.query_count; i++) {
		check_text(target.query[i].name, sizeof(target.query[i].name));
		check_text(target.query[i].value, sizeof(target.query[i].value));
	}
	/* What an asterisk stands for is never empty. */
	if (http_target_matches(&target, "/v1/vms/*"))
		FUZZ_ASSERT(target.part_count == 1 && *target.segments[target.parts[0]]);
	return 0;
}

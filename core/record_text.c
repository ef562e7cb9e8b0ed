/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON to text and back, bounded. */
#include "core/record_private.h"

int record_parse(const void *bytes, size_t len, size_t max, json_t **ret_json, struct error *err)
{
	json_t *json;

	if (len > max)
		return error_set(
			err, ERROR_TOO_LARGE, "%zu bytes of JSON, at most %zu are read", len, max);
	json = record_load(bytes, len, err);
	if (!json)
		return -(int)err->code;
	if (!json_is_object(json)) {
		json_decref(json);
		return error_set(err, ERROR_MALFORMED, "JSON, but not an object");
	}
	*ret_json = json;
	return 0;
}

static int append_chunk(const char *chunk, size_t len, void *to)
{
	buf_append(to, chunk, len);
	return ((struct buf *)to)->failed ? -1 : 0;
}

void record_print(struct buf *to, const json_t *json, bool is_indented)
{
	if (json_dump_callback(json, append_chunk, to, is_indented ? JSON_INDENT(2) : JSON_COMPACT))
		to->failed = true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON to text and back: jansson, bounded. */
#include "core/json/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/*
 * Where jansson 2.14's lexer has no memory for a longer token it goes on without the character:
 * "ab" can become "a" with no error, and without its closing quote the text is read and copied past
 * its end. So the parser runs with a reserve that is given up when an allocation fails: it then
 * comes to its end, and what it made is thrown away. Blocks are those of malloc() and free() as
 * before.
 */
#define RESERVE_SPARE 65536U

static _Thread_local struct {
	void *block; /* NULL: nothing in reserve */
	bool is_short;
} reserve;

static void *reserve_malloc(size_t size)
{
	void *block = malloc(size);

	if (!block && reserve.block) {
		reserve.is_short = true;
		free(reserve.block);
		reserve.block = NULL;
		block = malloc(size);
	}
	return block;
}

/* A token's text doubles as it grows, the old one being freed after the new one is there. */
static json_t *load(const void *bytes, size_t len, json_error_t *ret_where, bool *ret_is_short)
{
	json_t *json = NULL;

	json_set_alloc_funcs(reserve_malloc, free);
	reserve.block = malloc(4 * len + RESERVE_SPARE);
	reserve.is_short = !reserve.block;
	if (reserve.block)
		json = json_loadb(bytes ? bytes : "", len, JSON_REJECT_DUPLICATES, ret_where);
	if (reserve.is_short) {
		json_decref(json);
		json = NULL;
	}
	free(reserve.block);
	reserve.block = NULL;
	*ret_is_short = reserve.is_short;
	return json;
}

int json_text_parse(const void *bytes, size_t len, size_t max, json_t **ret_json, struct error *err)
{
	json_error_t where;
	bool is_short = false;
	json_t *json;

	if (len > max)
		return error_set(
			err, ERROR_TOO_LARGE, "%zu bytes of JSON, at most %zu are read", len, max);
	json = load(bytes, len, &where, &is_short);
	if (is_short)
		return error_set(err, ERROR_NO_MEMORY, "no memory for %zu bytes of JSON", len);
	if (!json)
		return error_set(err, ERROR_MALFORMED, "not JSON: line %d column %d: %s",
			where.line, where.column, where.text);
	/* jansson 2.14 overlooks a zero byte behind a number. */
	if (memchr(bytes, 0, len)) {
		json_decref(json);
		return error_set(err, ERROR_MALFORMED, "not JSON: a byte is zero");
	}
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

void json_text_print(struct buf *to, const json_t *json, bool is_indented)
{
	if (json_dump_callback(json, append_chunk, to, is_indented ? JSON_INDENT(2) : JSON_COMPACT))
		to->failed = true;
}

json_t *json_text_string(const char *text)
{
	BUF_SCOPED clean = {0};

	text_append_clean(&clean, text);
	return clean.failed ? NULL : json_stringn(clean.data ? (char *)clean.data : "", clean.len);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/http/http_target.h"

#include <string.h>

#include "core/text.h"

/* Decodes `len` bytes; false for a bad escape, a control, or what does not fit. */
static bool decode(const char *from, size_t len, bool is_query, char *to, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)from[i];

		if (byte == '%') {
			if (len - i < 3 || text_unhex(from + i + 1, 2, &byte, 1) != 1)
				return false;
			i += 2;
		} else if (byte == '+' && is_query) {
			byte = ' ';
		}
		if (byte < ' ' || byte == 0x7f || at + 1 >= size)
			return false;
		to[at++] = (char)byte;
	}
	to[at] = 0;
	return true;
}

static bool add_segment(struct http_target *target, const char *from, size_t len)
{
	char *to;

	if (target->segment_count == HTTP_SEGMENTS_MAX)
		return false;
	to = target->segments[target->segment_count++];
	return decode(from, len, false, to, HTTP_SEGMENT_SIZE) && !strchr(to, '/') &&
	       strcmp(to, ".") != 0 && strcmp(to, "..") != 0;
}

static bool add_parameter(struct http_target *target, const char *from, size_t len)
{
	const char *equals = memchr(from, '=', len);
	size_t name_len = equals ? (size_t)(equals - from) : len;
	size_t value_at = equals ? name_len + 1 : len;

	if (!len)
		return true;
	if (target->query_count == HTTP_QUERY_MAX)
		return false;
	target->query_count++;
	return decode(from, name_len, true, target->query[target->query_count - 1].name,
		       sizeof(target->query[0].name)) &&
	       decode(from + value_at, len - value_at, true,
		       target->query[target->query_count - 1].value, HTTP_VALUE_SIZE);
}

static bool parse(const char *uri, struct http_target *target)
{
	const char *query = strchr(uri, '?');
	size_t left = query ? (size_t)(query - uri) : strlen(uri);

	if (*uri != '/')
		return false;
	while (left) {
		size_t len;

		uri++;
		left--;
		len = left ? strcspn(uri, "/?") : 0;
		if (!add_segment(target, uri, len))
			return false;
		uri += len;
		left -= len;
	}
	for (const char *at = query; at && *at;) {
		size_t len;

		at++;
		len = strcspn(at, "&");
		if (!add_parameter(target, at, len))
			return false;
		at += len;
	}
	return true;
}

void http_target_parse(const char *uri, struct http_target *ret_target)
{
	memset(ret_target, 0, sizeof(*ret_target));
	ret_target->is_good = parse(uri, ret_target);
	if (!ret_target->is_good)
		memset(ret_target, 0, sizeof(*ret_target));
}

bool http_target_matches(struct http_target *target, const char *pattern)
{
	size_t parts[HTTP_SEGMENTS_MAX], count = 0;

	if (!target->is_good)
		return false;
	for (size_t i = 0; i < target->segment_count; i++) {
		size_t len;

		if (*pattern != '/')
			return false;
		pattern++;
		len = strcspn(pattern, "/");
		if (len == 1 && *pattern == '*' && *target->segments[i])
			parts[count++] = i;
		else if (strlen(target->segments[i]) != len ||
			 memcmp(target->segments[i], pattern, len) != 0)
			return false;
		pattern += len;
	}
	if (*pattern)
		return false;
	memcpy(target->parts, parts, count * sizeof(parts[0]));
	target->part_count = count;
	return true;
}

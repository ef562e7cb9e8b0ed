/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A request target, "/v1/vms/UUID?limit=10", in its parts. Decoded here and nowhere else, segment
 * by segment: an encoded slash, a NUL, a dot segment cannot turn one path into another.
 */
#ifndef COLLECTOR_HTTP_TARGET_H
#define COLLECTOR_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#define HTTP_SEGMENTS_MAX 8
#define HTTP_QUERY_MAX    8
#define HTTP_SEGMENT_SIZE 129
#define HTTP_VALUE_SIZE   513

struct http_target {
	bool is_good; /* false: malformed or more than fits; the rest is empty then */
	size_t segment_count;
	char segments[HTTP_SEGMENTS_MAX][HTTP_SEGMENT_SIZE];
	size_t query_count;
	struct {
		char name[32];
		char value[HTTP_VALUE_SIZE];
	} query[HTTP_QUERY_MAX];
	size_t part_count;               /* set by the route: */
	size_t parts[HTTP_SEGMENTS_MAX]; /* which segments its asterisks stand for */
};

void http_target_parse(const char *uri, struct http_target *ret_target);

/* Whether the target is of that pattern; notes the parts where it is. */
bool http_target_matches(struct http_target *target, const char *pattern);

#endif

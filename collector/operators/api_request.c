/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a request, and its refusals. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "collector/json_simd.h"
#include "collector/operators/api_private.h"

void api_reply_error(struct http_request *request, const struct error *err)
{
	if (err->code == ERROR_NOT_FOUND)
		http_reply_problem(request, PROBLEM_NOT_FOUND, 0, err->message);
	else
		http_reply_problem(request, PROBLEM_STORE_UNAVAILABLE, 5, err->message);
}

void api_reply_malformed(struct http_request *request, const char *fmt, ...)
{
	char detail[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	http_reply_problem(request, PROBLEM_MALFORMED, 0, detail);
}

bool api_read_uuid(struct http_request *request, char ret_uuid[TEXT_UUID_SIZE])
{
	if (text_uuid(http_path_part(request, 0), ret_uuid))
		return true;
	api_reply_malformed(request, "\"%s\" is no UUID", http_path_part(request, 0));
	return false;
}

static bool read_number(const char *text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!*text || strlen(text) > 18)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
	}
	*ret_value = value;
	return true;
}

bool api_read_id(struct http_request *request, uint64_t *ret_id)
{
	if (read_number(http_path_part(request, 0), ret_id))
		return true;
	api_reply_malformed(request, "\"%s\" is no report's number", http_path_part(request, 0));
	return false;
}

bool api_query_number(struct http_request *request, const char *name, uint64_t min, uint64_t max,
	uint64_t *ret_value)
{
	const char *text = http_query(request, name);
	uint64_t value;

	if (!text)
		return true;
	if (read_number(text, &value) && value >= min && value <= max) {
		*ret_value = value;
		return true;
	}
	api_reply_malformed(request, "%s: not a number from %llu to %llu", name,
		(unsigned long long)min, (unsigned long long)max);
	return false;
}

bool api_read_body(struct http_request *request, struct json_tree *ret_body)
{
	struct crypto_bytes body = http_body(request);
	struct error err;

	if (!body.len || !json_simd_parse(body.bytes, body.len, API_BODY_MAX, ret_body, &err))
		return true;
	api_reply_malformed(request, "%s", err.message);
	return false;
}

bool api_read_flag(struct http_request *request, const struct json_tree *body, const char *name,
	bool *ret_value)
{
	const struct json_node *node = json_node_member(body->root, name);

	*ret_value = json_node_is_true(node);
	if (!node || node->kind == JSON_NODE_BOOL)
		return true;
	api_reply_malformed(request, "%s: not a boolean", name);
	return false;
}

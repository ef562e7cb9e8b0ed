/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the history is whole. Each request verifies one step of it. The cursor says where the
 * next step goes on and what hash must stand there: a wrong cursor finds a fault and cannot hide
 * one. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "collector/operators/api_private.h"

#define HASH_DIGITS (2 * STORE_HASH_SIZE)
#define CURSOR_SIZE (HASH_DIGITS + 22)

/* The hash's digits, a dash, the number. */
static void print_cursor(const struct store_link *at, char out[CURSOR_SIZE])
{
	text_hex(at->hash, sizeof(at->hash), out, CURSOR_SIZE);
	snprintf(out + HASH_DIGITS, CURSOR_SIZE - HASH_DIGITS, "-%llu", (unsigned long long)at->id);
}

static bool parse_cursor(const char *text, struct store_link *ret_at)
{
	return strlen(text) > HASH_DIGITS && text[HASH_DIGITS] == '-' &&
	       text_unhex(text, HASH_DIGITS, ret_at->hash, sizeof(ret_at->hash)) > 0 &&
	       text_number(text + HASH_DIGITS + 1, 1, INT64_MAX, &ret_at->id);
}

static bool read_cursor(struct http_request *request, struct store_verification *verification)
{
	const char *after = http_query(request, "after");

	if (!after || !*after || parse_cursor(after, &verification->at))
		return true;
	api_reply_malformed(request, "after: \"%s\" is no cursor", after);
	return false;
}

/* `one` and `many` are what the chain consists of. */
static void reply(struct http_request *request, const struct store_verification *verification,
	const char *one, const char *many)
{
	char cursor[CURSOR_SIZE];
	json_t *fault = json_null();
	json_t *json;

	if (verification->fault)
		fault = json_pack("{s:I, s:s}", one, (json_int_t)verification->where, "what",
			verification->fault);
	json = json_pack("{s:I, s:o}", many, (json_int_t)verification->count, "fault", fault);
	print_cursor(&verification->at, cursor);
	if (json && !verification->is_done)
		json_object_set_new(json, "next", json_string(cursor));
	http_reply_json(request, 200, json);
}

void api_verify_history(struct http_request *request, void *context)
{
	struct api *api = context;
	struct store_verification verification = {0};
	char uuid[TEXT_UUID_SIZE];
	struct error err;

	if (!api_read_uuid(request, uuid) || !read_cursor(request, &verification))
		return;
	if (store_verify_history(api->store, uuid, &verification, &err))
		api_reply_error(request, &err);
	else
		reply(request, &verification, "report", "reports");
}

void api_verify_audit(struct http_request *request, void *context)
{
	struct api *api = context;
	struct store_verification verification = {0};
	struct error err;

	if (!read_cursor(request, &verification))
		return;
	if (store_verify_audit(api->store, &verification, &err))
		api_reply_error(request, &err);
	else
		reply(request, &verification, "event", "events");
}

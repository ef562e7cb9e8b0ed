/* SPDX-License-Identifier: BSD-2-Clause */
/* The ends of the chains, of which a client makes a checkpoint. */
#include <jansson.h>
#include <string.h>

#include "collector/operators/api_private.h"

struct heads {
	json_t *heads, *expired, *lost;
	char last[TEXT_UUID_SIZE];
	size_t count;
};

static json_t *hash_json(const uint8_t hash[STORE_HASH_SIZE])
{
	char hex[2 * STORE_HASH_SIZE + 1];

	text_hex(hash, STORE_HASH_SIZE, hex, sizeof(hex));
	return json_string(hex);
}

static bool add_head(
	const char *uuid, enum store_head_state state, const struct store_link *head, void *context)
{
	struct heads *heads = context;

	heads->count++;
	memcpy(heads->last, uuid, sizeof(heads->last));
	if (state == STORE_HEAD_THERE)
		json_array_append_new(
			heads->heads, json_pack("{s:s, s:I, s:o}", "uuid", uuid, "report",
					      (json_int_t)head->id, "hash", hash_json(head->hash)));
	else if (state == STORE_HEAD_EXPIRED)
		json_array_append_new(heads->expired, json_string(uuid));
	else if (state == STORE_HEAD_LOST)
		json_array_append_new(heads->lost, json_string(uuid));
	return true;
}

static bool read_query(struct http_request *request, uint64_t *at, char uuid[TEXT_UUID_SIZE])
{
	const char *number = http_query(request, "at"), *after = http_query(request, "after");

	if (number && *number && !text_number(number, 0, INT64_MAX, at))
		api_reply_malformed(request, "at: \"%s\" is no report's number", number);
	else if (after && *after && !text_uuid(after, uuid))
		api_reply_malformed(request, "after: \"%s\" is no UUID", after);
	else
		return true;
	return false;
}

void api_list_heads(struct http_request *request, void *context)
{
	struct api *api = context;
	struct heads heads = {json_array(), json_array(), json_array(), "", 0};
	uint64_t at = INT64_MAX, reports = 0;
	char after[TEXT_UUID_SIZE] = "";
	struct store_link event;
	struct error err;
	json_t *json;
	int rc;

	if (!read_query(request, &at, after)) {
		json_decref(heads.heads);
		json_decref(heads.expired);
		json_decref(heads.lost);
		return;
	}
	rc = store_read_ends(api->store, &reports, &event, &err);
	if (at == INT64_MAX)
		at = reports;
	if (!rc)
		rc = store_list_heads(
			api->store, at, after, STORE_VERIFY_STEP, add_head, &heads, &err);
	json = json_pack("{s:I, s:I, s:o, s:I, s:o, s:o, s:o}", "at", (json_int_t)at, "reports",
		(json_int_t)reports, "event", json_integer(rc ? 0 : (json_int_t)event.id), "vms",
		(json_int_t)heads.count, "heads", heads.heads, "expired", heads.expired, "lost",
		heads.lost);
	if (rc) {
		json_decref(json);
		api_reply_error(request, &err);
		return;
	}
	json_object_set_new(json, "event_hash", hash_json(event.hash));
	if (heads.count == STORE_VERIFY_STEP)
		json_object_set_new(json, "next", json_string(heads.last));
	http_reply_json(request, 200, json);
}

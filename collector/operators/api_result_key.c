/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/operators/api_result_key.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/ear/key.h"
#include "collector/ear/result.h"
#include "collector/operators/api_operation.h"
#include "core/json/text.h"
#include "platform/system.h"

#define JWKS_TYPE "application/jwk-set+json"

/* Past by every clock, also one that is set back: what is revoked comes never again. */
#define LONG_AGO_MS 1

/* --- making --- */

struct making {
	struct store_result_key key;
	uint64_t others_until_ms;
	struct store_audit audit;
};

/* By both it follows from the log which keys must be there. */
static void print_event(
	struct store_audit *audit, const struct store_result_key *key, uint64_t others_until_ms)
{
	char kid[EAR_KID_SIZE];

	ear_key_print(key->kid, kid);
	snprintf(audit->detail, sizeof(audit->detail), API_RESULT_KEY_MADE, kid, others_until_ms);
}

static void judge_first(struct store_change *change, void *context)
{
	const struct making *making = context;

	if (change->has_result_key)
		return;
	change->result_key = &making->key;
	change->others_until_ms = making->others_until_ms;
	change->audit = &making->audit;
}

static int make_first(struct api *api, struct error *err)
{
	struct making making = {.audit = {.at_ms = platform_wall_clock_ms(),
					.action = API_RESULT_KEY_ACTION,
					.actor = "collector"}};
	struct store_item item = {
		.judge = judge_first, .context = &making, .asks_result_key = true};
	struct store_batch batch = {
		.now_ms = store_clock_ms(api->store), .items = &item, .item_count = 1};
	int rc = ear_key_make(making.audit.at_ms, &making.key, err);

	making.others_until_ms = making.audit.at_ms;
	print_event(&making.audit, &making.key, making.others_until_ms);
	if (!rc)
		rc = store_write(api->store, &batch, err);
	explicit_bzero(&making, sizeof(making));
	return rc;
}

struct finding {
	bool is_found;
	struct store_result_key key;
};

static bool take_current(const struct store_result_key *key, void *context)
{
	struct finding *finding = context;

	finding->is_found = !key->until_ms && key->has_secret;
	if (finding->is_found)
		finding->key = *key;
	return !finding->is_found;
}

static int find_current(struct api *api, struct finding *ret_finding, struct error *err)
{
	*ret_finding = (struct finding){0};
	return store_list_result_keys(api->store, STORE_BATCH_MAX, take_current, ret_finding, err);
}

/* Once in a store's life: so it is written here, and by no job of the writer's. */
int api_result_key(struct api *api, struct store_result_key *ret_key, struct error *err)
{
	struct finding finding;
	int rc = find_current(api, &finding, err);

	if (!rc && !finding.is_found) {
		rc = make_first(api, err);
		if (!rc)
			rc = find_current(api, &finding, err);
		if (!rc && !finding.is_found)
			rc = error_set(err, ERROR_MALFORMED,
				"the store's key for attestation results has no secret");
	}
	if (!rc)
		rc = ear_key_check(&finding.key, err);
	if (!rc)
		*ret_key = finding.key;
	explicit_bzero(&finding, sizeof(finding));
	return rc;
}

/* --- what is published --- */

struct publishing {
	json_t *keys;
	uint64_t now_ms;
};

static bool publish(const struct store_result_key *key, void *context)
{
	const struct publishing *publishing = context;

	if (key->until_ms && key->until_ms <= publishing->now_ms)
		return true;
	return json_array_append_new(publishing->keys, ear_key_json(key)) == 0;
}

void api_list_result_keys(struct http_request *request, void *context)
{
	struct http_response response = {.status = 200, .content_type = JWKS_TYPE};
	struct publishing publishing = {json_array(), platform_wall_clock_ms()};
	struct store_result_key current = {0};
	struct api *api = context;
	struct error err;
	json_t *json;
	int rc = api_result_key(api, &current, &err);

	explicit_bzero(&current, sizeof(current));
	if (!rc)
		rc = store_list_result_keys(
			api->store, STORE_BATCH_MAX, publish, &publishing, &err);
	if (rc) {
		json_decref(publishing.keys);
		api_reply_error(request, &err);
		return;
	}
	json = json_pack("{s:o}", "keys", publishing.keys);
	json_text_print(&response.body, json, false);
	json_decref(json);
	http_reply(request, &response);
}

/* --- rotation --- */

static void judge_rotation(struct store_change *change, void *context)
{
	struct operation *operation = context;

	change->result_key = operation->result_key;
	change->others_until_ms = operation->others_until_ms;
	change->audit = &operation->audit;
}

static json_t *rotation_json(const struct operation *operation)
{
	char kid[EAR_KID_SIZE], until[TEXT_TIME_SIZE];

	ear_key_print(operation->result_key->kid, kid);
	return json_pack("{s:s, s:s?}", "kid", kid, "others_until",
		operation->others_until_ms == LONG_AGO_MS
			? NULL
			: text_time_ms(operation->others_until_ms, until));
}

static int prepare(struct operation *operation, bool is_compromised, struct error *err)
{
	const uint64_t now_ms = operation->audit.at_ms;

	operation->result_key = calloc(1, sizeof(*operation->result_key));
	if (!operation->result_key)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a key");
	operation->others_until_ms =
		is_compromised ? LONG_AGO_MS : now_ms + EAR_KEY_KEPT_S * 1000UL;
	operation->job.item.judge = judge_rotation;
	return ear_key_make(now_ms, operation->result_key, err);
}

void api_rotate_result_key(struct http_request *request, void *context)
{
	JSON_TREE_SCOPED body = {0};
	struct operation *operation;
	bool is_compromised;
	struct error err;

	if (!api_read_body(request, &body))
		return;
	if (!api_read_flag(request, &body, "compromised", &is_compromised))
		return;
	operation = api_operation_new(request, API_RESULT_KEY_ACTION, "");
	if (!operation || prepare(operation, is_compromised, &err)) {
		if (operation)
			api_operation_free(operation);
		http_reply_json(request, 200, NULL);
		return;
	}
	print_event(&operation->audit, operation->result_key, operation->others_until_ms);
	api_operation_submit(context, operation, 200, rotation_json(operation));
}

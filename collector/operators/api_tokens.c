/* SPDX-License-Identifier: BSD-2-Clause */
/* Tokens of VMs: made in bulk, listed, revoked. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/json_simd.h"
#include "collector/operators/api_operation.h"
#include "core/json/text.h"

/* --- making --- */

static size_t count_of(const struct json_node *list)
{
	size_t count = 0;

	for (const struct json_node *node = json_node_first(list); node; node = node->next)
		count++;
	return count;
}

static int make_one(const char *uuid, const struct store_audit *audit, struct store_token *to,
	json_t *answer, struct error *err)
{
	char token[TOKEN_SIZE];
	int rc = token_make(token, err);

	if (!rc)
		rc = token_digest(token, TOKEN_SIZE - 1, to->digest, err);
	if (rc)
		return rc;
	snprintf(to->uuid, sizeof(to->uuid), "%s", uuid);
	snprintf(to->made_by, sizeof(to->made_by), "%s", audit->actor);
	to->made_ms = audit->at_ms;
	if (json_array_append_new(answer, json_pack("{s:s, s:s}", "uuid", uuid, "token", token)))
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for an answer");
	explicit_bzero(token, sizeof(token));
	return rc;
}

/* Answers what is wrong with the request itself. */
static bool check(struct http_request *request, const struct json_node *list)
{
	size_t count = count_of(list);
	char uuid[TEXT_UUID_SIZE];

	if (!count || count > API_TOKENS_MAX) {
		api_reply_malformed(request, "uuids: not 1 to %d UUIDs", API_TOKENS_MAX);
		return false;
	}
	for (const struct json_node *node = json_node_first(list); node; node = node->next) {
		const char *text = json_node_text(node);

		if (!text || !text_uuid(text, uuid) || text_uuid_is_placeholder(uuid)) {
			api_reply_malformed(
				request, "uuids: \"%.64s\" is no VM's UUID", text ? text : "");
			return false;
		}
	}
	return true;
}

static void judge(struct store_change *change, void *context)
{
	const struct operation *operation = context;

	change->tokens = operation->tokens;
	change->token_count = operation->token_count;
	change->revokes = operation->revokes;
	change->audit = &operation->audit;
}

static int make_all(
	struct operation *operation, const struct json_node *list, json_t *made, struct error *err)
{
	char uuid[TEXT_UUID_SIZE];
	int rc = 0;

	operation->tokens = calloc(API_TOKENS_MAX, sizeof(*operation->tokens));
	if (!operation->tokens)
		return error_set(err, ERROR_NO_MEMORY, "no memory for tokens");
	for (const struct json_node *node = json_node_first(list); !rc && node; node = node->next) {
		text_uuid(json_node_text(node), uuid);
		rc = make_one(uuid, &operation->audit, &operation->tokens[operation->token_count++],
			made, err);
	}
	return rc;
}

void api_make_tokens(struct http_request *request, void *context)
{
	struct crypto_bytes body = http_body(request);
	JSON_TREE_SCOPED tree = {0};
	const struct json_node *list;
	struct operation *operation;
	struct error err;
	json_t *made;

	/* Else who once had a session could report for ever. */
	if (http_caller(request)->session) {
		http_reply_problem(request, PROBLEM_FORBIDDEN, 0,
			"a session makes no tokens: ask with a token");
		return;
	}
	if (json_simd_parse(body.bytes, body.len, API_TOKENS_BODY_MAX, &tree, &err)) {
		api_reply_malformed(request, "%s", err.message);
		return;
	}
	list = json_node_member(tree.root, "uuids");
	if (!check(request, list))
		return;
	operation = api_operation_new(request, STORE_TOKEN_ACTION, "");
	made = json_array();
	if (!operation || !made || make_all(operation, list, made, &err)) {
		json_decref(made);
		if (operation)
			api_operation_free(operation);
		http_reply_json(request, 201, NULL);
		return;
	}
	operation->job.item.judge = judge;
	api_operation_submit(context, operation, 201, json_pack("{s:o}", "tokens", made));
}

/* --- looking and revoking --- */

struct listing {
	json_t *rows;
	size_t limit; /* one more is looked at */
	size_t count;
	uint64_t last;
	bool has_more;
};

static bool add_token(const struct store_token *token, void *context)
{
	struct listing *listing = context;
	char made[TEXT_TIME_SIZE];

	if (listing->count == listing->limit) {
		listing->has_more = true;
		return false;
	}
	listing->count++;
	listing->last = token->id;
	text_time_ms(token->made_ms, made);
	return json_array_append_new(
		       listing->rows, json_pack("{s:I, s:s, s:s, s:o}", "id", (json_int_t)token->id,
					      "uuid", token->uuid, "made", made, "by",
					      json_text_string(token->made_by))) == 0;
}

void api_list_tokens(struct http_request *request, void *context)
{
	struct api *api = context;
	const char *given = http_query(request, "uuid");
	uint64_t after = 0, limit = API_PAGE_DEFAULT;
	struct listing listing = {0};
	char uuid[TEXT_UUID_SIZE] = "";
	struct error err;
	json_t *json;

	if (given && *given && !text_uuid(given, uuid)) {
		api_reply_malformed(request, "uuid: \"%s\" is no UUID", given);
		return;
	}
	if (!api_query_number(request, "after", 0, INT64_MAX, &after))
		return;
	if (!api_query_number(request, "limit", 1, API_PAGE_MAX, &limit))
		return;
	listing.limit = limit;
	listing.rows = json_array();
	if (store_list_tokens(api->store, uuid, after, limit + 1, add_token, &listing, &err)) {
		json_decref(listing.rows);
		api_reply_error(request, &err);
		return;
	}
	json = json_pack("{s:o}", "tokens", listing.rows);
	if (json && listing.has_more)
		json_object_set_new(json, "next", json_integer((json_int_t)listing.last));
	http_reply_json(request, 200, json);
}

static bool take_token(const struct store_token *token, void *context)
{
	*(struct store_token *)context = *token;
	return false;
}

void api_revoke_token(struct http_request *request, void *context)
{
	struct api *api = context;
	struct store_token token = {0};
	struct operation *operation;
	struct error err;
	uint64_t id = 0;

	if (!api_read_id(request, &id))
		return;
	if (id && store_list_tokens(api->store, "", id - 1, 1, take_token, &token, &err)) {
		api_reply_error(request, &err);
		return;
	}
	if (!id || token.id != id) {
		http_reply_problem(request, PROBLEM_NOT_FOUND, 0, "there is no such token");
		return;
	}
	operation = api_operation_new(request, STORE_TOKEN_ACTION, token.uuid);
	if (!operation) {
		http_reply_json(request, 200, NULL);
		return;
	}
	operation->job.item.judge = judge;
	operation->revokes = id;
	store_token_print_revoked(&token, &operation->audit);
	api_operation_submit(api, operation, 200,
		json_pack("{s:I, s:s}", "id", (json_int_t)id, "uuid", token.uuid));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* VMs, and waiting for a report of one. */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "collector/operators/api_private.h"
#include "collector/store/store_words.h"
#include "platform/system.h"

struct listing {
	json_t *rows;
	size_t limit; /* one more is looked at, to know whether there is a next page */
	size_t count;
	uint64_t now_ms;
	char last[TEXT_UUID_SIZE];
	bool has_more;
};

static bool add_vm(const struct store_vm *vm, void *context)
{
	struct listing *listing = context;

	if (listing->count == listing->limit) {
		listing->has_more = true;
		return false;
	}
	listing->count++;
	snprintf(listing->last, sizeof(listing->last), "%s", vm->uuid);
	return json_array_append_new(listing->rows, api_vm_json(vm, listing->now_ms)) == 0;
}

static bool read_status(struct http_request *request, struct store_query *query)
{
	const char *name = http_query(request, "status");
	struct error ignored;

	if (!name || !*name)
		return true;
	query->has_status = true;
	if (!store_status_parse(name, &query->status, &ignored))
		return true;
	api_reply_malformed(request,
		"status: \"%s\" is none of affirming, warning, contraindicated, none", name);
	return false;
}

static bool read_disks(struct http_request *request, struct store_query *query)
{
	const char *disks = http_query(request, "disks");

	if (!disks || !*disks)
		return true;
	query->has_failing_disks = strcmp(disks, "will-not-open") == 0;
	if (!query->has_failing_disks)
		api_reply_malformed(request, "disks: \"%s\" is not will-not-open", disks);
	return query->has_failing_disks;
}

static bool read_silent(struct http_request *request, struct store_query *query)
{
	const char *silent = http_query(request, "silent");

	if (!silent || !*silent)
		return true;
	query->is_silent = strcmp(silent, "true") == 0;
	if (!query->is_silent)
		api_reply_malformed(request, "silent: \"%s\" is not true", silent);
	return query->is_silent;
}

static bool read_query(struct http_request *request, struct store_query *query)
{
	const char *after = http_query(request, "after"), *search = http_query(request, "search");
	uint64_t limit = API_PAGE_DEFAULT;

	if (after && *after && !text_uuid(after, query->after)) {
		api_reply_malformed(request, "after: \"%s\" is no cursor", after);
		return false;
	}
	if (search && strlen(search) >= sizeof(query->search)) {
		api_reply_malformed(
			request, "search: longer than %zu bytes", sizeof(query->search) - 1);
		return false;
	}
	for (size_t i = 0; search && search[i]; i++)
		query->search[i] = (char)tolower((unsigned char)search[i]);
	if (!read_status(request, query) || !read_disks(request, query))
		return false;
	if (!read_silent(request, query))
		return false;
	if (!api_query_number(request, "limit", 1, API_PAGE_MAX, &limit))
		return false;
	query->limit = limit + 1;
	return true;
}

static json_t *counts_json(const struct store_counts *counts)
{
	json_t *json = json_object();

	for (unsigned status = 0; status <= VERDICT_CONTRAINDICATED; status++) {
		uint64_t sum = 0;

		for (unsigned i = 0; i < CONTINUITY_COUNT; i++)
			sum += counts->vms[status][i];
		json_object_set_new(json, verdict_status_name((enum verdict_status)status),
			json_integer((json_int_t)sum));
	}
	return json;
}

static json_t *disks_json(const struct store_counts *counts)
{
	return json_pack("{s:I, s:I}", "will_not_open", (json_int_t)counts->disks_failing, "vms",
		(json_int_t)counts->disks_vms);
}

void api_list_vms(struct http_request *request, void *context)
{
	struct api *api = context;
	struct store_query query = {0};
	struct listing listing = {.now_ms = platform_wall_clock_ms()};
	struct store_counts counts;
	struct error err;
	json_t *json;
	int rc;

	if (!read_query(request, &query))
		return;
	listing.limit = query.limit - 1;
	listing.rows = json_array();
	rc = store_list_vms(api->store, &query, add_vm, &listing, &err);
	if (!rc)
		rc = api_counts(api, &counts, &err);
	if (rc) {
		json_decref(listing.rows);
		api_reply_error(request, &err);
		return;
	}
	json = json_pack("{s:o, s:o, s:o, s:I}", "vms", listing.rows, "counts",
		counts_json(&counts), "disks", disks_json(&counts), "silent",
		(json_int_t)counts.silent);
	if (json && listing.has_more)
		json_object_set_new(json, "next", json_string(listing.last));
	http_reply_json(request, 200, json);
}

void api_read_vm(struct http_request *request, void *context)
{
	struct api *api = context;
	char uuid[TEXT_UUID_SIZE];
	struct store_vm vm;
	struct error err;

	if (!api_read_uuid(request, uuid))
		return;
	if (store_show_vm(api->store, uuid, &vm, &err))
		api_reply_error(request, &err);
	else
		http_reply_json(request, 200, api_vm_json(&vm, platform_wall_clock_ms()));
}

static bool add_claim(const struct store_claim *claim, void *context)
{
	return json_array_append_new(context, api_claim_json(claim)) == 0;
}

void api_list_claims(struct http_request *request, void *context)
{
	struct api *api = context;
	char uuid[TEXT_UUID_SIZE];
	struct store_vm vm;
	struct error err;
	json_t *claims;
	int rc;

	if (!api_read_uuid(request, uuid))
		return;
	claims = json_array();
	rc = store_read_vm(api->store, uuid, &vm, &err);
	if (!rc)
		rc = store_list_claims(api->store, uuid, add_claim, claims, &err);
	if (rc) {
		json_decref(claims);
		api_reply_error(request, &err);
		return;
	}
	http_reply_json(request, 200, json_pack("{s:o}", "claims", claims));
}

void api_list_appraisals(struct http_request *request, void *context)
{
	struct api *api = context;
	uint64_t from = 0, newer = 0, wait = 0, limit = API_PAGE_DEFAULT;
	char uuid[TEXT_UUID_SIZE];
	json_t *json = NULL;
	struct error err;
	size_t count;
	bool is_good;

	is_good = api_read_uuid(request, uuid) &&
		  api_query_number(request, "from", 1, INT64_MAX, &from) &&
		  api_query_number(request, "newer", 0, INT64_MAX, &newer) &&
		  api_query_number(request, "wait", 0, API_WAIT_MAX_S, &wait) &&
		  api_query_number(request, "limit", 1, API_PAGE_MAX, &limit);
	if (!is_good)
		return;
	if (api_timeline(api, uuid, from, newer, limit, &json, &count, &err)) {
		api_reply_error(request, &err);
		return;
	}
	if (count || !wait || from) {
		http_reply_json(request, 200, json);
		return;
	}
	json_decref(json);
	if (!api_wait_add(api->wait, request, uuid, newer, wait))
		http_reply_limit(
			request, LIMIT_LONG_POLLS, 5, "too many requests wait for a report");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The collector about itself: audit log, status, metrics. */
#include "collector/metrics.h"

#include <jansson.h>

#include "collector/operators/api_private.h"
#include "platform/system.h"
#include "version.h"

struct listing {
	json_t *rows;
	size_t limit; /* one more is looked at */
	size_t count;
	uint64_t last;
	bool has_more;
};

static bool add_event(const struct store_audit *audit, void *context)
{
	struct listing *listing = context;

	if (listing->count == listing->limit) {
		listing->has_more = true;
		return false;
	}
	listing->count++;
	listing->last = audit->link.id;
	return json_array_append_new(listing->rows, api_audit_json(audit)) == 0;
}

void api_list_audit(struct http_request *request, void *context)
{
	struct api *api = context;
	struct listing listing = {0};
	uint64_t after = 0, limit = API_PAGE_DEFAULT;
	struct error err;
	json_t *json;

	if (!api_query_number(request, "after", 0, INT64_MAX, &after))
		return;
	if (!api_query_number(request, "limit", 1, API_PAGE_MAX, &limit))
		return;
	listing.limit = limit;
	listing.rows = json_array();
	if (store_list_audit(api->store, after, limit + 1, add_event, &listing, &err)) {
		json_decref(listing.rows);
		api_reply_error(request, &err);
		return;
	}
	json = json_pack("{s:o}", "events", listing.rows);
	if (json && listing.has_more)
		json_object_set_new(json, "next", json_integer((json_int_t)listing.last));
	http_reply_json(request, 200, json);
}

void api_status(struct http_request *request, void *context)
{
	static const struct {
		enum http_role role;
		const char *name;
	} roles[] = {{HTTP_ROLE_ADMIN, "admin"}, {HTTP_ROLE_VIEWER, "viewer"},
		{HTTP_ROLE_AGENT, "agent"}, {HTTP_ROLE_HOST, "host"}};
	struct api *api = context;
	json_t *names = json_array();

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		if (http_caller(request)->roles & 1U << roles[i].role)
			json_array_append_new(names, json_string(roles[i].name));
	}
	http_reply_json(request, 200,
		json_pack("{s:s, s:s, s:s, s:o, s:I, s:I}", "version", VTPM_VERSION, "enrolment",
			api->enrolment, "store", api->store_name, "roles", names, "uptime_s",
			(json_int_t)((platform_wall_clock_ms() - api->started_ms) / 1000),
			"lost_report", (json_int_t)store_lost_number(api->store)));
}

void api_metrics(struct http_request *request, void *context)
{
	struct api *api = context;
	struct http_response response = {
		.status = 200, .content_type = "text/plain; version=0.0.4; charset=utf-8"};
	struct store_counts counts;
	struct error err;

	if (api_counts(api, &counts, &err)) {
		api_reply_error(request, &err);
		return;
	}
	metrics_print(&response.body, &counts);
	if (response.body.failed) {
		buf_free(&response.body);
		http_reply_json(request, 200, NULL);
		return;
	}
	http_reply(request, &response);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Single reports, and many of them for other systems. */
#include <stdio.h>

#include "collector/operators/api_private.h"

#define EXPORT_REPORTS_MAX 500
#define EXPORT_BYTES_MAX   ((size_t)1024 * 1024)

static bool take_report(const struct store_report *report, void *context)
{
	*(json_t **)context = api_report_json(report, true);
	return false;
}

void api_read_report(struct http_request *request, void *context)
{
	struct api *api = context;
	json_t *json = NULL;
	struct error err;
	uint64_t id;

	if (!api_read_id(request, &id))
		return;
	if (store_read_report(api->settings.store, id, take_report, &json, &err))
		api_reply_error(request, &err);
	else
		http_reply_json(request, 200, json);
}

static bool take_evidence(const struct store_report *report, void *context)
{
	buf_append(context, report->evidence.bytes, report->evidence.len);
	return false;
}

void api_read_evidence(struct http_request *request, void *context)
{
	struct api *api = context;
	struct http_response response = {.status = 200, .content_type = "application/json"};
	struct error err;
	uint64_t id;

	if (!api_read_id(request, &id))
		return;
	if (store_read_report(api->settings.store, id, take_evidence, &response.body, &err)) {
		buf_free(&response.body);
		api_reply_error(request, &err);
		return;
	}
	snprintf(response.filename, sizeof(response.filename), "evidence-%llu.json",
		(unsigned long long)id);
	http_reply(request, &response);
}

static bool add_line(const struct store_report *report, void *context)
{
	struct buf *to = context;

	api_report_ecs(to, report);
	return !to->failed && to->len < EXPORT_BYTES_MAX;
}

void api_export(struct http_request *request, void *context)
{
	struct api *api = context;
	struct http_response response = {.status = 200, .content_type = "application/x-ndjson"};
	struct error err;
	uint64_t after = 0;

	if (!api_query_number(request, "after", 0, INT64_MAX, &after))
		return;
	if (store_list_reports(api->settings.store, after, EXPORT_REPORTS_MAX, add_line,
		    &response.body, &err)) {
		buf_free(&response.body);
		api_reply_error(request, &err);
		return;
	}
	if (response.body.failed) {
		buf_free(&response.body);
		http_reply_json(request, 200, NULL);
		return;
	}
	snprintf(response.filename, sizeof(response.filename), "vtpm-reports.ndjson");
	http_reply(request, &response);
}

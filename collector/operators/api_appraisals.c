/* SPDX-License-Identifier: BSD-2-Clause */
/* Single reports, and many of them for other systems. */
#include <inttypes.h>
#include <stdio.h>

#include "collector/operators/api_private.h"

#define EXPORT_LINES_MAX 500
#define EXPORT_BYTES_MAX ((size_t)1024 * 1024)

static bool take_appraisal(const struct store_appraisal *appraisal, void *context)
{
	*(json_t **)context = api_appraisal_json(appraisal, true);
	return false;
}

void api_read_appraisal(struct http_request *request, void *context)
{
	struct api *api = context;
	json_t *json = NULL;
	struct error err;
	uint64_t id;

	if (!api_read_id(request, &id))
		return;
	if (store_read_appraisal(api->store, id, take_appraisal, &json, &err))
		api_reply_error(request, &err);
	else
		http_reply_json(request, 200, json);
}

static bool take_evidence(const struct store_appraisal *appraisal, void *context)
{
	buf_append(context, appraisal->evidence.bytes, appraisal->evidence.len);
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
	if (store_read_appraisal(api->store, id, take_evidence, &response.body, &err)) {
		buf_free(&response.body);
		api_reply_error(request, &err);
		return;
	}
	snprintf(response.filename, sizeof(response.filename), "evidence-%llu.json",
		(unsigned long long)id);
	http_reply(request, &response);
}

static bool goes_on(const struct buf *to)
{
	return !to->failed && to->len < EXPORT_BYTES_MAX;
}

static bool add_appraisal(const struct store_appraisal *appraisal, void *context)
{
	api_appraisal_ecs(context, appraisal);
	return goes_on(context);
}

static bool add_event(const struct store_audit *audit, void *context)
{
	api_audit_ecs(context, audit);
	return goes_on(context);
}

static bool add_claim(const struct store_claim *claim, void *context)
{
	api_claim_ecs(context, claim);
	return goes_on(context);
}

typedef int list_lines(struct store *store, uint64_t after, struct buf *to, struct error *err);

static int list_appraisals(struct store *store, uint64_t after, struct buf *to, struct error *err)
{
	return store_list_appraisals(store, after, EXPORT_LINES_MAX, add_appraisal, to, err);
}

static int list_events(struct store *store, uint64_t after, struct buf *to, struct error *err)
{
	return store_list_audit(store, after, EXPORT_LINES_MAX, add_event, to, err);
}

static int list_claims(struct store *store, uint64_t after, struct buf *to, struct error *err)
{
	return store_list_new_claims(store, after, EXPORT_LINES_MAX, add_claim, to, err);
}

/* The newest report and the newest event are never deleted: where nothing has this number or a
 * later one, whoever names it saw more than there is. */
static int check_cursor(const struct api *api, list_lines *list, uint64_t after, bool *ret_beyond,
	struct error *err)
{
	BUF_SCOPED last = {0};
	int rc = after ? list(api->store, after - 1, &last, err) : 0;

	*ret_beyond = !rc && after && !last.len && !last.failed;
	return rc;
}

static void reply_beyond(struct http_request *request, uint64_t after)
{
	char detail[160];

	snprintf(detail, sizeof(detail),
		"the collector's history ends before number %" PRIu64
		": was an older copy of the database put back?",
		after);
	http_reply_problem(request, PROBLEM_BEYOND_END, 0, detail);
}

/* `stays`: the newest line is never deleted. */
static void reply_lines(struct http_request *request, const struct api *api, list_lines *list,
	bool stays, const char *filename)
{
	struct http_response response = {.status = 200, .content_type = "application/x-ndjson"};
	uint64_t after = 0;
	bool is_beyond = false;
	struct error err;
	int rc;

	if (!api_query_number(request, "after", 0, INT64_MAX, &after))
		return;
	rc = list(api->store, after, &response.body, &err);
	if (!rc && stays && !response.body.len && !response.body.failed)
		rc = check_cursor(api, list, after, &is_beyond, &err);
	if (is_beyond) {
		buf_free(&response.body);
		reply_beyond(request, after);
		return;
	}
	if (!rc && !response.body.failed) {
		snprintf(response.filename, sizeof(response.filename), "%s", filename);
		http_reply(request, &response);
		return;
	}
	buf_free(&response.body);
	if (rc)
		api_reply_error(request, &err);
	else
		http_reply_json(request, 200, NULL);
}

void api_export(struct http_request *request, void *context)
{
	reply_lines(request, context, list_appraisals, true, "vtpm-reports.ndjson");
}

void api_export_audit(struct http_request *request, void *context)
{
	reply_lines(request, context, list_events, true, "vtpm-audit.ndjson");
}

void api_export_claims(struct http_request *request, void *context)
{
	reply_lines(request, context, list_claims, false, "vtpm-claims.ndjson");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports, audit events and claims for other systems, many at a time. */
#include <inttypes.h>
#include <stdio.h>

#include "collector/operators/api_private.h"

#define EXPORT_LINES_MAX 500
#define EXPORT_BYTES_MAX ((size_t)1024 * 1024)

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

/* One kind of lines: how they are listed, and the highest number that one ever had. */
struct lines {
	int (*list)(struct store *store, uint64_t after, struct buf *to, struct error *err);
	int (*read_last)(struct store *store, uint64_t *ret_last, struct error *err);
	const char *filename;
};

static int list_appraisals(struct store *store, uint64_t after, struct buf *to, struct error *err)
{
	return store_list_appraisals(store, after, EXPORT_LINES_MAX, add_appraisal, to, err);
}

static int read_last_appraisal(struct store *store, uint64_t *ret_last, struct error *err)
{
	struct store_link event;

	return store_read_ends(store, ret_last, &event, err);
}

static int list_events(struct store *store, uint64_t after, struct buf *to, struct error *err)
{
	return store_list_audit(store, after, EXPORT_LINES_MAX, add_event, to, err);
}

static int read_last_event(struct store *store, uint64_t *ret_last, struct error *err)
{
	struct store_link event;
	uint64_t reports;
	int rc = store_read_ends(store, &reports, &event, err);

	if (!rc)
		*ret_last = event.id;
	return rc;
}

static int list_claims(struct store *store, uint64_t after, struct buf *to, struct error *err)
{
	return store_list_new_claims(store, after, EXPORT_LINES_MAX, add_claim, to, err);
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

/* Whoever names a number beyond the last saw more than there is. */
static void reply_lines(
	struct http_request *request, const struct api *api, const struct lines *lines)
{
	struct http_response response = {.status = 200, .content_type = "application/x-ndjson"};
	uint64_t after = 0, last = 0;
	struct error err;
	int rc;

	if (!api_query_number(request, "after", 0, INT64_MAX, &after))
		return;
	rc = lines->list(api->store, after, &response.body, &err);
	if (!rc && !response.body.len && !response.body.failed)
		rc = lines->read_last(api->store, &last, &err);
	if (!rc && response.body.failed)
		rc = error_set(&err, ERROR_NO_MEMORY, "no memory for an export");
	if (!rc && (response.body.len || after <= last)) {
		snprintf(response.filename, sizeof(response.filename), "%s", lines->filename);
		http_reply(request, &response);
		return;
	}
	buf_free(&response.body);
	if (rc)
		api_reply_error(request, &err);
	else
		reply_beyond(request, after);
}

void api_export(struct http_request *request, void *context)
{
	static const struct lines reports = {
		list_appraisals, read_last_appraisal, "vtpm-reports.ndjson"};

	reply_lines(request, context, &reports);
}

void api_export_audit(struct http_request *request, void *context)
{
	static const struct lines events = {list_events, read_last_event, "vtpm-audit.ndjson"};

	reply_lines(request, context, &events);
}

void api_export_claims(struct http_request *request, void *context)
{
	static const struct lines claims = {
		list_claims, store_read_last_claim, "vtpm-claims.ndjson"};

	reply_lines(request, context, &claims);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/webhook/webhook_event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/operators/api_private.h"
#include "core/json/text.h"

#define TYPE_PREFIX "org.vtpm-agent."

struct reading {
	struct webhook_report *reports;
	size_t count;
};

static bool take_report(const struct store_report *report, void *context)
{
	struct reading *reading = context;
	struct webhook_report *to = &reading->reports[reading->count++];

	*to = (struct webhook_report){.id = report->link.id,
		.previous = report->prev.id,
		.received_ms = report->received_ms,
		.event = report->event,
		.status = report->status,
		.continuity = report->continuity};
	memcpy(to->uuid, report->uuid, sizeof(to->uuid));
	memcpy(to->reason, report->reason, sizeof(to->reason));
	return true;
}

static bool take_before(const struct store_report *report, void *context)
{
	struct webhook_report *to = context;

	to->has_before = true;
	to->status_before = report->status;
	to->continuity_before = report->continuity;
	return false;
}

int webhook_read_reports(struct store *store, uint64_t after, struct webhook_report reports[],
	size_t max, size_t *ret_count, struct error *err)
{
	struct reading reading = {.reports = reports};
	int rc = store_list_reports(store, after, max, take_report, &reading, err);

	for (size_t i = 0; !rc && i < reading.count; i++) {
		if (reports[i].previous)
			rc = store_read_report(
				store, reports[i].previous, take_before, &reports[i], err);
		if (rc == -ERROR_NOT_FOUND)
			rc = 0;
	}
	if (!rc)
		*ret_count = reading.count;
	return rc;
}

static void print(struct buf *to, const char *kind, uint64_t number, const char *type,
	const char *uuid, uint64_t ms, json_t *data)
{
	char id[48], at[API_TIME_SIZE];
	json_t *json;

	snprintf(id, sizeof(id), "%s-%" PRIu64, kind, number);
	json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}", "specversion", "1.0", "id", id,
		"source", "urn:vtpm-collector", "type", type, "subject", uuid, "time",
		api_time(ms, at), "datacontenttype", "application/json", "data", data);
	if (json)
		json_text_print(to, json, false);
	else
		to->failed = true;
	json_decref(json);
}

/* A VM that is new and well is not worth waking anybody. */
static bool is_worth_telling(const struct webhook_report *report)
{
	if (report->previous)
		return !report->has_before || report->status != report->status_before ||
		       report->continuity != report->continuity_before;
	return report->status == VERDICT_WARNING || report->status == VERDICT_CONTRAINDICATED;
}

void webhook_report_event(struct buf *to, const struct webhook_report *report)
{
	json_t *before = NULL;

	if (!is_worth_telling(report))
		return;
	if (report->has_before)
		before = json_pack("{s:s, s:s}", "status",
			verdict_status_name(report->status_before), "continuity",
			continuity_name(report->continuity_before));
	print(to, "report", report->id,
		report->continuity == CONTINUITY_REPLACED ? TYPE_PREFIX "vtpm.replaced"
							  : TYPE_PREFIX "verdict.changed",
		report->uuid, report->received_ms,
		json_pack("{s:s, s:I, s:s, s:s, s:s, s:s, s:o}", "uuid", report->uuid, "report",
			(json_int_t)report->id, "event", event_name(report->event), "status",
			verdict_status_name(report->status), "continuity",
			continuity_name(report->continuity), "reason", report->reason, "before",
			before ? before : json_null()));
}

void webhook_audit_event(struct buf *to, const struct store_audit *audit)
{
	if (strcmp(audit->action, "accept") != 0)
		return;
	print(to, "audit", audit->link.id, TYPE_PREFIX "baseline.accepted", audit->uuid,
		audit->at_ms,
		json_pack("{s:s, s:o, s:o}", "uuid", audit->uuid, "actor",
			json_text_string(audit->actor), "detail", json_text_string(audit->detail)));
}

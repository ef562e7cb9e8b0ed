/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/client/client_page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console/page.h"
#include "console/page_text.h"
#include "core/json/text.h"
#include "core/text.h"
#include "core/verdict/verdict.h"
#include "platform/system.h"

#define HOSTNAME_COLUMNS 24

const char *client_text(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));

	return text ? text : "";
}

enum verdict_status client_status(const char *name)
{
	for (unsigned i = 0; i <= VERDICT_CONTRAINDICATED; i++) {
		if (!strcmp(name, verdict_status_name((enum verdict_status)i)))
			return (enum verdict_status)i;
	}
	return VERDICT_NONE;
}

static enum page_mark mark_of(const json_t *json)
{
	return page_mark_of(client_status(client_text(json, "status")));
}

static enum continuity continuity_of(const json_t *json)
{
	for (unsigned i = 0; i < CONTINUITY_COUNT; i++) {
		if (!strcmp(client_text(json, "continuity"), continuity_name((enum continuity)i)))
			return (enum continuity)i;
	}
	return CONTINUITY_UNVERIFIED;
}

static json_int_t number_of(const json_t *json, const char *name)
{
	return json_integer_value(json_object_get(json, name));
}

static void add_head(struct page *page, const json_t *json, const char *event)
{
	page->status = client_status(client_text(json, "status"));
	page->badge = continuity_name(continuity_of(json));
	snprintf(page->headline, sizeof(page->headline), "%s",
		continuity_sentence(continuity_of(json)));
	snprintf(page->summary, sizeof(page->summary), "%s, with %s announced",
		verdict_status_name(page->status),
		!*event || !strcmp(event, "none") ? "nothing" : event);
}

static void add_reasons(struct page *page, const json_t *report)
{
	const json_t *reasons = json_object_get(json_object_get(report, "verdict"), "reasons");
	const json_t *reason;
	size_t i;

	page_begin_section(page, "Reasons");
	json_array_foreach(reasons, i, reason)
	{
		struct page_row *row = page_add_row(page, i ? PAGE_PLAIN : mark_of(report),
			client_text(reason, "code"), "%s", client_text(reason, "sentence"));

		snprintf(row->remedy, sizeof(row->remedy), "%s", client_text(reason, "remedy"));
	}
}

static void add_counters(struct page *page, const json_t *json)
{
	json_int_t clock = number_of(json, "clock_ms");

	if (json_is_integer(json_object_get(json, "clock_ms")))
		page_add_row(page, PAGE_PLAIN, "Counters",
			"resets %" JSON_INTEGER_FORMAT ", restarts %" JSON_INTEGER_FORMAT
			", clock %" JSON_INTEGER_FORMAT ".%" JSON_INTEGER_FORMAT " s",
			number_of(json, "reset_count"), number_of(json, "restart_count"),
			clock / 1000, clock % 1000 / 100);
}

static void print_page(struct buf *to, const struct page *page)
{
	struct platform_terminal terminal = platform_terminal_describe();

	page_text(to, page, &terminal);
}

void client_page_report(struct buf *to, const json_t *report)
{
	struct page *page = calloc(1, sizeof(*page));
	bool is_signed = json_is_true(json_object_get(report, "is_signed"));

	if (!page) {
		to->failed = true;
		return;
	}
	add_head(page, report, client_text(report, "event"));
	add_reasons(page, report);
	page_begin_section(page, "Report");
	page_add_row(page, PAGE_PLAIN, "VM", "%s  %s", client_text(report, "uuid"),
		client_text(report, "hostname"));
	page_add_row(page, PAGE_PLAIN, "Received", "%s, number %" JSON_INTEGER_FORMAT,
		client_text(report, "received"), number_of(report, "id"));
	add_counters(page, report);
	if (!is_signed)
		page_add_row(page, PAGE_UNKNOWN, "Signed", "no: the TPM did not sign it");
	print_page(to, page);
	free(page);
}

static void add_announced(struct page *page, const json_t *vm)
{
	const json_t *announced = json_object_get(vm, "announced");

	if (json_is_object(announced))
		page_add_row(page, PAGE_PLAIN, "Announced", "%s, until %s",
			client_text(announced, "event"), client_text(announced, "until"));
}

static void add_timeline(struct page *page, const json_t *timeline)
{
	const json_t *report;
	size_t i;

	page_begin_section(page, "Timeline, newest first");
	json_array_foreach(json_object_get(timeline, "reports"), i, report)
	{
		char label[24];

		snprintf(label, sizeof(label), "#%" JSON_INTEGER_FORMAT, number_of(report, "id"));
		page_add_row(page, mark_of(report), label, "%s  %s (%s)%s%s",
			client_text(report, "received"), client_text(report, "continuity"),
			client_text(report, "reason"),
			strcmp(client_text(report, "event"), "none") != 0 ? ", announced: " : "",
			strcmp(client_text(report, "event"), "none") != 0
				? client_text(report, "event")
				: "");
	}
}

void client_page_vm(struct buf *to, const json_t *vm, const json_t *report, const json_t *timeline)
{
	struct page *page = calloc(1, sizeof(*page));

	if (!page) {
		to->failed = true;
		return;
	}
	add_head(page, vm, report ? client_text(report, "event") : "");
	if (report)
		add_reasons(page, report);
	page_begin_section(page, "VM");
	page_add_row(page, PAGE_PLAIN, "UUID", "%s", client_text(vm, "uuid"));
	page_add_row(page, PAGE_PLAIN, "Hostname", "%s", client_text(vm, "hostname"));
	page_add_row(page,
		strcmp(client_text(vm, "enrolment"), "accepted") ? PAGE_WARN : PAGE_PLAIN,
		"Enrolment", "%s", client_text(vm, "enrolment"));
	page_add_row(page, PAGE_PLAIN, "Last report", "%s", client_text(vm, "received"));
	page_add_row(page, PAGE_PLAIN, "Baseline", "report #%" JSON_INTEGER_FORMAT,
		number_of(vm, "baseline"));
	add_counters(page, vm);
	add_announced(page, vm);
	add_timeline(page, timeline);
	print_page(to, page);
	free(page);
}

void client_table_head(struct buf *to)
{
	buf_printf(to, "%-36s  %-*s  %-15s  %-17s  %-21s  %s\n", "UUID", HOSTNAME_COLUMNS,
		"HOSTNAME", "STATUS", "CONTINUITY", "REASON", "LAST REPORT");
}

/* A foreign text in a column: escaped, and cut where it is too wide. ASCII only, so that a byte is
 * a column. */
static void print_cell(struct buf *to, const char *text)
{
	BUF_SCOPED escaped = {0};

	text_escape(&escaped, text, true);
	to->failed = to->failed || escaped.failed;
	buf_printf(to, "%-*.*s  ", HOSTNAME_COLUMNS, HOSTNAME_COLUMNS,
		escaped.data ? (char *)escaped.data : "");
}

void client_table_rows(struct buf *to, const json_t *vms)
{
	const json_t *vm;
	size_t i;

	json_array_foreach(vms, i, vm)
	{
		BUF_SCOPED rest = {0};

		buf_printf(to, "%-36s  ", client_text(vm, "uuid"));
		print_cell(to, client_text(vm, "hostname"));
		buf_printf(&rest, "%-15s  %-17s  %-21s  %s", client_text(vm, "status"),
			client_text(vm, "continuity"), client_text(vm, "reason"),
			client_text(vm, "received"));
		to->failed = to->failed || rest.failed;
		if (rest.data)
			text_escape(to, (char *)rest.data, true);
		buf_append_text(to, "\n");
	}
}

void client_print_json(struct buf *to, const json_t *json)
{
	json_text_print(to, json, platform_terminal_describe().is_terminal);
	buf_append_text(to, "\n");
}

int client_put(struct buf *result, struct error *err)
{
	bool has_bytes = result->len && !result->failed;
	size_t written = has_bytes ? fwrite(result->data, 1, result->len, stdout) : 0;
	int rc = 0;

	if (result->failed)
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for the output");
	else if (written != result->len || fflush(stdout))
		rc = error_set(err, ERROR_IO, "standard output: nothing more can be written");
	buf_free(result);
	return rc;
}

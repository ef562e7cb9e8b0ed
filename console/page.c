/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

const char *page_verdict(enum verdict_status status)
{
	switch (status) {
	case VERDICT_AFFIRMING:
		return "healthy";
	case VERDICT_WARNING:
		return "warning";
	case VERDICT_CONTRAINDICATED:
		return "broken";
	case VERDICT_NONE:
		break;
	}
	return "unknown";
}

const char *page_outcome(enum verdict_status status)
{
	switch (status) {
	case VERDICT_AFFIRMING:
		return "survived";
	case VERDICT_WARNING:
		return "look at it";
	case VERDICT_CONTRAINDICATED:
		return "did not survive";
	case VERDICT_NONE:
		break;
	}
	return "cannot tell";
}

const char *page_outcome_named(const char *name)
{
	for (unsigned i = 0; i <= VERDICT_CONTRAINDICATED; i++) {
		if (!strcmp(name, verdict_status_name((enum verdict_status)i)))
			return page_outcome((enum verdict_status)i);
	}
	return page_outcome(VERDICT_NONE);
}

void page_summarize_verdict(struct page *page, const char *event)
{
	const char *announced = !*event || !strcmp(event, "none") ? "nothing" : event;

	snprintf(page->summary, sizeof(page->summary), "%s, with %s announced",
		page_outcome(page->status), announced);
}

enum page_mark page_mark_of(enum verdict_status status)
{
	static const enum page_mark marks[] = {[VERDICT_NONE] = PAGE_UNKNOWN,
		[VERDICT_AFFIRMING] = PAGE_PASS,
		[VERDICT_WARNING] = PAGE_WARN,
		[VERDICT_CONTRAINDICATED] = PAGE_FAIL};

	return marks[status];
}

void page_begin_section(struct page *page, const char *title)
{
	if (page->section_count < PAGE_SECTIONS_MAX)
		page->sections[page->section_count++] =
			(struct page_section){.title = title, .first_row = page->row_count};
}

struct page_row *page_add_row(
	struct page *page, enum page_mark mark, const char *label, const char *fmt, ...)
{
	static struct page_row overflow;
	struct page_row *row = &overflow;
	va_list args;

	if (page->row_count < PAGE_ROWS_MAX) {
		row = &page->rows[page->row_count++];
		page->sections[page->section_count - 1].row_count++;
	}
	row->mark = mark;
	snprintf(row->label, sizeof(row->label), "%s", label);
	va_start(args, fmt);
	vsnprintf(row->value, sizeof(row->value), fmt, args);
	va_end(args);
	return row;
}

const char *page_when(uint64_t seconds, char out[24])
{
	char time[TEXT_TIME_SIZE];

	text_time(seconds < INT64_MAX ? (int64_t)seconds : INT64_MAX, time);
	snprintf(out, 24, "%.10s %.8s UTC", time, time + 11);
	return out;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What `watch` knows, from its files: it may run or not. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console/page.h"
#include "host/command/commands.h"
#include "host/config.h"
#include "host/findings.h"
#include "host/output.h"
#include "host/watch/record_file.h"

struct list {
	size_t count;
	struct watch_record *items;
};

/* What libvirt has no more is kept for a while, and is nothing that is watched. */
static int add(const struct watch_record *record, void *context, struct error *err)
{
	struct list *list = context;
	struct watch_record *items;

	if (record->gone_s)
		return 0;
	items = realloc(list->items, (list->count + 1) * sizeof(*list->items));
	if (!items)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	list->items = items;
	items[list->count++] = *record;
	return 0;
}

/* By name: a directory has no order. */
static int compare(const void *one, const void *other)
{
	const struct watch_record *first = one, *second = other;
	int order = strcmp(first->name, second->name);

	return order ? order : strcmp(first->uuid, second->uuid);
}

/* Of the guests that run here; what is owed is no verdict yet. */
static enum verdict_status judge(const struct list *list)
{
	enum verdict_status worst = VERDICT_AFFIRMING;
	size_t judged = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (!watch_record_is_judged(&list->items[i]))
			continue;
		judged++;
		worst = findings_worse(worst, watch_record_status(&list->items[i]));
	}
	return judged ? worst : VERDICT_NONE;
}

static size_t count_owed(const struct list *list)
{
	size_t owed = 0;

	for (size_t i = 0; i < list->count; i++)
		owed += list->items[i].is_owed;
	return owed;
}

static json_t *write_all(const struct list *list)
{
	json_t *guests = json_array();

	for (size_t i = 0; guests && i < list->count; i++) {
		if (json_array_append_new(guests, watch_record_to_json(&list->items[i]))) {
			json_decref(guests);
			return NULL;
		}
	}
	return json_pack("{s:s, s:s, s:I, s:o}", "format", "vtpm-host-watch/1", "status",
		verdict_status_name(judge(list)), "owed", (json_int_t)count_owed(list), "guests",
		guests);
}

/* As owed, or by its verdict: what is broken and owes something has both. */
static void add_row(const struct watch_record *record, bool is_owed, struct page *page)
{
	enum verdict_status status = watch_record_status(record);
	const struct watch_last *last =
		status == record->last.status ? &record->last : &record->verdict;
	char when[24];

	if (is_owed) {
		page_add_row(page, PAGE_UNKNOWN, record->name, "%s at %s, asked %u times",
			record->what, page_when(record->since_s, when), record->attempts);
		return;
	}
	page_add_row(page, page_mark_of(status), record->name, "%s, %s: %s",
		page_when(last->at_s, when),
		last->is_confirmed ? continuity_name(last->continuity) : "not confirmed",
		last->sentence);
}

static void add_section(
	const struct list *list, const char *title, int status, struct page *page, size_t *left_out)
{
	page_begin_section(page, title);
	for (size_t i = 0; i < list->count; i++) {
		const struct watch_record *record = &list->items[i];
		bool is_here = status < 0 ? record->is_owed
					  : watch_record_is_judged(record) &&
						    (int)watch_record_status(record) == status;

		if (is_here && host_output_has_room(page))
			add_row(record, status < 0, page);
		else
			*left_out += is_here;
	}
}

static void build_page(const struct list *list, struct page *page)
{
	size_t running = 0, left_out = 0;

	*page = (struct page){.status = judge(list), .badge = page_verdict(judge(list))};
	for (size_t i = 0; i < list->count; i++)
		running += list->items[i].state == WATCH_RUNNING;
	add_section(list, "Did not survive", VERDICT_CONTRAINDICATED, page, &left_out);
	add_section(list, "Cannot tell", VERDICT_NONE, page, &left_out);
	add_section(list, "Owed", -1, page, &left_out);
	add_section(list, "Warning", VERDICT_WARNING, page, &left_out);
	add_section(list, "Confirmed", VERDICT_AFFIRMING, page, &left_out);
	host_output_more(page, left_out);
	snprintf(page->headline, sizeof(page->headline),
		"%zu guests with a vTPM are watched, %zu confirmations are owed", running,
		count_owed(list));
	snprintf(page->summary, sizeof(page->summary),
		"as the last run of vtpm-host watch left it; %zu more are known and do not run "
		"here",
		list->count - running);
}

static int show(const struct list *list, bool is_json, struct error *err)
{
	struct page *page;
	int rc;

	if (is_json)
		return host_output_json(write_all(list), err);
	page = calloc(1, sizeof(*page));
	if (!page)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	build_page(list, page);
	rc = host_output_page(page, err);
	free(page);
	return rc;
}

int command_status(const struct host_options *options, enum exit_code *ret_code, struct error *err)
{
	struct host_options all;
	struct list list = {0};
	int rc = config_read(options, &all, err);

	if (!rc)
		rc = record_file_read_all(all.watch.state, add, &list, err);
	if (!rc && list.count)
		qsort(list.items, list.count, sizeof(*list.items), compare);
	if (!rc)
		rc = show(&list, all.is_json, err);
	if (!rc)
		*ret_code = verdict_exit_code(judge(&list));
	free(list.items);
	return rc;
}

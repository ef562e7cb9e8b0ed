/* SPDX-License-Identifier: BSD-2-Clause */
/* The status page: one piece of evidence, its checks first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/state.h"
#include "agent/status/page_sections.h"
#include "agent/status/status.h"
#include "core/verdict/verdict.h"

/* What an administrator would see beside this, as a list; empty when nothing was refused. */
static void list_refused(const struct evidence *evidence, char *out, size_t size)
{
	const struct {
		const struct record_part *part;
		const char *name;
	} parts[] = {
		{&evidence->session.part, "the TPM"},
		{&evidence->smbios.part, "the SMBIOS UUID"},
		{&evidence->event_log.part, "the event log"},
		{&evidence->eks.part, "the endorsement key"},
		{&evidence->srk.part, "the owner seed"},
		{&evidence->ak.part, "attestation key and quote"},
		{&evidence->unlock.part, "which disks open"},
	};
	size_t used = 0;

	out[0] = 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && used < size; i++) {
		enum error_code code = parts[i].part->state == PART_FAILED
					       ? parts[i].part->error.code
					       : ERROR_NONE;

		/* Windows keeps some commands for administrators. */
		if (code == ERROR_PERMISSION || code == ERROR_TPM_BLOCKED)
			used += (size_t)snprintf(
				out + used, size - used, "%s%s", used ? ", " : "", parts[i].name);
	}
}

static void build_headline(
	const struct evidence *evidence, const struct checks *checks, struct page *page)
{
	const struct check *decisive = checks_decisive(checks);
	size_t unknown = checks_count(checks, CHECK_UNKNOWN);
	char undecided[48] = "";

	page->status = checks_status(checks);
	page->badge = page_verdict(page->status);
	snprintf(page->headline, sizeof(page->headline), "%s",
		decisive ? decisive->sentence : "the vTPM is present and working");
	list_refused(evidence, page->refused, sizeof(page->refused));
	if (unknown)
		snprintf(undecided, sizeof(undecided), ", %zu could not be decided", unknown);
	snprintf(page->summary, sizeof(page->summary), "%zu of %zu checks passed%s%s%s",
		checks_count(checks, CHECK_PASS), checks->count, undecided,
		*page->refused ? "; an administrator also sees " : "", page->refused);
}

/* A bad verdict of the service stands out, whatever the TPM looks like now. */
static void build_continuity(const struct status_last_verdict *last, struct page *page)
{
	enum page_mark mark = PAGE_UNKNOWN;
	char when[24];

	if (strcmp(last->status, "affirming") == 0)
		mark = PAGE_PASS;
	else if (strcmp(last->status, "warning") == 0)
		mark = PAGE_WARN;
	else if (strcmp(last->status, "contraindicated") == 0)
		mark = PAGE_FAIL;
	page_begin_section(page, "Continuity");
	page_add_row(page, mark, "Last verdict", "%s (%s), %s", last->continuity, last->status,
		page_when(last->iat, when));
	page_add_row(page, PAGE_PLAIN, "Reason", "%s", last->sentence);
}

static void build_health(const struct checks *checks, struct page *page)
{
	static const enum page_mark marks[] = {[CHECK_UNKNOWN] = PAGE_UNKNOWN,
		[CHECK_PASS] = PAGE_PASS,
		[CHECK_WARN] = PAGE_WARN,
		[CHECK_FAIL] = PAGE_FAIL};

	page_begin_section(page, "Health");
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];
		struct page_row *row = page_add_row(
			page, marks[check->result], check->title, "%s", check->sentence);

		snprintf(row->remedy, sizeof(row->remedy), "%s", check->remedy);
	}
}

/* What is due and did not come: nobody runs who would report. */
#define OVERDUE_S 120

static void build_delivery(const struct state_delivery *delivery, uint64_t now, struct page *page)
{
	const bool is_overdue = delivery->next && now > delivery->next + OVERDUE_S;
	struct page_row *row;
	char when[24];

	page_begin_section(page, "Collector");
	page_add_row(page, PAGE_PLAIN, "Collector", "%s", delivery->url);
	if (delivery->delivered)
		page_add_row(page, *delivery->fault ? PAGE_PLAIN : PAGE_PASS, "Last delivery",
			"%s, %s", page_when(delivery->delivered, when), delivery->status);
	else
		page_add_row(page, PAGE_PLAIN, "Last delivery", "none yet");
	if (*delivery->fault)
		page_add_row(page, PAGE_WARN, "Last attempt", "%s: %s",
			page_when(delivery->tried, when), delivery->fault);
	if (!delivery->next)
		return;
	row = page_add_row(page, is_overdue ? PAGE_WARN : PAGE_PLAIN, "Next", "%s%s",
		page_when(delivery->next, when), is_overdue ? ", and it did not come" : "");
	if (is_overdue)
		snprintf(row->remedy, sizeof(row->remedy),
			"see that vtpm-agent's service or timer runs");
}

void status_page_build(const struct evidence *evidence, const struct checks *checks,
	const struct status_last_verdict *last, const struct state_delivery *delivery,
	struct page *ret_page)
{
	*ret_page = (struct page){0};
	build_headline(evidence, checks, ret_page);
	if (last)
		build_continuity(last, ret_page);
	if (delivery)
		build_delivery(delivery, evidence->iat, ret_page);
	build_health(checks, ret_page);
	if (evidence->properties.part.state != PART_ABSENT) {
		status_page_add_tpm(evidence, ret_page);
		status_page_add_keys(evidence, ret_page);
		status_page_add_nv(evidence, ret_page);
		status_page_add_pcrs(evidence, ret_page);
		status_page_add_lockout(evidence, ret_page);
		status_page_add_clock(evidence, ret_page);
		status_page_add_windows(evidence, ret_page);
	}
	status_page_add_guest(evidence, ret_page);
}

/* The machine's own service does not speak of a TPM that was reached through a TCTI. */
static bool is_of_the_service(const char *state, const struct evidence *evidence)
{
	return *state || strcmp(evidence->device.transport, "tcti") != 0;
}

struct page *status_page(
	const char *state, const struct evidence *evidence, const struct checks *checks)
{
	struct page *page = calloc(1, sizeof(*page));
	const bool is_its_own = is_of_the_service(state, evidence);
	const char *directory = state_directory(state);
	struct status_last_verdict last = {0};
	struct state_delivery delivery;
	struct verdict verdict;
	struct error ignored;
	bool has_last = is_its_own && !state_read_verdict(directory, &verdict, &last.iat, &ignored);
	bool has_delivery = is_its_own && !state_read_delivery(directory, &delivery, &ignored);

	if (has_last) {
		last.status = verdict_status_name(verdict.status);
		last.continuity = continuity_name(verdict.continuity);
		last.sentence = verdict.reasons[0].sentence;
	}
	if (page)
		status_page_build(evidence, checks, has_last ? &last : NULL,
			has_delivery ? &delivery : NULL, page);
	return page;
}

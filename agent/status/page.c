/* SPDX-License-Identifier: BSD-2-Clause */
/* The status page: one piece of evidence, its checks first. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/state/state.h"
#include "agent/status/outcome.h"
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

static void build_headline(const struct evidence *evidence, const struct checks *checks,
	const struct service_word *service, struct page *page)
{
	size_t unknown = checks_count(checks, CHECK_UNKNOWN);
	struct status_outcome outcome;
	char undecided[48] = "";

	status_decide(evidence, checks, service, &outcome);
	page->status = outcome.status;
	page->badge = outcome.badge;
	snprintf(page->headline, sizeof(page->headline), "%s", outcome.sentence);
	list_refused(evidence, page->refused, sizeof(page->refused));
	if (unknown)
		snprintf(undecided, sizeof(undecided), ", %zu could not be decided", unknown);
	snprintf(page->summary, sizeof(page->summary), "%zu of %zu checks passed%s%s%s",
		checks_count(checks, CHECK_PASS), checks->count, undecided,
		*page->refused ? "; an administrator also sees " : "", page->refused);
}

static void add_remedy(struct page_row *row, const char *remedy)
{
	snprintf(row->remedy, sizeof(row->remedy), "%s", remedy);
}

/* A first sight says nothing of the past, and is none the worse for that. */
static const char *outcome_of(const struct verdict *verdict)
{
	return status_of_verdict(verdict) == verdict->status ? page_outcome(verdict->status)
							     : "enrolled";
}

static void build_verdict(const struct service_word *service, uint64_t now, struct page *page)
{
	const struct verdict *verdict = &service->verdict;
	const struct reason *reason = &verdict->reasons[0];
	const enum page_mark mark = page_mark_of(status_of_verdict(verdict));
	char when[24], age[32];

	page_add_row(page, service->is_of_other_vm ? PAGE_PLAIN : mark, "Last verdict",
		"%s: %s, %s, %s%s", outcome_of(verdict), continuity_name(verdict->continuity),
		page_when(service->iat, when), status_age(now, service->iat, age),
		service->is_before_boot ? ", before this boot" : "");
	add_remedy(page_add_row(page, PAGE_PLAIN, "Reason", "%s", reason->sentence),
		service->is_of_other_vm ? "" : reason_remedy(reason->code));
	if (service->is_of_other_vm)
		page_add_row(page, PAGE_UNKNOWN, "Whose",
			"another VM's: it came here with its image, and counts for nothing");
	else if (service->is_before_baseline)
		page_add_row(page, PAGE_UNKNOWN, "Baseline",
			"newer than the verdict: what was compared then was not kept");
}

/* Whether there will be another verdict. */
static void build_service(const struct service_word *service, uint64_t now, struct page *page)
{
	static const char start[] = "see that vtpm-agent's service or timer runs";
	char when[24];

	page_when(service->said.next, when);
	if (*service->said.fault)
		add_remedy(page_add_row(page, PAGE_FAIL, "Service", "cannot compare: %.280s",
				   service->said.fault),
			"end what the line says; where the baseline is not to be had any more, "
			"and the vTPM is right: vtpm-agent accept");
	switch (service_word_pace(service, now)) {
	case SERVICE_GOES_ON:
		page_add_row(page, PAGE_PLAIN, "Next", "until %s", when);
		break;
	case SERVICE_OVERDUE:
		add_remedy(page_add_row(page, PAGE_WARN, "Next",
				   "was due until %s, and did not come", when),
			start);
		break;
	case SERVICE_IN_FUTURE:
		add_remedy(page_add_row(page, PAGE_WARN, "Next",
				   "unknown: the clock was set back, or was wrong then"),
			start);
		break;
	case SERVICE_ENDED:
		add_remedy(
			page_add_row(page, PAGE_WARN, "Next", "none: the service was stopped at %s",
				page_when(service->said.ended, when)),
			start);
		break;
	case SERVICE_UNKNOWN:
		page_add_row(page, PAGE_PLAIN, "Next",
			"unknown: the service does not run, or "
			"is run by others now and then");
		break;
	}
	if (service->is_public)
		page_add_row(page, PAGE_PLAIN, "Told by",
			"the service, to every user of this machine; it keeps more for itself");
}

/* A bad verdict of the service stands out, whatever the TPM looks like now. */
static void build_continuity(const struct service_word *service, uint64_t now, struct page *page)
{
	page_begin_section(page, "Continuity");
	if (service->has_verdict)
		build_verdict(service, now, page);
	if (!service->is_of_other_vm)
		build_service(service, now, page);
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
			"%s, %s", page_when(delivery->delivered, when),
			page_outcome_named(delivery->status));
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
	const struct service_word *service, const struct state_delivery *delivery,
	struct page *ret_page)
{
	*ret_page = (struct page){0};
	build_headline(evidence, checks, service, ret_page);
	if (service)
		build_continuity(service, evidence->iat, ret_page);
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

bool status_read_service(
	const char *state, const struct evidence *evidence, struct service_word *ret_service)
{
	*ret_service = (struct service_word){0};
	return is_of_the_service(state, evidence) &&
	       service_word_read(state, evidence, ret_service);
}

struct page *status_page(const char *state, const struct evidence *evidence,
	const struct checks *checks, const struct service_word *service)
{
	struct page *page = calloc(1, sizeof(*page));
	struct state_delivery delivery;
	struct error ignored;
	bool has_delivery = is_of_the_service(state, evidence) &&
			    !state_read_delivery(state_directory(state), &delivery, &ignored);

	if (page)
		status_page_build(evidence, checks, service, has_delivery ? &delivery : NULL, page);
	return page;
}

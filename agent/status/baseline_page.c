/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/status/baseline_page.h"

#include <inttypes.h>
#include <stdio.h>

#include "agent/status/page_sections.h"

void status_add_baseline(
	const char *title, const char *name, const struct evidence *evidence, struct page *page)
{
	const struct evidence_clock *clock = &evidence->clock;
	char when[24];

	page_begin_section(page, title);
	page_add_row(page, PAGE_PLAIN, "Evidence", "%s, %s", name, page_when(evidence->iat, when));
	if (*evidence->guest.hostname)
		page_add_row(page, PAGE_PLAIN, "Machine", "%s", evidence->guest.hostname);
	status_page_add_eks(evidence, page);
	if (clock->part.state == PART_READ)
		page_add_row(page, PAGE_PLAIN, "Counters", "resets %" PRIu32 ", restarts %" PRIu32,
			clock->reset_count, clock->restart_count);
}

void status_baseline_page(const char *name, const struct evidence *evidence,
	const struct error *fault, struct page *ret_page)
{
	char when[24];

	*ret_page = (struct page){.status = fault ? VERDICT_NONE : VERDICT_AFFIRMING,
		.badge = fault ? "unproven" : "baseline"};
	snprintf(ret_page->headline, sizeof(ret_page->headline), "the vTPM as it was at %s",
		page_when(evidence->iat, when));
	snprintf(ret_page->summary, sizeof(ret_page->summary), "%s%.250s",
		fault ? "its quote proves nothing: " : "its quote is good",
		fault ? fault->message : "");
	status_add_baseline("Baseline", name, evidence, ret_page);
	status_page_add_keys(evidence, ret_page);
	status_page_add_pcrs(evidence, ret_page);
	status_page_add_clock(evidence, ret_page);
	status_page_add_guest(evidence, ret_page);
}

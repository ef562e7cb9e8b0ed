/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "console/page_verdict.h"
#include "host/command/commands.h"
#include "host/command/confirm_all.h"
#include "host/confirm/baselines.h"
#include "host/options_confirm.h"
#include "host/output.h"

static const char *why_not_kept(const struct verdict *verdict)
{
	if (verdict->status == VERDICT_CONTRAINDICATED)
		return "a broken vTPM's is no baseline";
	return verdict->is_poorer ? "it lacks what the baseline has" : "nothing is proven";
}

/* What was kept, and, where that was all, how the vTPM is. */
static void show_kept(const char *directory, const struct confirm_result *result, struct page *page)
{
	if (!directory)
		return;
	if (!result->is_kept) {
		page_add_row(page, PAGE_WARN, "Kept", "no: %s", why_not_kept(&result->verdict));
		return;
	}
	page_add_row(page, PAGE_PLAIN, "Kept", "%s/%s.json", directory, result->uuid);
	if (confirm_is_enrolled(result)) {
		page_enrol(&result->checks, 0, page);
		return;
	}
	if (result->status == result->verdict.status)
		return;
	page->status = result->status;
	page->badge = page_verdict(result->status);
	snprintf(page->headline, sizeof(page->headline),
		"this vTPM's evidence is kept in the place of what was there");
	snprintf(page->summary, sizeof(page->summary), "nothing was compared");
}

static void build_page(const struct host_confirm_options *how, const char *domain,
	const struct confirm_result *result, struct page *page)
{
	const struct message_result *answer = &result->answer;

	if (result->evidence) {
		page_build_verdict(&result->verdict, result->baseline, how->baseline,
			result->evidence, domain, page);
		show_kept(how->save, result, page);
		return;
	}
	page_build_verdict(&result->verdict, NULL, NULL, NULL, NULL, page);
	if (message_is_enrolled(answer))
		page_enrol(&result->checks, answer->number, page);
	page_begin_section(page, "Collector");
	page_add_row(page, PAGE_PLAIN, "Collector", "%s", result->collector);
	if (answer->number)
		page_add_row(page, PAGE_PLAIN, "Report", "%" PRIu64 ", received %s, of %s",
			answer->number, answer->received, domain);
	else if (answer->claim)
		page_add_row(
			page, PAGE_PLAIN, "Claim", "%" PRIu64 ", " MESSAGE_CLAIM, answer->claim);
	else
		page_add_row(page, PAGE_PLAIN, "Report", "not kept");
	/* Beside a claim it is the VM's: read here, it would be the claim's. */
	if (!answer->claim)
		page_add_row(page, PAGE_PLAIN, "Enrolment", "%s", answer->enrolment);
}

static int show(const struct host_confirm_options *how, const char *domain,
	const struct confirm_result *result, struct error *err)
{
	struct page *page = calloc(1, sizeof(*page));
	int rc;

	if (!page)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	build_page(how, domain, result, page);
	rc = host_output_page(page, err);
	free(page);
	return rc;
}

static int confirm_one(
	const struct host_options *options, enum exit_code *ret_code, struct error *err)
{
	const struct confirm_request request =
		options_confirm(&options->confirm, options->places.uri, options->domain);
	const struct baselines places = {options->confirm.baseline, options->confirm.save};
	struct confirm_result result = {0};
	struct confirm *confirm = NULL;
	int rc = confirm_start(&request, &confirm, err);

	if (!rc)
		rc = confirm_finish(confirm, &result, err);
	if (!rc)
		rc = baselines_compare(&places, options->confirm.event, &result, err);
	if (rc)
		error_wrap(err, "%s", options->domain);
	else if (options->is_json)
		rc = host_output_json(host_output_verdict(&result.verdict, result.status), err);
	else
		rc = show(&options->confirm, options->domain, &result, err);
	confirm_result_free(&result);
	if (!rc)
		*ret_code = verdict_exit_code(result.status);
	return rc;
}

int command_confirm(const struct host_options *options, enum exit_code *ret_code, struct error *err)
{
	return options->is_all ? command_confirm_all(options, ret_code, err)
			       : confirm_one(options, ret_code, err);
}

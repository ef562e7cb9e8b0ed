/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/page_verdict.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "console/page_key.h"
#include "core/text.h"

static void add_when(struct page *page, const char *label, const char *name, uint64_t iat)
{
	char when[24];

	page_add_row(page, PAGE_PLAIN, label, "%s, %s", name, page_when(iat, when));
}

static void add_counters(struct page *page, const char *label, const struct evidence *evidence)
{
	const struct evidence_clock *clock = &evidence->clock;

	if (clock->part.state == PART_READ)
		page_add_row(page, PAGE_PLAIN, label,
			"resets %" PRIu32 ", restarts %" PRIu32 ", clock %" PRIu64 ".%" PRIu64 " s",
			clock->reset_count, clock->restart_count, clock->clock_ms / 1000,
			clock->clock_ms % 1000 / 100);
}

static void add_eks(struct page *page, const char *label, const struct evidence *evidence)
{
	if (evidence->eks.part.state != PART_READ)
		return;
	for (size_t i = 0; i < evidence->eks.keys.count; i++) {
		const struct evidence_key *ek = &evidence->eks.keys.items[i];
		char digits[40];

		page_shorten_ek(ek, digits);
		page_add_key(page, label, ek, digits, "");
	}
}

/* What somebody needs who looks for the old vTPM, or cannot start the VM without it. */
static void add_replacement(
	const struct evidence *baseline, const struct evidence *evidence, struct page *page)
{
	page_begin_section(page, "Replaced");
	add_eks(page, "Old EK", baseline);
	add_eks(page, "New EK", evidence);
	page_add_row(page, PAGE_PLAIN, "Disks",
		"what was sealed to the old vTPM will not open with this one: have the recovery "
		"keys ready");
}

/* A remedy names the VM's own directory. A document may hold any text as its UUID, and what a
 * remedy says is typed on a host: it has to be one. */
static void name_vm(const struct evidence *evidence, char remedy[], size_t size)
{
	static const char mark[] = "<uuid>";
	char uuid[TEXT_UUID_SIZE], rest[sizeof(((struct page_row *)0)->remedy)];
	char *at = strstr(remedy, mark);
	bool is_named;

	is_named = evidence->smbios.part.state == PART_READ &&
		   text_uuid(evidence->smbios.uuid, uuid) && !text_uuid_is_placeholder(uuid);
	if (!at || !is_named)
		return;
	snprintf(rest, sizeof(rest), "%s", at + sizeof(mark) - 1);
	snprintf(at, size - (size_t)(at - remedy), "%s%s", uuid, rest);
}

static void add_comparison(const struct verdict *verdict, const struct evidence *baseline,
	const char *baseline_name, const struct evidence *evidence, const char *evidence_name,
	struct page *ret_page)
{
	page_begin_section(ret_page, "Compared");
	if (baseline)
		add_when(ret_page, "Baseline", baseline_name, baseline->iat);
	add_when(ret_page, "Evidence", evidence_name, evidence->iat);
	if (baseline)
		add_counters(ret_page, "Then", baseline);
	add_counters(ret_page, "Now", evidence);
	if (verdict->is_quote_verified) {
		page_add_row(ret_page, PAGE_PASS, "Proven",
			verdict->is_obfuscated
				? "by the quote: clock, PCR values, how far the counters went"
				: "by the quote: counters, clock, PCR values, firmware version");
		page_add_row(ret_page, PAGE_PLAIN, "Not covered",
			"by the quote: endorsement key and certificates, owner seed, NV, "
			"properties, guest, event log");
	} else {
		page_add_row(ret_page, PAGE_UNKNOWN, "Proven", "nothing: no quote was verified");
	}
}

/* What lies behind the PCRs that the reasons name. */
static void add_boot_changes(const struct boot_difference *boot, struct page *page)
{
	page_begin_section(page, "Changed in the boot");
	for (size_t i = 0; i < boot->changes.count; i++) {
		char label[16];

		snprintf(label, sizeof(label), "PCR %u", boot->changes.items[i].pcr);
		page_add_row(page, PAGE_PLAIN, label, "%s", boot->changes.items[i].sentence);
	}
	if (boot->left_out)
		page_add_row(page, PAGE_PLAIN, "More", "%" PRIu32 " others", boot->left_out);
}

struct page_row *page_add_reason(struct page *page, bool is_first, const char *code,
	const char *sentence, const char *remedy)
{
	struct page_row *row =
		page_add_row(page, is_first ? page_mark_of(page->status) : PAGE_PLAIN,
			is_first ? "Why" : "Also", "%.260s (%s)", sentence, code);

	snprintf(row->remedy, sizeof(row->remedy), "%s", remedy);
	return row;
}

void page_build_verdict(const struct verdict *verdict, const struct evidence *baseline,
	const char *baseline_name, const struct evidence *evidence, const char *evidence_name,
	struct page *ret_page)
{
	*ret_page = (struct page){
		.status = verdict->status, .badge = continuity_name(verdict->continuity)};
	snprintf(ret_page->headline, sizeof(ret_page->headline), "%s",
		continuity_sentence(verdict->continuity));
	page_summarize_verdict(ret_page, event_name(verdict->event));
	page_begin_section(ret_page, "Reasons");
	for (size_t i = 0; i < verdict->reason_count; i++) {
		const struct reason *reason = &verdict->reasons[i];

		struct page_row *row = page_add_reason(ret_page, i == 0, reason_name(reason->code),
			reason->sentence, reason_remedy(reason->code));

		if (evidence)
			name_vm(evidence, row->remedy, sizeof(row->remedy));
	}
	if (verdict->continuity == CONTINUITY_REPLACED && baseline && evidence)
		add_replacement(baseline, evidence, ret_page);
	add_boot_changes(&verdict->boot, ret_page);
	if (evidence)
		add_comparison(verdict, baseline, baseline_name, evidence, evidence_name, ret_page);
}

void page_enrol(const struct checks *checks, uint64_t report, struct page *page)
{
	const struct check *decisive = checks_decisive(checks);
	const char *sentence = decisive ? decisive->sentence : "";
	char number[40] = "";

	if (report)
		snprintf(number, sizeof(number), " (report %" PRIu64 ")", report);
	page->status = checks_status(checks);
	if (page->status == VERDICT_AFFIRMING) {
		page->badge = "enrolled";
		sentence = "";
	} else
		page->badge = page_verdict(page->status);
	snprintf(page->headline, sizeof(page->headline), "this vTPM is now the baseline%s%s%.230s",
		number, *sentence ? ", and " : "", sentence);
	snprintf(page->summary, sizeof(page->summary),
		"seen for the first time; from now on %s is compared with it",
		report ? "each report" : "what comes");
	page->rows[0].mark = PAGE_PASS;
	*page->rows[0].remedy = 0;
}

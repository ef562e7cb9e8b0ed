/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/client/client_page.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console/page.h"
#include "console/page_text.h"
#include "console/page_verdict.h"
#include "core/text.h"
#include "core/verdict/reasons.h"
#include "core/verdict/verdict.h"
#include "platform/system.h"

#define EK_HALF 32 /* of a fingerprint's digits */

const char *client_text(const struct json_node *json, const char *name)
{
	const char *text = json_node_text(json_node_member(json, name));

	return text ? text : "";
}

int64_t client_number(const struct json_node *json, const char *name)
{
	return json_node_integer(json_node_member(json, name));
}

enum verdict_status client_status(const char *name)
{
	for (unsigned i = 0; i <= VERDICT_CONTRAINDICATED; i++) {
		if (!strcmp(name, verdict_status_name((enum verdict_status)i)))
			return (enum verdict_status)i;
	}
	return VERDICT_NONE;
}

bool client_is_silent(const struct json_node *vm)
{
	return *client_text(vm, "silent_since") != 0;
}

enum exit_code client_vm_code(const struct json_node *vm)
{
	enum exit_code code = verdict_exit_code(client_status(client_text(vm, "status")));

	return client_is_silent(vm) && code != EXIT_CODE_BROKEN ? EXIT_CODE_UNKNOWN : code;
}

static enum page_mark mark_of(const struct json_node *json)
{
	return page_mark_of(client_status(client_text(json, "status")));
}

static enum continuity continuity_of(const struct json_node *json)
{
	for (unsigned i = 0; i < CONTINUITY_COUNT; i++) {
		if (!strcmp(client_text(json, "continuity"), continuity_name((enum continuity)i)))
			return (enum continuity)i;
	}
	return CONTINUITY_UNVERIFIED;
}

static void add_head(struct page *page, const struct json_node *json, const char *event)
{
	page->status = client_status(client_text(json, "status"));
	page->badge = continuity_name(continuity_of(json));
	snprintf(page->headline, sizeof(page->headline), "%s",
		continuity_sentence(continuity_of(json)));
	page_summarize_verdict(page, event);
}

/* The last verdict is not today's. */
static void add_silence(struct page *page, const struct json_node *vm)
{
	char last[sizeof(page->headline)];
	int len;

	if (!client_is_silent(vm))
		return;
	snprintf(last, sizeof(last), "%s", page->headline);
	if (page->status != VERDICT_CONTRAINDICATED)
		page->status = VERDICT_NONE;
	page->badge = "silent";
	len = snprintf(page->headline, sizeof(page->headline),
		"nothing is heard of this VM since %s; its last report said: ",
		client_text(vm, "silent_since"));
	snprintf(page->headline + len, sizeof(page->headline) - (size_t)len, "%.200s", last);
}

static void add_silence_row(struct page *page, const struct json_node *vm)
{
	int64_t next_s = client_number(vm, "next_within");
	struct page_row *row;

	if (client_is_silent(vm)) {
		row = page_add_row(
			page, PAGE_UNKNOWN, "Silent", "since %s", client_text(vm, "silent_since"));
		snprintf(row->remedy, sizeof(row->remedy),
			"look at its console: a guest whose disk did not open waits there for a "
			"recovery key; else see that it runs, and vtpm-agent in it");
	} else if (next_s) {
		page_add_row(page, PAGE_PLAIN, "Next report", "within %" PRId64 " s of the last",
			next_s);
	}
}

static void add_reasons(struct page *page, const struct json_node *report)
{
	const struct json_node *reasons =
		json_node_member(json_node_member(report, "verdict"), "reasons");
	const struct json_node *first = json_node_first(reasons);

	page_begin_section(page, "Reasons");
	for (const struct json_node *reason = first; reason; reason = reason->next) {
		struct page_row *row =
			page_add_reason(page, reason == first, client_text(reason, "code"),
				client_text(reason, "sentence"), client_text(reason, "remedy"));

		if (reason == first)
			row->mark = mark_of(report);
	}
}

static void add_counters(struct page *page, const struct json_node *json)
{
	const struct json_node *member = json_node_member(json, "clock_ms");
	int64_t clock = json_node_integer(member);

	if (member && member->kind == JSON_NODE_INTEGER)
		page_add_row(page, PAGE_PLAIN, "Counters",
			"resets %" PRId64 ", restarts %" PRId64 ", clock %" PRId64 ".%" PRId64 " s",
			client_number(json, "reset_count"), client_number(json, "restart_count"),
			clock / 1000, clock % 1000 / 100);
}

static void print_page(struct buf *to, const struct page *page)
{
	struct platform_terminal terminal = platform_terminal_describe();

	page_text(to, page, &terminal);
}

void client_print_sender(const struct json_node *of, char to[], size_t size)
{
	const struct json_node *sender = json_node_member(of, "sender");
	const char *role = client_text(sender, "role"), *name = client_text(sender, "name"),
		   *address = client_text(sender, "address");

	snprintf(to, size, "%s%s%s%s%s", role, *name ? " " : "", name,
		*role && *address ? " from " : "", address);
}

void client_page_report(struct buf *to, const struct json_node *report, const struct checks *first)
{
	struct page *page = calloc(1, sizeof(*page));
	bool is_signed = json_node_is_true(json_node_member(report, "is_signed"));
	char sender[192];

	if (!page) {
		to->failed = true;
		return;
	}
	add_head(page, report, client_text(report, "event"));
	add_reasons(page, report);
	if (first)
		page_enrol(first, (uint64_t)client_number(report, "id"), page);
	page_begin_section(page, "Report");
	page_add_row(page, PAGE_PLAIN, "VM", "%s  %s", client_text(report, "uuid"),
		client_text(report, "hostname"));
	page_add_row(page, PAGE_PLAIN, "Received", "%s, number %" PRId64,
		client_text(report, "received"), client_number(report, "id"));
	client_print_sender(report, sender, sizeof(sender));
	if (*sender)
		page_add_row(page, PAGE_PLAIN, "Sender", "%s", sender);
	add_counters(page, report);
	if (!is_signed)
		page_add_row(page, PAGE_UNKNOWN, "Signed", "no: the TPM did not sign it");
	print_page(to, page);
	free(page);
}

static void add_baseline(struct page *page, const struct json_node *vm)
{
	int64_t baseline = client_number(vm, "baseline");

	if (baseline)
		page_add_row(page, PAGE_PLAIN, "Baseline", "report #%" PRId64, baseline);
	else
		page_add_row(page, PAGE_PLAIN, "Baseline", "none yet");
}

/* What to hold against the host's before the VM is accepted: the EK of its newest report, and which
 * report that is. */
static void add_ek(struct page *page, const struct json_node *timeline)
{
	const struct json_node *report = json_node_first(json_node_member(timeline, "reports"));
	const char *ek = client_text(report, "ek");

	if (!report)
		return;
	/* In two, so that a narrow line breaks there and nowhere else. */
	if (strlen(ek) == 2 * EK_HALF)
		page_add_row(page, PAGE_PLAIN, "EK", "%.*s %s, by report #%" PRId64, EK_HALF, ek,
			ek + EK_HALF, client_number(report, "id"));
	else
		page_add_row(page, PAGE_PLAIN, "EK", "not proven by report #%" PRId64,
			client_number(report, "id"));
}

static void add_disks(struct page *page, const struct json_node *vm)
{
	const struct json_node *disks = json_node_member(vm, "disks");
	int64_t failing = client_number(disks, "will_not_open");
	struct page_row *row;

	if (!disks || disks->kind != JSON_NODE_OBJECT)
		return;
	if (!failing) {
		page_add_row(page, PAGE_PASS, "Disks", "none of %" PRId64 " is known not to open",
			client_number(disks, "sealed"));
		return;
	}
	row = page_add_row(page, PAGE_FAIL, "Disks",
		"%" PRId64 " of %" PRId64 " will not open at the next boot", failing,
		client_number(disks, "sealed"));
	snprintf(row->remedy, sizeof(row->remedy),
		"have the recovery key ready; in the guest, vtpm-agent unlock says which and why");
}

static void add_announced(struct page *page, const struct json_node *vm)
{
	const struct json_node *announced = json_node_member(vm, "announced");

	if (announced && announced->kind == JSON_NODE_OBJECT)
		page_add_row(page, PAGE_PLAIN, "Announced", "%s, until %s",
			client_text(announced, "event"), client_text(announced, "until"));
}

static void add_timeline(struct page *page, const struct json_node *timeline)
{
	const struct json_node *report = json_node_first(json_node_member(timeline, "reports"));

	page_begin_section(page, "Timeline, newest first");
	for (; report; report = report->next) {
		char label[24];

		snprintf(label, sizeof(label), "#%" PRId64, client_number(report, "id"));
		page_add_row(page, mark_of(report), label, "%s  %s: %s (%s)%s%s",
			client_text(report, "received"),
			page_outcome_named(client_text(report, "status")),
			client_text(report, "continuity"), client_text(report, "reason"),
			strcmp(client_text(report, "event"), "none") != 0 ? ", announced: " : "",
			strcmp(client_text(report, "event"), "none") != 0
				? client_text(report, "event")
				: "");
	}
}

/* By some vTPM, and not a distress report. */
static bool is_signed(const struct json_node *claim)
{
	const struct json_node *challenged = json_node_member(claim, "challenged_ms");

	return challenged && challenged->kind == JSON_NODE_INTEGER;
}

bool client_is_just_accepted(const struct json_node *vm)
{
	return !strcmp(client_text(vm, "reason"), reason_name(REASON_ACCEPTED));
}

static void add_claim(struct page *page, const struct json_node *claim)
{
	const char *owner = client_text(claim, "known_as");
	char label[24], sender[192];
	struct page_row *row;

	snprintf(label, sizeof(label), "Claim %" PRId64, client_number(claim, "id"));
	client_print_sender(claim, sender, sizeof(sender));
	row = page_add_row(page, PAGE_WARN, label, "%s  %s (%s), by %s",
		client_text(claim, "received"), client_text(claim, "continuity"),
		client_text(claim, "reason"), *sender ? sender : "somebody");
	if (!is_signed(claim)) {
		snprintf(row->remedy, sizeof(row->remedy),
			"unsigned: it shows no vTPM, only that somebody says that this VM has "
			"none; host name %.64s",
			client_text(claim, "hostname"));
		return;
	}
	snprintf(row->remedy, sizeof(row->remedy),
		"%s%s%sEK %.16s..., host name %.64s; if this is the VM: vtpm-collector accept %s "
		"--claim %" PRId64,
		*owner ? "the vTPM of VM " : "", owner, *owner ? ", or a copy; " : "",
		client_text(json_node_member(claim, "keys"), "ek"), client_text(claim, "hostname"),
		client_text(claim, "uuid"), client_number(claim, "id"));
}

/* Of before `asked_ms`, or answering a challenge of before it. */
static bool is_older(const struct json_node *claim, int64_t asked_ms)
{
	return client_number(claim, "received_ms") < asked_ms ||
	       (is_signed(claim) && client_number(claim, "challenged_ms") < asked_ms);
}

static size_t add_claims(struct page *page, const struct json_node *claims, int64_t asked_ms)
{
	size_t count = 0;

	for (const struct json_node *at = json_node_first(claims); at; at = at->next) {
		if (is_older(at, asked_ms))
			continue;
		if (!count++)
			page_begin_section(page, "Others that report as this VM");
		add_claim(page, at);
	}
	return count;
}

static void print_unconfirmed(struct buf *to, const char *uuid, const struct json_node *claims)
{
	json_t *json = json_pack("{s:s, s:s, s:n, s:o}", "uuid", uuid, "status",
		verdict_status_name(VERDICT_CONTRAINDICATED), "id", "claims",
		json_node_to_jansson(claims));

	client_print_json(to, json);
	json_decref(json);
}

static bool has_signed(const struct json_node *claims, int64_t asked_ms)
{
	for (const struct json_node *at = json_node_first(claims); at; at = at->next) {
		if (is_signed(at) && !is_older(at, asked_ms))
			return true;
	}
	return false;
}

bool client_page_unconfirmed(struct buf *to, const char *uuid, const struct json_node *claims,
	int64_t asked_ms, bool is_json)
{
	struct page *page = calloc(1, sizeof(*page));
	bool has_claims;

	if (!page) {
		to->failed = true;
		return true;
	}
	page->status = VERDICT_CONTRAINDICATED;
	page->badge = page_verdict(VERDICT_CONTRAINDICATED);
	snprintf(page->headline, sizeof(page->headline), "the known vTPM did not report, and %s",
		has_signed(claims, asked_ms) ? "another one reports as this VM"
					     : "somebody says, unsigned, that this VM has none");
	snprintf(page->summary, sizeof(page->summary), "%s", uuid);
	has_claims = add_claims(page, claims, asked_ms) > 0;
	if (has_claims && is_json)
		print_unconfirmed(to, uuid, claims);
	else if (has_claims)
		print_page(to, page);
	free(page);
	return has_claims;
}

void client_page_vm(struct buf *to, const struct client_vm *shown)
{
	const struct json_node *vm = shown->vm, *report = shown->report;
	bool is_pending = strcmp(client_text(vm, "enrolment"), "accepted") != 0;
	struct page *page = calloc(1, sizeof(*page));

	if (!page) {
		to->failed = true;
		return;
	}
	add_head(page, vm,
		report && !client_is_just_accepted(vm) ? client_text(report, "event") : "");
	if (shown->first)
		page_enrol(shown->first, (uint64_t)client_number(vm, "head"), page);
	add_silence(page, vm);
	if (client_is_just_accepted(vm) && !client_is_silent(vm))
		snprintf(page->headline, sizeof(page->headline),
			"accepted by an operator: its next report is awaited");
	else if (report && !client_is_just_accepted(vm))
		add_reasons(page, report);
	page_begin_section(page, "VM");
	page_add_row(page, PAGE_PLAIN, "UUID", "%s", client_text(vm, "uuid"));
	page_add_row(page, PAGE_PLAIN, "Hostname", "%s", client_text(vm, "hostname"));
	page_add_row(page, is_pending ? PAGE_WARN : PAGE_PLAIN, "Enrolment", "%s",
		client_text(vm, "enrolment"));
	page_add_row(page, PAGE_PLAIN, "Last report", "%s", client_text(vm, "received"));
	add_silence_row(page, vm);
	add_baseline(page, vm);
	if (is_pending)
		add_ek(page, shown->timeline);
	add_counters(page, vm);
	add_disks(page, vm);
	add_announced(page, vm);
	add_claims(page, shown->claims, 0);
	add_timeline(page, shown->timeline);
	print_page(to, page);
	free(page);
}

void client_print_json(struct buf *to, const json_t *json)
{
	if (json)
		json_text_print(to, json, platform_terminal_describe().is_terminal);
	else
		to->failed = true;
	buf_append_text(to, "\n");
}

void client_print_answer(struct buf *to, const struct json_tree *answer)
{
	json_t *json = json_node_to_jansson(answer->root);

	client_print_json(to, json);
	json_decref(json);
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

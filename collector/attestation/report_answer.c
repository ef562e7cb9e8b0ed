/* SPDX-License-Identifier: BSD-2-Clause */
/* What the client is told of its report, with the receipt that it may keep. */
#include "collector/attestation/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/metrics.h"
#include "core/base64.h"
#include "platform/system.h"

void report_free(struct report *report)
{
	if (!report)
		return;
	piece_free(&report->piece);
	buf_free(&report->verdict);
	free(report->sent);
	free(report);
}

/* The report whose number the client gets: its own, or the one that it confirmed. */
static const struct store_link *acknowledged(const struct report *report)
{
	return report->noted.id ? &report->noted : &report->job.item.written;
}

/* What the client may keep, to show that this report was here. */
static void print_receipt(const struct report *report, struct buf *to)
{
	const struct store_link *link = acknowledged(report);
	const uint64_t root = report->challenge.shown.root;
	struct receipt receipt = {.report = *link, .root = root ? root : link->id};
	BUF_SCOPED sealed = {0};
	struct error ignored;

	memcpy(receipt.uuid, report->job.item.uuid, sizeof(receipt.uuid));
	/* Who shows no receipt may be another agent than whose report was confirmed: with that
	 * one's receipt both would go on from it, as two copies do. */
	if (!receipt.report.id || (report->noted.id && !root))
		return;
	if (seal_close_receipt(report->attestation->seal, &receipt, &sealed, &ignored))
		return;
	buf_append_text(to, "\"receipt\":\"");
	base64_encode(to, sealed.data, sealed.len);
	buf_append_text(to, "\",");
}

/* What an operator accepted. The reason is a word of ours. */
static void print_accepted(const struct report *report, struct buf *to)
{
	const struct store_acceptance *accepted = &report->judgement.accepted;

	if (accepted->id)
		buf_printf(to, "\"accepted\":{\"%s\":%" PRIu64 ",\"reason\":\"%s\"},",
			accepted->is_claim ? "claim" : "report", accepted->id, accepted->reason);
}

/* What the client may send the event log with. Without one it is asked for with the next report. */
static void print_ticket(const struct report *report, struct buf *to)
{
	const struct store_item *item = &report->job.item;
	struct log_ticket ticket = {.report = item->written.id};
	char text[PROTOCOL_TICKET_MAX];
	BUF_SCOPED sealed = {0};
	struct error ignored;

	if (!report->wants_log)
		return;
	memcpy(ticket.uuid, item->uuid, sizeof(ticket.uuid));
	memcpy(ticket.sha256, item->log, sizeof(ticket.sha256));
	ticket.spending.expires_ms =
		store_clock_ms(report->attestation->store) + STORE_CHALLENGE_MS;
	if (platform_random(ticket.spending.id, sizeof(ticket.spending.id), &ignored))
		return;
	if (seal_close_ticket(report->attestation->seal, &ticket, &sealed, &ignored))
		return;
	text_hex(sealed.data, sealed.len, text, sizeof(text));
	buf_printf(to, "\"event_log_ticket\":\"%s\",", text);
}

/* Prints around the verdict's text as it was stored. Nothing else here needs escaping. */
static void reply(const struct report *report)
{
	uint64_t id = acknowledged(report)->id;
	struct http_response response = {.status = 200, .content_type = "application/json"};
	uint64_t claim_id = report->job.item.claimed;
	char received[TEXT_TIME_SIZE], number[24] = "null", claim[24] = "null";

	text_time_ms(report->judgement.now_ms, received);
	if (id)
		snprintf(number, sizeof(number), "%" PRIu64, id);
	if (claim_id)
		snprintf(claim, sizeof(claim), "%" PRIu64, claim_id);
	buf_printf(&response.body,
		"{\"version\":\"" PROTOCOL_VERSION
		"\",\"report\":%s,\"noted\":%s,\"claim\":%s,\"uuid\":\"%s\","
		"\"received\":\"%s\",\"enrolment\":\"%s\",",
		number, report->noted.id ? "true" : "false", claim, report->job.item.uuid, received,
		report->enrolment == STORE_ENROLMENT_ACCEPTED ? "accepted" : "pending");
	print_receipt(report, &response.body);
	print_ticket(report, &response.body);
	print_accepted(report, &response.body);
	buf_append_text(&response.body, "\"verdict\":");
	buf_append(&response.body, report->verdict.data, report->verdict.len);
	buf_append_text(&response.body, "}");
	if (!report->verdict.len || report->verdict.failed)
		response.body.failed = true;
	http_reply(report->request, &response);
}

static void count(const struct report *report)
{
	struct room *room = report->attestation->budget.room;
	const uint64_t bytes = report->written.evidence.len + report->written.verdict.len;

	if (report->noted.id)
		metrics_count_noted();
	if (report->job.item.claimed)
		metrics_count_claim();
	if (!report->job.item.written.id)
		return;
	metrics_count_report(report->written.status);
	room_take(room, bytes);
	if (report->enrolment != STORE_ENROLMENT_ACCEPTED)
		room_take_pending(
			room, report->is_new, bytes, report->decision.drops ? report->replaced : 0);
}

static void reply_limit(const struct report *report)
{
	static const char *const details[LIMIT_COUNT] = {
		[LIMIT_REPORTS_PER_VM] = "this VM has reported too often in this hour",
		[LIMIT_BYTES_PER_VM] = "this VM has reported too much in this hour",
		[LIMIT_PENDING] = "too many VMs wait for an operator's acceptance",
		[LIMIT_PENDING_SIZE] = "VMs that wait for an operator's acceptance take too much",
		[LIMIT_STORE_SIZE] = "the store is nearly full: only known VMs have room"};
	const struct budget_decision *decision = &report->decision;

	http_reply_limit(
		report->request, decision->limit, decision->retry_s, details[decision->limit]);
}

void report_answer(struct writer_job *job, int rc, const struct error *err)
{
	struct report *report = (struct report *)job;

	if (!rc)
		count(report);
	if (rc)
		attestation_reply_error(report->request, err);
	else if (report->has_failed)
		attestation_reply_error(report->request, &report->fault);
	else if (job->item.spend > STORE_SPEND_DONE)
		attestation_reply_spend(report->request, job->item.spend);
	else if (report->decision.limit)
		reply_limit(report);
	else if (report->is_of_past)
		http_reply_problem(report->request, PROBLEM_CHALLENGE_UNKNOWN, 0,
			"the VM was forgotten since: ask for a new challenge");
	else if (report->is_unknown_vm)
		http_reply_problem(report->request, PROBLEM_NOT_FOUND, 0, "no such VM is known");
	else
		reply(report);
	report_free(report);
}

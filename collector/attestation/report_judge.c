/* SPDX-License-Identifier: BSD-2-Clause */
/* What of a report is kept, and what becomes of its VM's record: inside the store's transaction. */
#include "collector/attestation/report.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "collector/proof/proof.h"
#include "collector/store/store_silence.h"
#include "core/json/text.h"
#include "core/verdict/json.h"
#include "version.h"

struct crypto_bytes report_secret(const struct report *report)
{
	return (struct crypto_bytes){report->challenge.secret.data, report->challenge.secret.len};
}

static int print_verdict(struct report *report)
{
	json_t *json = verdict_to_json(&report->judgement.verdict);

	buf_free(&report->verdict);
	report->verdict = (struct buf){0};
	if (json)
		json_text_print(&report->verdict, json, false);
	json_decref(json);
	return json && !report->verdict.failed ? 0 : -1;
}

static void fill_written(struct report *report)
{
	const struct verdict *verdict = &report->judgement.verdict;
	const struct protocol_report *sent = report->sent;
	const struct challenge *challenge = &report->challenge;
	struct store_appraisal *written = &report->written;

	*written = (struct store_appraisal){.received_ms = report->judgement.now_ms,
		.event = verdict->event,
		.status = verdict->status,
		.continuity = verdict->continuity,
		.verdict = {report->verdict.data, report->verdict.len},
		.evidence = {sent->evidence.data, sent->evidence.len},
		.basis = {PROOF_BASIS, strlen(PROOF_BASIS)},
		.challenged_ms = report->judgement.challenged_ms,
		.sender = report->judgement.sender};
	snprintf(written->reason, sizeof(written->reason), "%s",
		reason_name(verdict->reasons[0].code));
	if (!sent->challenge.len)
		return;
	written->attest = (struct crypto_bytes){sent->quote.attest.data, sent->quote.attest.len};
	written->signature =
		(struct crypto_bytes){sent->quote.signature.data, sent->quote.signature.len};
	written->nonce = (struct crypto_bytes){challenge->nonce, sizeof(challenge->nonce)};
	written->secret = report_secret(report);
	written->ek = (struct crypto_bytes){challenge->claim.ek.data, challenge->claim.ek.len};
}

static void note_heard(
	struct report *report, struct store_change *change, const struct store_vm *before)
{
	char since[TEXT_TIME_SIZE];

	if (!before->silent_ms)
		return;
	report->heard = (struct store_audit){.at_ms = report->judgement.now_ms,
		.action = STORE_HEARD_ACTION,
		.actor = "collector"};
	memcpy(report->heard.uuid, before->uuid, sizeof(before->uuid));
	snprintf(report->heard.detail, sizeof(report->heard.detail), "silent since %s",
		text_time_ms(before->silent_ms, since));
	change->audit = &report->heard;
}

/* Which event log it names is noted of accepted VMs alone, and of what the TPM signed. */
static void name_log(struct report *report, const struct store_change *change, struct store_vm *vm)
{
	const struct store_item *item = &report->job.item;

	vm->has_log = item->asks_log && vm->enrolment == STORE_ENROLMENT_ACCEPTED;
	memcpy(vm->log, item->log, sizeof(vm->log));
	report->wants_log =
		vm->has_log && !change->has_log &&
		!budget_limit_log(&report->attestation->budget, vm, report->judgement.now_ms,
			report->piece.evidence->event_log.bytes);
}

/* What is kept of a report that is proven; else the record stays as it was. */
static void keep(struct report *report, struct store_change *change, const struct store_vm *before)
{
	struct judgement *judgement = &report->judgement;
	const uint64_t bytes = report->sent->evidence.len + report->verdict.len;

	report->is_new = !before->head.id;
	report->replaced = before->pending_bytes;
	report->decision =
		budget_decide(&report->attestation->budget, judgement, before, &change->vm, bytes);
	if (report->decision.answer != BUDGET_KEEP)
		change->vm = *before;
	if (report->decision.answer == BUDGET_NOTE) {
		report->noted = before->head;
		change->vm.seen_ms = judgement->now_ms;
		change->writes_vm = change->is_noted = true;
	}
	if (report->decision.answer != BUDGET_KEEP)
		return;
	budget_charge(judgement, report->decision.drops, bytes, &change->vm);
	name_log(report, change, &change->vm);
	fill_written(report);
	note_heard(report, change, before);
	change->appraisal = &report->written;
	change->drops_appraisals = report->decision.drops;
	change->is_baseline = judgement->moves_baseline;
}

static void judge_against(
	struct report *report, struct store_change *change, const struct continuity_side *baseline)
{
	const struct store_vm before = change->vm;
	struct judgement *judgement = &report->judgement;

	judgement->baseline = baseline;
	judgement->owner = change->owner;
	judgement->is_lapsed = change->is_lapsed;
	judgement_make(judgement, &change->vm);
	report->enrolment = change->vm.enrolment;
	if (print_verdict(report))
		return;
	if (judgement->is_claim) {
		change->claim = &judgement->kept_claim;
		change->writes_vm = true;
	}
	if (judgement->is_kept)
		keep(report, change, &before);
}

/* Judges against the VM's baseline, if it has one and the evidence deserves it. */
static void judge_evidence(struct report *report, struct store_change *change)
{
	const struct store_link *link = &change->vm.baseline;
	struct piece baseline = {0};

	if (!report->job.item.wants_baseline || !link->id) {
		judge_against(report, change, NULL);
		return;
	}
	/* Reports are numbered as they are committed, whatever any clock says. */
	report->piece.side.is_order_known = report->job.item.has_challenge;
	report->piece.side.was_asked_before =
		report->job.item.has_challenge && link->id > report->challenge.head;
	report->has_failed = piece_recall(&baseline, change->baseline, link, &report->fault) != 0;
	if (!report->has_failed)
		judge_against(report, change, &baseline.side);
	piece_free(&baseline);
}

void report_judge(struct store_change *change, void *context)
{
	struct report *report = context;

	report->has_failed = false;
	report->noted = (struct store_link){0};
	report->decision = (struct budget_decision){0};
	report->wants_log = false;
	report->is_unknown_vm = !report->sent->challenge.len && !change->vm.revision;
	report->is_of_past =
		report->sent->challenge.len && report->challenge.head && !change->vm.revision;
	if (change->spend != STORE_SPEND_NONE && change->spend != STORE_SPEND_DONE)
		return;
	if (!report->is_unknown_vm && !report->is_of_past)
		judge_evidence(report, change);
}

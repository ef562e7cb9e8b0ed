/* SPDX-License-Identifier: BSD-2-Clause */
/* POST /v1/reports: verifies what came, has it judged and written, and answers with the verdict. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/attestation/budget.h"
#include "collector/attestation/judgement.h"
#include "collector/attestation/piece.h"
#include "collector/attestation/protocol.h"
#include "collector/attestation/sender.h"
#include "collector/metrics.h"
#include "collector/proof/proof.h"
#include "core/base64.h"
#include "core/json/text.h"
#include "core/signed/name.h"
#include "core/verdict/json.h"
#include "core/verdict/judge.h"
#include "platform/system.h"
#include "version.h"

/* A report on its way to the store. */
struct report {
	struct writer_job job;
	struct http_request *request;
	const struct attestation *attestation;
	struct protocol_report *sent;
	struct challenge challenge;
	struct piece piece;
	bool is_unknown_vm;
	bool has_failed; /* it could not be judged, and nothing was written; `fault` says why */
	struct error fault;
	struct judgement judgement;
	struct store_appraisal written;
	bool is_new;                     /* the VM has no report before it */
	uint64_t replaced;               /* bytes of those whose place it takes */
	struct store_link noted;         /* the report that it confirms, and is not kept beside */
	struct budget_decision decision; /* else whether it is kept */
	enum store_enrolment enrolment;
	struct buf verdict;
};

static void report_free(struct report *report)
{
	if (!report)
		return;
	piece_free(&report->piece);
	buf_free(&report->verdict);
	free(report->sent);
	free(report);
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

static struct crypto_bytes secret_of(const struct report *report)
{
	return (struct crypto_bytes){report->challenge.secret.data, report->challenge.secret.len};
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
	written->secret = secret_of(report);
	written->ek = (struct crypto_bytes){challenge->claim.ek.data, challenge->claim.ek.len};
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
	fill_written(report);
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
	report->piece.side.was_asked_before =
		report->job.item.has_challenge && link->id > report->challenge.head;
	report->has_failed = piece_recall(&baseline, change->baseline, link, &report->fault) != 0;
	if (!report->has_failed)
		judge_against(report, change, &baseline.side);
	piece_free(&baseline);
}

static void judge(struct store_change *change, void *context)
{
	struct report *report = context;

	report->has_failed = false;
	report->noted = (struct store_link){0};
	report->decision = (struct budget_decision){0};
	report->is_unknown_vm = !report->sent->challenge.len && !change->vm.revision;
	if (change->spend != STORE_SPEND_NONE && change->spend != STORE_SPEND_DONE)
		return;
	if (!report->is_unknown_vm)
		judge_evidence(report, change);
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
	if (!receipt.report.id)
		return;
	if (seal_close_receipt(report->attestation->seal, &receipt, &sealed, &ignored))
		return;
	buf_append_text(to, "\"receipt\":\"");
	base64_encode(to, sealed.data, sealed.len);
	buf_append_text(to, "\",");
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
	buf_append_text(&response.body, "\"verdict\":");
	buf_append(&response.body, report->verdict.data, report->verdict.len);
	buf_append_text(&response.body, "}");
	if (!report->verdict.len || report->verdict.failed)
		response.body.failed = true;
	http_reply(report->request, &response);
}

static void reply_spend(struct http_request *request, enum store_spend spend)
{
	http_reply_problem(request,
		spend == STORE_SPEND_EXPIRED ? PROBLEM_CHALLENGE_EXPIRED : PROBLEM_CHALLENGE_SPENT,
		0, "ask for a new challenge");
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

static void written(struct writer_job *job, int rc, const struct error *err)
{
	struct report *report = (struct report *)job;

	if (!rc)
		count(report);
	if (rc)
		attestation_reply_error(report->request, err);
	else if (report->has_failed)
		attestation_reply_error(report->request, &report->fault);
	else if (job->item.spend > STORE_SPEND_DONE)
		reply_spend(report->request, job->item.spend);
	else if (report->decision.limit)
		reply_limit(report);
	else if (report->is_unknown_vm)
		http_reply_problem(report->request, PROBLEM_NOT_FOUND, 0, "no such VM is known");
	else
		reply(report);
	report_free(report);
}

/* The evidence must come from the VM and the key that the challenge was for. */
static void check_subject(struct report *report)
{
	struct continuity_side *side = &report->piece.side;
	const struct evidence *evidence = report->piece.evidence;
	char uuid[TEXT_UUID_SIZE];

	if (!side->is_verified)
		return;
	if (!name_is_same(&evidence->ak.key.name, &report->challenge.claim.ak_name))
		error_set(&side->error, ERROR_CRYPTO,
			"the attestation key is not the one the challenge was for");
	else if (side->quote.is_obfuscated)
		error_set(&side->error, ERROR_CRYPTO,
			"the attestation key is not of the endorsement hierarchy");
	else if (!text_uuid(evidence->smbios.uuid, uuid) ||
		 strcmp(uuid, report->challenge.uuid) != 0)
		error_set(&side->error, ERROR_CRYPTO,
			"the evidence is not of the VM the challenge was for");
	else
		return;
	side->is_verified = false;
	side->fault = REASON_BAD_QUOTE;
}

/* Verifies the quote, which must be for this challenge's nonce. */
static int verify(struct report *report, struct error *err)
{
	const struct protocol_report *sent = report->sent;
	const struct crypto_bytes evidence = {sent->evidence.data, sent->evidence.len};
	const struct crypto_bytes secret = secret_of(report);
	const struct crypto_bytes nonce = {
		report->challenge.nonce, sizeof(report->challenge.nonce)};
	uint8_t qualifying[BINDING_QUALIFYING_SIZE];
	const struct continuity_nonces nonces = {
		.qualifying = {qualifying, sizeof(qualifying)}, .beacon = nonce};
	struct piece *piece = &report->piece;
	char uuid[TEXT_UUID_SIZE];
	int rc = piece_read(piece, sent, err);

	if (!rc)
		rc = binding_qualify(&nonce, &secret, &evidence, qualifying, err);
	if (rc)
		return rc;
	continuity_verify(piece->evidence, &nonces, &piece->side);
	if (sent->challenge.len)
		check_subject(report);
	else if (!text_uuid(piece->evidence->smbios.uuid, uuid) || strcmp(uuid, sent->uuid) != 0)
		return error_set(err, ERROR_MALFORMED, "the evidence is of another VM");
	return 0;
}

/* What the store is asked inside its transaction: whether the challenge is spent, and whose the
 * keys are that the report proves. */
static void prepare_challenge(struct report *report)
{
	const struct challenge *challenge = &report->challenge;
	struct store_item *item = &report->job.item;

	memcpy(item->uuid, challenge->uuid, sizeof(item->uuid));
	item->challenge = challenge->spending;
	item->keys[0] = (struct crypto_bytes){challenge->claim.ek.data, challenge->claim.ek.len};
	item->keys[1] =
		(struct crypto_bytes){challenge->claim.ak_name.data, challenge->claim.ak_name.len};
}

/* When the challenge was given; a distress report answers none. */
static uint64_t given_ms(const struct report *report)
{
	return report->sent->challenge.len
		       ? report->challenge.spending.expires_ms - STORE_CHALLENGE_MS
		       : 0;
}

static void prepare_job(struct report *report)
{
	const struct http_caller *caller = http_caller(report->request);
	struct store_item *item = &report->job.item;

	report->job.done = written;
	item->judge = judge;
	item->context = report;
	item->has_challenge = report->sent->challenge.len != 0;
	/* What is not verified is compared with nothing. */
	item->wants_baseline = !item->has_challenge || report->piece.side.is_verified;
	if (item->has_challenge)
		prepare_challenge(report);
	else
		memcpy(item->uuid, report->sent->uuid, sizeof(item->uuid));
	report->judgement =
		(struct judgement){.claim = item->has_challenge ? &report->challenge.claim : NULL,
			.head = report->challenge.head,
			.announcement_ms = report->challenge.announcement_ms,
			.shown = report->challenge.shown,
			.alone_ms = report->attestation->alone_ms,
			.side = &report->piece.side,
			.enrol = report->attestation->enrol,
			.has_authority = sender_speaks_for(caller, item->uuid),
			.sender = sender_of(caller),
			.challenged_ms = given_ms(report),
			.now_ms = platform_wall_clock_ms()};
}

static void submit(struct report *report)
{
	if (writer_submit(report->attestation->writer, &report->job))
		return;
	http_reply_limit(report->request, LIMIT_QUEUE, 2, "too many reports are waiting");
	report_free(report);
}

/* Without a challenge: who may send it, and that it is about one VM. True: it was answered. */
static bool refuse_distress(const struct report *report)
{
	const struct http_caller *caller = http_caller(report->request);

	if (!caller->is_authenticated)
		http_reply_problem(report->request, PROBLEM_UNAUTHORIZED, 0,
			"an unsigned report needs a token or a client certificate");
	else if (!sender_may(caller, report->sent->uuid))
		http_reply_problem(report->request, PROBLEM_FORBIDDEN, 0, SENDER_REFUSAL);
	else
		return false;
	return true;
}

/* Cheap refusals first: nothing of a stranger's is verified. True: the request was answered. */
static bool refuse(struct report *report, struct error *err)
{
	const struct crypto_bytes sealed = {
		report->sent->challenge.data, report->sent->challenge.len};
	const struct crypto_bytes evidence = {
		report->sent->evidence.data, report->sent->evidence.len};
	struct http_request *request = report->request;

	if (protocol_is_blank(&evidence)) {
		http_reply_limit(request, LIMIT_BLANKS, 0,
			"the evidence has more blanks between its tokens than anything else");
		return true;
	}
	if (!sealed.len)
		return refuse_distress(report);
	if (seal_open(report->attestation->seal, &sealed, &report->challenge, err)) {
		if (err->code == ERROR_NOT_FOUND)
			http_reply_problem(
				request, PROBLEM_CHALLENGE_UNKNOWN, 0, "ask for a new challenge");
		else
			attestation_reply_error(request, err);
	} else if (!sender_may(http_caller(request), report->challenge.uuid)) {
		http_reply_problem(request, PROBLEM_FORBIDDEN, 0, SENDER_REFUSAL);
	} else if (store_clock_ms(report->attestation->store) >=
		   report->challenge.spending.expires_ms) {
		reply_spend(request, STORE_SPEND_EXPIRED);
	} else {
		return false;
	}
	return true;
}

void appraisal_answer(struct http_request *request, void *context)
{
	const struct crypto_bytes body = http_body(request);
	struct report *report = calloc(1, sizeof(*report));
	struct error err;
	int rc;

	if (!report) {
		error_set(&err, ERROR_NO_MEMORY, "no memory for a report");
		attestation_reply_error(request, &err);
		return;
	}
	report->request = request;
	report->attestation = context;
	rc = protocol_read_report(&body, &report->sent, &err);
	if (!rc && refuse(report, &err)) {
		report_free(report);
		return;
	}
	if (!rc)
		rc = verify(report, &err);
	if (!rc) {
		prepare_job(report);
		submit(report);
		return;
	}
	attestation_reply_error(request, &err);
	report_free(report);
}

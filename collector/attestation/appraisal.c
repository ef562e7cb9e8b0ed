/* SPDX-License-Identifier: BSD-2-Clause */
/* POST /v1/reports: verifies what came, and has it judged, written and answered. */
#include <stdlib.h>
#include <string.h>

#include "collector/attestation/report.h"
#include "collector/attestation/sender.h"
#include "collector/proof/event_log.h"
#include "core/signed/name.h"
#include "core/verdict/judge.h"
#include "platform/system.h"

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
	const struct crypto_bytes secret = report_secret(report);
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

	report->job.done = report_answer;
	item->judge = report_judge;
	item->context = report;
	item->has_challenge = report->sent->challenge.len != 0;
	/* What is not verified is compared with nothing. */
	item->wants_baseline = !item->has_challenge || report->piece.side.is_verified;
	item->asks_log = item->has_challenge && report->piece.side.is_verified &&
			 event_log_is_named(report->piece.evidence, item->log);
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
			.is_bound = sender_is_bound(caller, item->uuid),
			.sender = sender_of(caller),
			.challenged_ms = given_ms(report),
			.next_s = report->sent->next_s,
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
		attestation_reply_spend(request, STORE_SPEND_EXPIRED);
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

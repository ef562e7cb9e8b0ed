/* SPDX-License-Identifier: BSD-2-Clause */
/* POST /v1/reports: verifies what came, has it judged and written, and answers with the verdict. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "collector/attestation/judgement.h"
#include "collector/attestation/protocol.h"
#include "collector/json_simd.h"
#include "core/name.h"

/* A piece of evidence with its signatures verified. */
struct piece {
	uint64_t id; /* of the report; 0: none, or not in the store yet */
	struct evidence *evidence;
	struct continuity_side side;
};

/* A report on its way to the store. */
struct report {
	struct writer_job job;
	struct http_request *request;
	const struct attestation *attestation;
	struct protocol_report *sent;
	struct attestation_claim claim;
	uint8_t nonce[REPORT_NONCE_SIZE];
	struct crypto_bytes secret;
	uint8_t secret_bytes[REPORT_SECRET_SIZE];
	struct piece piece, baseline;
	bool is_stale; /* the baseline is another one meanwhile: nothing was written */
	bool is_unknown_vm;
	struct judgement judgement;
	struct store_report written;
	enum store_enrolment enrolment;
	struct buf verdict;
};

static void report_free(struct report *report)
{
	if (!report)
		return;
	evidence_free(report->piece.evidence);
	evidence_free(report->baseline.evidence);
	buf_free(&report->verdict);
	free(report->sent);
	free(report);
}

static int read_evidence(
	const struct crypto_bytes *bytes, struct evidence **ret_evidence, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	int rc = json_simd_parse(bytes->bytes, bytes->len, EVIDENCE_MAX_BYTES, &tree, err);

	if (!rc)
		return evidence_read(tree.root, ret_evidence, err);
	error_wrap(err, "evidence");
	return rc;
}

/* Puts the quote where the rest of the program looks for it. */
static void put_quote(struct evidence_quote *quote, const struct crypto_bytes *attest,
	const struct crypto_bytes *signature)
{
	memset(quote, 0, sizeof(*quote));
	if (!attest->len)
		return;
	quote->part.state = PART_READ;
	quote->attest.len = attest->len;
	memcpy(quote->attest.data, attest->bytes, attest->len);
	quote->signature.len = signature->len;
	memcpy(quote->signature.data, signature->bytes, signature->len);
}

/* For the nonce that the quote must be for. */
static int verify_piece(struct piece *piece, const struct crypto_bytes *evidence,
	const struct crypto_bytes *attest, const struct crypto_bytes *signature,
	const struct crypto_bytes *nonce, const struct crypto_bytes *secret, struct error *err)
{
	uint8_t qualifying[REPORT_QUALIFYING_SIZE];
	const struct continuity_nonces nonces = {
		.quote = {qualifying, sizeof(qualifying)}, .beacon = *nonce};
	int rc = read_evidence(evidence, &piece->evidence, err);

	if (!rc)
		rc = report_qualify(nonce, secret, evidence, qualifying, err);
	if (rc)
		return rc;
	put_quote(&piece->evidence->quote, attest, signature);
	continuity_verify(piece->evidence, &nonces, &piece->side);
	return 0;
}

/* What is stored of a report, copied: nobody else can read the store while a visitor is at work. */
struct stored_piece {
	struct store_report report;
	struct buf bytes; /* evidence, attest and signature, one behind the other */
	uint8_t hash[STORE_HASH_SIZE];
	int rc;
	struct error *err;
};

static bool copy_stored(const struct store_report *stored, void *context)
{
	struct stored_piece *piece = context;

	piece->rc = store_report_hash(stored, piece->hash, piece->err);
	buf_append(&piece->bytes, stored->evidence.bytes, stored->evidence.len);
	buf_append(&piece->bytes, stored->attest.bytes, stored->attest.len);
	buf_append(&piece->bytes, stored->signature.bytes, stored->signature.len);
	piece->report = *stored;
	return false;
}

/* What was verified before it was stored is not verified anew at each report: that its hash is the
 * one in the VM's record says that it is the same still. */
static int recall_piece(struct piece *piece, const struct stored_piece *stored,
	const struct store_link *link, struct error *err)
{
	const uint8_t *at = stored->bytes.data;
	const struct crypto_bytes evidence = {at, stored->report.evidence.len},
				  attest = {at + evidence.len, stored->report.attest.len},
				  signature = {at + evidence.len + attest.len,
					  stored->report.signature.len};
	int rc = stored->rc;

	if (!rc && stored->bytes.failed)
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for a baseline");
	if (!rc)
		rc = read_evidence(&evidence, &piece->evidence, err);
	if (rc)
		return rc;
	piece->id = link->id;
	put_quote(&piece->evidence->quote, &attest, &signature);
	continuity_recall(piece->evidence, &piece->side);
	if (memcmp(stored->hash, link->hash, sizeof(stored->hash)) != 0) {
		piece->side.is_verified = false;
		error_set(&piece->side.error, ERROR_CRYPTO,
			"the stored report is not what its hash is of");
	}
	return 0;
}

/* The baseline as it is now; the judge sees whether it still is. */
static int prepare_baseline(struct report *report, struct error *err)
{
	struct store *store = report->attestation->store;
	struct stored_piece stored = {.err = err};
	struct store_vm vm;
	int rc = store_read_vm(store, report->job.item.uuid, &vm, err);

	if (rc == -ERROR_NOT_FOUND) {
		*err = (struct error){0};
		return 0;
	}
	if (rc || vm.baseline.id == report->baseline.id)
		return rc;
	evidence_free(report->baseline.evidence);
	report->baseline = (struct piece){0};
	rc = store_read_report(store, vm.baseline.id, copy_stored, &stored, err);
	if (!rc)
		rc = recall_piece(&report->baseline, &stored, &vm.baseline, err);
	buf_free(&stored.bytes);
	return rc;
}

static int print_verdict(struct report *report)
{
	json_t *json = verdict_to_json(&report->judgement.verdict);

	buf_free(&report->verdict);
	report->verdict = (struct buf){0};
	if (json)
		record_print(&report->verdict, json, false);
	json_decref(json);
	return json && !report->verdict.failed ? 0 : -1;
}

static void fill_written(struct report *report)
{
	const struct verdict *verdict = &report->judgement.verdict;
	const struct protocol_report *sent = report->sent;
	struct store_report *written = &report->written;

	*written = (struct store_report){.received_ms = report->judgement.now_ms,
		.event = verdict->event,
		.status = verdict->status,
		.continuity = verdict->continuity,
		.verdict = {report->verdict.data, report->verdict.len},
		.evidence = {sent->evidence.data, sent->evidence.len}};
	snprintf(written->reason, sizeof(written->reason), "%s",
		reason_name(verdict->reasons[0].code));
	if (!sent->challenge.len)
		return;
	written->attest = (struct crypto_bytes){sent->quote.attest.data, sent->quote.attest.len};
	written->signature =
		(struct crypto_bytes){sent->quote.signature.data, sent->quote.signature.len};
	written->nonce = (struct crypto_bytes){report->nonce, sizeof(report->nonce)};
	written->secret = report->secret;
	written->ek = (struct crypto_bytes){report->claim.ek.data, report->claim.ek.len};
}

static void judge(struct store_change *change, void *context)
{
	struct report *report = context;
	struct judgement *judgement = &report->judgement;

	report->is_stale = false;
	report->is_unknown_vm = !report->sent->challenge.len && !change->vm.revision;
	if ((change->spend != STORE_SPEND_NONE && change->spend != STORE_SPEND_DONE) ||
		report->is_unknown_vm)
		return;
	if (change->vm.baseline.id != report->baseline.id) {
		report->is_stale = true;
		return;
	}
	judgement->baseline = report->baseline.id ? &report->baseline.side : NULL;
	judgement->owner = change->owner;
	judgement_make(judgement, &change->vm);
	report->enrolment = change->vm.enrolment;
	if (print_verdict(report) || !judgement->is_kept)
		return;
	fill_written(report);
	change->report = &report->written;
	change->is_baseline = judgement->moves_baseline;
}

/* Around the verdict's text as it was stored: none of the rest has to be escaped. */
static void reply(const struct report *report)
{
	time_t seconds = (time_t)(report->judgement.now_ms / 1000);
	uint64_t id = report->job.item.written.id;
	struct http_response response = {.status = 200, .content_type = "application/json"};
	char received[32], number[24] = "null";
	struct tm utc;

	gmtime_r(&seconds, &utc);
	strftime(received, sizeof(received), "%Y-%m-%dT%H:%M:%SZ", &utc);
	if (id)
		snprintf(number, sizeof(number), "%" PRIu64, id);
	buf_printf(&response.body,
		"{\"version\":\"" REPORT_VERSION "\",\"report\":%s,\"uuid\":\"%s\","
		"\"received\":\"%s\",\"enrolment\":\"%s\",\"verdict\":",
		number, report->job.item.uuid, received,
		report->enrolment == STORE_ENROLMENT_ACCEPTED ? "accepted" : "pending");
	buf_append(&response.body, report->verdict.data, report->verdict.len);
	buf_append_text(&response.body, "}");
	if (!report->verdict.len || report->verdict.failed)
		response.body.failed = true;
	http_reply(report->request, &response);
}

static void reply_spend(struct http_request *request, enum store_spend spend)
{
	static const char *const codes[] = {[STORE_SPEND_UNKNOWN] = "challenge-unknown",
		[STORE_SPEND_EXPIRED] = "challenge-expired",
		[STORE_SPEND_FOREIGN] = "challenge-foreign",
		[STORE_SPEND_AGAIN] = "challenge-spent"};

	http_reply_problem(request, 409, codes[spend], 0, "ask for a new challenge");
}

static void submit(struct report *report)
{
	if (writer_submit(report->attestation->writer, &report->job))
		return;
	http_reply_problem(report->request, 503, "busy", 2, "too many reports are waiting");
	report_free(report);
}

static void written(struct writer_job *job, int rc, const struct error *err)
{
	struct report *report = (struct report *)job;
	struct error fault = *err;

	/* Another report of this VM came in between. The challenge is spent, and was ours. */
	if (!rc && report->is_stale) {
		rc = prepare_baseline(report, &fault);
		if (!rc) {
			job->item.has_challenge = false;
			submit(report);
			return;
		}
	}
	if (rc)
		attestation_reply_error(report->request, &fault);
	else if (job->item.spend > STORE_SPEND_DONE)
		reply_spend(report->request, job->item.spend);
	else if (report->is_unknown_vm)
		http_reply_problem(report->request, 404, "not-found", 0, "no such VM is known");
	else
		reply(report);
	report_free(report);
}

struct challenge_reading {
	struct report *report;
	enum store_spend spend;
	int rc;
	struct error *err;
};

/* What is asked of the store inside its transaction: whose the keys are that the report proves. */
static void ask_for_keys(struct report *report)
{
	const struct attestation_claim *claim = &report->claim;
	struct store_item *item = &report->job.item;

	item->keys[0] = (struct crypto_bytes){claim->ek.data, claim->ek.len};
	item->keys[1] = (struct crypto_bytes){claim->ak_name.data, claim->ak_name.len};
}

static bool read_challenge(const struct store_challenge *challenge, void *context)
{
	struct challenge_reading *reading = context;
	struct report *report = reading->report;

	memcpy(report->job.item.uuid, challenge->uuid, sizeof(challenge->uuid));
	reading->rc = attestation_read_claim(&challenge->context, &report->claim, reading->err);
	if (reading->rc)
		return false;
	if (challenge->nonce.len != sizeof(report->nonce) ||
		challenge->secret.len > sizeof(report->secret_bytes)) {
		reading->rc = error_set(reading->err, ERROR_INTERNAL, "a challenge is impossible");
		return false;
	}
	memcpy(report->nonce, challenge->nonce.bytes, sizeof(report->nonce));
	if (challenge->secret.len)
		memcpy(report->secret_bytes, challenge->secret.bytes, challenge->secret.len);
	report->secret = (struct crypto_bytes){report->secret_bytes, challenge->secret.len};
	ask_for_keys(report);
	reading->spend = challenge->is_spent ? STORE_SPEND_AGAIN : STORE_SPEND_DONE;
	if (!challenge->is_spent && attestation_now_ms() >= challenge->expires_ms)
		reading->spend = STORE_SPEND_EXPIRED;
	return false;
}

/* Cheap refusals first: what is spent or unknown is not verified. The store decides again. */
static int find_challenge(struct report *report, enum store_spend *ret_spend, struct error *err)
{
	struct challenge_reading reading = {.report = report, .err = err};
	int rc = store_read_challenge(report->attestation->store, report->sent->challenge.data,
		read_challenge, &reading, err);

	if (rc == -ERROR_NOT_FOUND) {
		*err = (struct error){0};
		*ret_spend = STORE_SPEND_UNKNOWN;
		return 0;
	}
	*ret_spend = reading.spend;
	return rc ? rc : reading.rc;
}

/* The evidence must be of whom the challenge was for. */
static void check_subject(struct report *report)
{
	struct continuity_side *side = &report->piece.side;
	const struct evidence *evidence = report->piece.evidence;
	char uuid[TEXT_UUID_SIZE];

	if (!side->is_verified)
		return;
	if (!name_is_same(&evidence->ak.key.name, &report->claim.ak_name))
		error_set(&side->error, ERROR_CRYPTO,
			"the attestation key is not the one the challenge was for");
	else if (side->quote.is_obfuscated)
		error_set(&side->error, ERROR_CRYPTO,
			"the attestation key is not of the endorsement hierarchy");
	else if (!text_uuid(evidence->smbios.uuid, uuid) ||
		 strcmp(uuid, report->job.item.uuid) != 0)
		error_set(&side->error, ERROR_CRYPTO,
			"the evidence is not of the VM the challenge was for");
	else
		return;
	side->is_verified = false;
	side->fault = REASON_BAD_QUOTE;
}

static int verify(struct report *report, struct error *err)
{
	const struct protocol_report *sent = report->sent;
	const struct crypto_bytes evidence = {sent->evidence.data, sent->evidence.len};
	const struct crypto_bytes attest = {sent->quote.attest.data, sent->quote.attest.len};
	const struct crypto_bytes signature = {
		sent->quote.signature.data, sent->quote.signature.len};
	const struct crypto_bytes nonce = {report->nonce, sizeof(report->nonce)};
	int rc = verify_piece(
		&report->piece, &evidence, &attest, &signature, &nonce, &report->secret, err);

	if (!rc && sent->challenge.len)
		check_subject(report);
	return rc;
}

static void prepare_job(struct report *report)
{
	struct store_item *item = &report->job.item;

	report->job.has_item = true;
	report->job.done = written;
	item->judge = judge;
	item->context = report;
	item->has_challenge = report->sent->challenge.len != 0;
	memcpy(item->challenge, report->sent->challenge.data, sizeof(item->challenge));
	if (!item->has_challenge)
		memcpy(item->uuid, report->sent->uuid, sizeof(item->uuid));
	report->judgement = (struct judgement){.claim = item->has_challenge ? &report->claim : NULL,
		.side = &report->piece.side,
		.enrol = report->attestation->enrol,
		.now_ms = attestation_now_ms()};
}

void report_answer(struct http_request *request, void *context)
{
	const struct crypto_bytes body = http_body(request);
	struct report *report = calloc(1, sizeof(*report));
	enum store_spend spend = STORE_SPEND_NONE;
	struct error err = {0};
	int rc = report ? protocol_read_report(&body, &report->sent, &err)
			: error_set(&err, ERROR_NO_MEMORY, "no memory for a report");

	if (!rc) {
		report->request = request;
		report->attestation = context;
		prepare_job(report);
		if (report->job.item.has_challenge)
			rc = find_challenge(report, &spend, &err);
		else if (!http_caller(request)->is_authenticated) {
			http_reply_problem(request, 401, "unauthorized", 0,
				"an unsigned report needs a token or a client certificate");
			report_free(report);
			return;
		}
	}
	if (!rc && spend > STORE_SPEND_DONE) {
		reply_spend(request, spend);
		report_free(report);
		return;
	}
	if (!rc)
		rc = verify(report, &err);
	if (!rc)
		rc = prepare_baseline(report, &err);
	if (!rc) {
		submit(report);
		return;
	}
	attestation_reply_error(request, &err);
	report_free(report);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* POST /v1/event-logs: the raw event log that a report's answer asked for, verified against that
 * report before it is kept. */
#include <stdlib.h>
#include <string.h>

#include "collector/attestation/budget.h"
#include "collector/attestation/protocol.h"
#include "collector/attestation/sender.h"
#include "collector/json_simd.h"
#include "collector/proof/event_log.h"
#include "platform/system.h"

struct upload {
	struct writer_job job;
	struct http_request *request;
	const struct attestation *attestation;
	struct log_ticket ticket;
	struct store_log log; /* its bytes are the request's */
	uint64_t now_ms;
	bool is_kept; /* by now */
	bool is_new;  /* and was not before */
	enum limit limit;
	uint64_t reserved; /* of the store's room */
	bool is_refused;   /* only its ticket is to be spent; `why` says why */
	struct error why;
};

/* --- the report that names it --- */

struct reading {
	const struct upload *upload;
	struct evidence *evidence; /* NULL: there is no such report */
	int rc;
	struct error *err;
};

static bool take_evidence(const struct store_appraisal *appraisal, void *context)
{
	struct reading *reading = context;
	JSON_TREE_SCOPED tree = {0};

	if (strcmp(appraisal->uuid, reading->upload->ticket.uuid) != 0)
		return false;
	reading->rc = json_simd_parse(appraisal->evidence.bytes, appraisal->evidence.len,
		EVIDENCE_MAX_BYTES, &tree, reading->err);
	if (!reading->rc)
		reading->rc = evidence_read(tree.root, &reading->evidence, reading->err);
	return false;
}

static int check_name(const struct upload *upload, bool *ret_is_right, struct error *err)
{
	uint8_t digest[TCG_DIGEST_MAX];
	int rc = crypto_digest(TCG_ALG_SHA256, &upload->log.bytes, 1, digest, err);

	*ret_is_right = !rc && !memcmp(digest, upload->ticket.sha256, STORE_HASH_SIZE);
	return rc;
}

static int verify(const struct upload *upload, struct error *err)
{
	struct reading reading = {.upload = upload, .err = err};
	int rc = store_read_appraisal(
		upload->attestation->store, upload->ticket.report, take_evidence, &reading, err);

	if (rc == -ERROR_NOT_FOUND || (!rc && !reading.rc && !reading.evidence))
		return error_set(err, ERROR_MALFORMED, "the report that names it is gone");
	if (!rc)
		rc = reading.rc;
	if (!rc)
		rc = event_log_check(reading.evidence, &upload->log.bytes, err);
	evidence_free(reading.evidence);
	return rc;
}

/* --- keeping it --- */

static void give_back(struct upload *upload)
{
	room_give_back(upload->attestation->budget.room, upload->reserved);
	upload->reserved = 0;
}

/* Of several in one commit none may take the room that another one was judged by. */
static enum limit take_room(struct upload *upload, struct store_vm *vm)
{
	const struct budget *budget = &upload->attestation->budget;
	const uint64_t bytes = upload->log.bytes.len;

	if (!room_reserve(budget->room, bytes))
		return LIMIT_STORE_SIZE;
	upload->reserved = bytes;
	return budget_charge_log(budget, upload->now_ms, bytes, vm);
}

/* What a VM's newest report does not name is kept for nobody: it would be left behind. */
static void judge(struct store_change *change, void *context)
{
	struct upload *upload = context;
	struct store_vm *vm = &change->vm;

	give_back(upload);
	upload->is_kept = upload->is_new = false;
	upload->limit = LIMIT_NONE;
	if (upload->is_refused || change->spend != STORE_SPEND_DONE || !vm->has_log)
		return;
	if (memcmp(vm->log, upload->log.sha256, sizeof(vm->log)) != 0)
		return;
	upload->is_kept = true;
	if (change->has_log)
		return;
	upload->limit = take_room(upload, vm);
	if (upload->limit)
		return;
	upload->is_new = true;
	change->log = &upload->log;
	change->writes_vm = change->is_noted = true;
}

static void reply(const struct upload *upload)
{
	struct http_response response = {
		.status = upload->is_new ? 201 : 200, .content_type = "application/json"};
	char sha256[2 * STORE_HASH_SIZE + 1];

	text_hex(upload->log.sha256, STORE_HASH_SIZE, sha256, sizeof(sha256));
	buf_printf(&response.body, "{\"version\":\"" PROTOCOL_VERSION "\",\"event_log\":\"%s\"}",
		sha256);
	http_reply(upload->request, &response);
}

static void answer(struct writer_job *job, int rc, const struct error *err)
{
	struct upload *upload = (struct upload *)job;

	if (rc || !upload->is_new)
		give_back(upload);
	if (rc)
		attestation_reply_error(upload->request, err);
	else if (job->item.spend != STORE_SPEND_DONE)
		attestation_reply_spend(upload->request, job->item.spend);
	else if (upload->is_refused)
		http_reply_problem(upload->request, PROBLEM_UNUSABLE_LOG, 0, upload->why.message);
	else if (upload->limit)
		http_reply_limit(upload->request, upload->limit, 300,
			"there is no room for this VM's event log at the moment");
	else if (!upload->is_kept)
		http_reply_problem(upload->request, PROBLEM_UNUSABLE_LOG, 0,
			"the VM's newest report names another event log");
	else
		reply(upload);
	free(upload);
}

static void submit(struct upload *upload)
{
	struct store_item *item = &upload->job.item;

	upload->job.done = answer;
	upload->now_ms = platform_wall_clock_ms();
	memcpy(upload->log.sha256, upload->ticket.sha256, sizeof(upload->log.sha256));
	memcpy(item->uuid, upload->ticket.uuid, sizeof(item->uuid));
	memcpy(item->log, upload->ticket.sha256, sizeof(item->log));
	item->asks_log = item->has_challenge = true;
	item->challenge = upload->ticket.spending;
	item->judge = judge;
	item->context = upload;
	if (writer_submit(upload->attestation->writer, &upload->job))
		return;
	http_reply_limit(upload->request, LIMIT_QUEUE, 2, "too many reports are waiting");
	free(upload);
}

/* Cheap refusals first. True: the request was answered. */
static bool refuse(struct upload *upload, struct error *err)
{
	const char *text = http_query(upload->request, "ticket");
	uint8_t sealed[PROTOCOL_TICKET_MAX / 2];
	const long len = text ? text_unhex(text, strlen(text), sealed, sizeof(sealed)) : 0;
	const struct crypto_bytes bytes = {sealed, len > 0 ? (size_t)len : 0};
	bool is_right = false;

	if (seal_open_ticket(upload->attestation->seal, &bytes, &upload->ticket, err)) {
		if (err->code == ERROR_NOT_FOUND)
			http_reply_problem(upload->request, PROBLEM_CHALLENGE_UNKNOWN, 0,
				"the next report's answer has a new ticket");
		else
			attestation_reply_error(upload->request, err);
	} else if (!sender_may(http_caller(upload->request), upload->ticket.uuid)) {
		http_reply_problem(upload->request, PROBLEM_FORBIDDEN, 0, SENDER_REFUSAL);
	} else if (store_clock_ms(upload->attestation->store) >=
		   upload->ticket.spending.expires_ms) {
		attestation_reply_spend(upload->request, STORE_SPEND_EXPIRED);
	} else if (check_name(upload, &is_right, err)) {
		attestation_reply_error(upload->request, err);
	} else if (!is_right) {
		/* The ticket stays good for the right bytes. */
		http_reply_problem(upload->request, PROBLEM_UNUSABLE_LOG, 0,
			"it is not the event log that the report names");
	} else {
		return false;
	}
	return true;
}

void log_answer(struct http_request *request, void *context)
{
	struct upload *upload = calloc(1, sizeof(*upload));
	struct error err;
	int rc;

	if (!upload) {
		error_set(&err, ERROR_NO_MEMORY, "no memory for an event log");
		attestation_reply_error(request, &err);
		return;
	}
	upload->request = request;
	upload->attestation = context;
	upload->log.bytes = http_body(request);
	if (refuse(upload, &err)) {
		free(upload);
		return;
	}
	rc = verify(upload, &upload->why);
	/* These bytes are refused for good, and are not to be verified again. */
	upload->is_refused = rc == -ERROR_MALFORMED;
	if (!rc || upload->is_refused) {
		submit(upload);
		return;
	}
	attestation_reply_error(request, &upload->why);
	free(upload);
}

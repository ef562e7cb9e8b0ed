/* SPDX-License-Identifier: BSD-2-Clause */
/* What operators change: announcements, acceptance, trusted CAs. Each is one of the writer's jobs,
 * audited in the same transaction. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/json_simd.h"
#include "collector/operators/api_private.h"
#include "core/json/text.h"
#include "core/verdict/json.h"
#include "platform/system.h"

#define ANNOUNCEMENT_DEFAULT_S 900
#define ANNOUNCEMENT_MAX_S     86400

enum outcome { OUTCOME_DONE = 0, OUTCOME_UNKNOWN, OUTCOME_GONE };

/* The keys that a report proves. */
struct keys {
	struct store_link link;
	bool has_ek; /* else its next report proves one */
	uint8_t ek[STORE_HASH_SIZE];
	struct evidence_name ak_name;
};

struct operation {
	struct writer_job job; /* first: done() casts */
	struct http_request *request;
	struct store_audit audit;
	enum outcome outcome;
	enum event event; /* announcement */
	uint64_t until_ms;
	struct keys keys; /* acceptance */
	unsigned status;  /* of the answer */
	json_t *answer;
};

static struct operation *operation_new(struct http_request *request, const char *action)
{
	struct operation *operation = calloc(1, sizeof(*operation));

	if (!operation)
		return NULL;
	operation->request = request;
	operation->audit.at_ms = platform_wall_clock_ms();
	operation->job.item.context = operation;
	snprintf(operation->audit.action, sizeof(operation->audit.action), "%s", action);
	snprintf(operation->audit.actor, sizeof(operation->audit.actor), "%s",
		http_caller(request)->name);
	return operation;
}

static void operation_free(struct operation *operation)
{
	json_decref(operation->answer);
	free(operation);
}

static void done(struct writer_job *job, int rc, const struct error *err)
{
	struct operation *operation = (struct operation *)job;

	if (rc)
		api_reply_error(operation->request, err);
	else if (operation->outcome == OUTCOME_UNKNOWN)
		http_reply_problem(operation->request, PROBLEM_NOT_FOUND, 0,
			"no such VM: nothing was reported for it yet");
	else if (operation->outcome == OUTCOME_GONE)
		http_reply_problem(
			operation->request, PROBLEM_NOT_FOUND, 0, "the report is no longer kept");
	else {
		http_reply_json(operation->request, operation->status, operation->answer);
		operation->answer = NULL;
	}
	operation_free(operation);
}

static void submit(struct api *api, struct operation *operation, unsigned status, json_t *answer)
{
	operation->status = status;
	operation->answer = answer;
	operation->job.done = done;
	if (writer_submit(api->writer, &operation->job))
		return;
	http_reply_problem(operation->request, PROBLEM_BUSY, 5, "too much is to be written");
	operation_free(operation);
}

static void set_uuid(struct operation *operation, const char *uuid)
{
	snprintf(operation->job.item.uuid, sizeof(operation->job.item.uuid), "%s", uuid);
	snprintf(operation->audit.uuid, sizeof(operation->audit.uuid), "%s", uuid);
}

/* --- announcements --- */

static void judge_announcement(struct store_change *change, void *context)
{
	struct operation *operation = context;

	operation->outcome = change->vm.revision ? OUTCOME_DONE : OUTCOME_UNKNOWN;
	if (operation->outcome)
		return;
	change->vm.announced = operation->event;
	change->vm.announced_until_ms = operation->until_ms;
	change->writes_vm = true;
	change->audit = &operation->audit;
}

static bool read_announcement(
	struct http_request *request, enum event *ret_event, uint64_t *ret_seconds)
{
	JSON_TREE_SCOPED body = {0};
	const struct json_node *timeout;
	const char *name;
	int64_t seconds = ANNOUNCEMENT_DEFAULT_S;
	bool is_right = false;

	if (!api_read_body(request, &body))
		return false;
	name = json_node_text(json_node_member(body.root, "event"));
	*ret_event = name ? event_parse(name) : EVENT_COUNT;
	timeout = json_node_member(body.root, "timeout");
	if (timeout)
		seconds = json_node_integer(timeout);
	if (*ret_event == EVENT_COUNT)
		api_reply_malformed(request, "event: none of " EVENT_NAMES);
	else if (seconds < 1 || seconds > ANNOUNCEMENT_MAX_S)
		api_reply_malformed(request, "timeout: not a number from 1 to 86400");
	else
		is_right = true;
	*ret_seconds = (uint64_t)seconds;
	return is_right;
}

void api_announce(struct http_request *request, void *context)
{
	char uuid[TEXT_UUID_SIZE], until[TEXT_TIME_SIZE];
	struct operation *operation;
	enum event event;
	uint64_t seconds;

	if (!api_read_uuid(request, uuid) || !read_announcement(request, &event, &seconds))
		return;
	operation = operation_new(request, "announce");
	if (!operation) {
		http_reply_json(request, 201, NULL);
		return;
	}
	set_uuid(operation, uuid);
	operation->event = event;
	operation->until_ms = operation->audit.at_ms + seconds * 1000;
	operation->job.item.judge = judge_announcement;
	text_time_ms(operation->until_ms, until);
	snprintf(operation->audit.detail, sizeof(operation->audit.detail), "%s until %s",
		event_name(event), until);
	submit(context, operation, 201,
		json_pack("{s:s, s:s, s:s}", "uuid", uuid, "event", event_name(event), "until",
			until));
}

/* --- acceptance --- */

static void judge_acceptance(struct store_change *change, void *context)
{
	struct operation *operation = context;
	const struct keys *keys = &operation->keys;
	struct store_vm *vm = &change->vm;

	operation->outcome = OUTCOME_DONE;
	if (!vm->revision)
		operation->outcome = OUTCOME_UNKNOWN;
	else if (keys->link.id <= vm->tail.id && keys->link.id != vm->baseline.id &&
		 keys->link.id != vm->head.id)
		operation->outcome = OUTCOME_GONE; /* retention came in between */
	if (operation->outcome)
		return;
	vm->baseline = keys->link;
	vm->enrolment = STORE_ENROLMENT_ACCEPTED;
	/* What was shown is decided, and nothing has been compared with the new baseline yet. */
	vm->status = VERDICT_NONE;
	vm->continuity = CONTINUITY_FIRST_SEEN;
	snprintf(vm->reason, sizeof(vm->reason), "%s", reason_name(REASON_ACCEPTED));
	vm->ek_count = keys->has_ek;
	memcpy(vm->eks[0], keys->ek, sizeof(keys->ek));
	vm->ak_name = keys->ak_name;
	change->writes_vm = true;
	change->takes_keys = true;
	change->audit = &operation->audit;
}

struct choice {
	const char *uuid;
	bool is_of_vm; /* some report was */
	bool is_found; /* and one was signed and verified */
	struct keys keys;
	int rc;
	struct error err;
};

/* The AK that signed, and the EK that it was proven to share a TPM with. */
static int take_keys(const struct store_appraisal *appraisal, struct keys *keys, struct error *err)
{
	EVIDENCE_SCOPED *evidence = NULL;
	int rc = evidence_parse(appraisal->evidence.bytes, appraisal->evidence.len, &evidence, err);

	if (rc)
		return rc;
	keys->link = appraisal->link;
	keys->ak_name = evidence->ak.key.name;
	keys->has_ek = appraisal->ek.len == sizeof(keys->ek);
	if (keys->has_ek)
		memcpy(keys->ek, appraisal->ek.bytes, sizeof(keys->ek));
	return 0;
}

/* A quote that did not verify proves nothing that could become a baseline. */
static bool is_proven(const struct store_appraisal *appraisal)
{
	const struct crypto_bytes *text = &appraisal->verdict;
	struct verdict verdict = {0};
	JSON_TREE_SCOPED tree = {0};
	struct error ignored;

	return appraisal->attest.len &&
	       !json_simd_parse(text->bytes, text->len, STORE_VERDICT_MAX, &tree, &ignored) &&
	       !verdict_read(tree.root, &verdict, &ignored) && verdict.is_quote_verified;
}

/* Goes on until there is one. */
static bool choose(const struct store_appraisal *appraisal, void *context)
{
	struct choice *choice = context;

	if (strcmp(appraisal->uuid, choice->uuid) != 0)
		return false;
	choice->is_of_vm = true;
	choice->is_found = is_proven(appraisal);
	if (choice->is_found)
		choice->rc = take_keys(appraisal, &choice->keys, &choice->err);
	return !choice->is_found;
}

/* Finds report `id`, or the newest one that will do, or answers why there is none. */
static bool find_appraisal(
	struct api *api, struct http_request *request, uint64_t id, struct choice *choice)
{
	struct error err;
	int rc = id ? store_read_appraisal(api->store, id, choose, choice, &err)
		    : store_read_timeline(
			      api->store, choice->uuid, 0, API_PAGE_MAX, choose, choice, &err);

	if (rc)
		api_reply_error(request, &err);
	else if (!choice->is_of_vm)
		http_reply_problem(request, PROBLEM_NOT_FOUND, 0, "that VM has no such report");
	else if (!choice->is_found)
		http_reply_problem(request, PROBLEM_UNUSABLE_REPORT, 0,
			"nothing signed that verified: no baseline can be made of it");
	else if (choice->rc)
		http_reply_problem(request, PROBLEM_UNUSABLE_REPORT, 0, choice->err.message);
	else
		return true;
	return false;
}

static bool read_acceptance(
	struct http_request *request, uint64_t *ret_id, char comment[], size_t size)
{
	JSON_TREE_SCOPED body = {0};
	const struct json_node *number;
	const char *text;
	bool is_right = false;

	if (!api_read_body(request, &body))
		return false;
	number = json_node_member(body.root, "report");
	text = json_node_text(json_node_member(body.root, "comment"));
	if (number && json_node_integer(number) < 1)
		api_reply_malformed(request, "report: not a report's number");
	else if (text && strlen(text) >= size)
		api_reply_malformed(request, "comment: longer than %zu bytes", size - 1);
	else
		is_right = true;
	*ret_id = (uint64_t)json_node_integer(number);
	if (is_right)
		snprintf(comment, size, "%s", text ? text : "");
	return is_right;
}

void api_accept(struct http_request *request, void *context)
{
	char uuid[TEXT_UUID_SIZE], comment[200];
	struct choice choice = {.uuid = uuid};
	struct operation *operation;
	uint64_t id;

	if (!api_read_uuid(request, uuid))
		return;
	if (!read_acceptance(request, &id, comment, sizeof(comment)))
		return;
	if (!find_appraisal(context, request, id, &choice))
		return;
	operation = operation_new(request, "accept");
	if (!operation) {
		http_reply_json(request, 200, NULL);
		return;
	}
	set_uuid(operation, uuid);
	operation->keys = choice.keys;
	operation->job.item.judge = judge_acceptance;
	snprintf(operation->audit.detail, sizeof(operation->audit.detail), "report %llu%s%s",
		(unsigned long long)choice.keys.link.id, *comment ? ": " : "", comment);
	submit(context, operation, 200,
		json_pack("{s:s, s:I, s:s}", "uuid", uuid, "baseline",
			(json_int_t)choice.keys.link.id, "enrolment", "accepted"));
}

/* --- trusted CAs --- */

static bool add_ca_json(const struct crypto_certificate *certificate, void *context)
{
	char sha256[65];

	text_hex(certificate->sha256, sizeof(certificate->sha256), sha256, sizeof(sha256));
	return json_array_append_new(context,
		       json_pack("{s:o, s:o, s:s, s:s, s:s}", "subject",
			       json_text_string(certificate->subject), "issuer",
			       json_text_string(certificate->issuer), "serial", certificate->serial,
			       "not_after", certificate->not_after, "sha256", sha256)) == 0;
}

void api_list_cas(struct http_request *request, void *context)
{
	struct api *api = context;
	json_t *cas = json_array();

	trust_visit(api->trust, add_ca_json, cas);
	http_reply_json(request, 200, json_pack("{s:o}", "cas", cas));
}

static void judge_trust(struct store_change *change, void *context)
{
	change->audit = &((struct operation *)context)->audit;
}

/* Wrong certificates are the caller's fault, all else is the store's. */
static void refuse_ca(struct http_request *request, const struct error *err)
{
	switch (err->code) {
	case ERROR_MALFORMED:
	case ERROR_UNSUPPORTED:
	case ERROR_TOO_LARGE:
		api_reply_malformed(request, "%s", err->message);
		break;
	default:
		api_reply_error(request, err);
	}
}

void api_add_ca(struct http_request *request, void *context)
{
	struct api *api = context;
	struct crypto_bytes body = http_body(request);
	struct operation *operation = operation_new(request, "trust-ca");
	struct error err;
	size_t added = 0;
	int rc;

	if (!operation) {
		http_reply_json(request, 201, NULL);
		return;
	}
	rc = trust_add(api->trust, body.bytes, body.len, &added, &err);
	if (rc) {
		refuse_ca(request, &err);
		operation_free(operation);
		return;
	}
	operation->job.item.judge = judge_trust;
	snprintf(operation->audit.detail, sizeof(operation->audit.detail), "%zu added", added);
	submit(api, operation, 201, json_pack("{s:I}", "added", (json_int_t)added));
}

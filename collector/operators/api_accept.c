/* SPDX-License-Identifier: BSD-2-Clause */
/* An operator says which vTPM a VM has: by a report of it, or by a claim. Keys become a VM's only
 * where he names what has them: the newest may have come since he looked. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/json_simd.h"
#include "collector/operators/api_operation.h"
#include "collector/store/store_silence.h"
#include "core/json/text.h"
#include "core/signed/name.h"
#include "core/verdict/json.h"

static enum outcome check_acceptance(const struct operation *operation, const struct store_vm *vm)
{
	const struct api_keys *keys = &operation->keys;
	uint64_t id = keys->link.id;

	if (!vm->revision)
		return OUTCOME_UNKNOWN;
	if (id && id <= vm->tail.id && id != vm->baseline.id && id != vm->head.id)
		return OUTCOME_GONE; /* retention came in between */
	return operation->is_named || name_is_same(&vm->ak_name, &keys->ak_name) ? OUTCOME_DONE
										 : OUTCOME_UNNAMED;
}

/* What the operator was shown and decides: without an alarm there is none that the VM's agent could
 * end, and who lets a VM in decides about none. One that was not heard yet is told on. */
static struct store_acceptance note_decision(const struct api_keys *keys, const struct store_vm *vm)
{
	const struct store_acceptance *unheard = &vm->lines.accepted;
	const bool is_same = name_is_same(&vm->ak_name, &keys->ak_name);
	struct store_acceptance accepted = {.id = keys->claim ? keys->claim : keys->link.id,
		.is_claim = keys->claim != 0,
		.head = vm->head.id};
	const char *reason = "";

	if (vm->enrolment != STORE_ENROLMENT_ACCEPTED)
		return (struct store_acceptance){0};
	if (keys->claim)
		reason = keys->reason;
	else if (vm->status == VERDICT_CONTRAINDICATED)
		reason = vm->reason;
	else if (unheard->id && is_same)
		reason = unheard->reason;
	if (!*reason)
		return (struct store_acceptance){0};
	snprintf(accepted.reason, sizeof(accepted.reason), "%s", reason);
	return accepted;
}

static void judge_acceptance(struct store_change *change, void *context)
{
	struct operation *operation = context;
	const struct api_keys *keys = &operation->keys;
	struct store_vm *vm = &change->vm;
	struct store_acceptance accepted;

	operation->outcome = check_acceptance(operation, vm);
	if (operation->outcome)
		return;
	accepted = note_decision(keys, vm);
	/* A claim has no report that is kept: the next one of its keys is the first. */
	vm->baseline = keys->link;
	vm->enrolment = STORE_ENROLMENT_ACCEPTED;
	/* What was shown is decided, and nothing has been compared with the new baseline yet. */
	vm->status = VERDICT_NONE;
	vm->continuity = CONTINUITY_FIRST_SEEN;
	snprintf(vm->reason, sizeof(vm->reason), "%s", reason_name(REASON_ACCEPTED));
	vm->ek_count = keys->has_ek;
	memcpy(vm->eks[0], keys->ek, sizeof(keys->ek));
	vm->ak_name = keys->ak_name;
	vm->claimed_ms = 0;
	vm->lines = (struct store_lines){.accepted = accepted};
	/* From now on it is missed. */
	store_silence_await(vm, vm->awaited_s);
	change->drops_claims = true;
	change->writes_vm = true;
	change->takes_keys = true;
	change->audit = &operation->audit;
}

struct choice {
	const char *uuid;
	const struct evidence_name *own; /* only what is of this key; NULL: whatever was named */
	bool is_of_vm;                   /* some report was */
	bool is_found;                   /* and one was signed and verified */
	bool has_others;                 /* and one was, but of other keys */
	struct api_keys keys;
	struct store_sender sender;
	int rc;
	struct error err;
};

/* The AK that signed, and the EK that it was proven to share a TPM with. */
static int take_keys(
	const struct store_appraisal *appraisal, struct api_keys *keys, struct error *err)
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
	if (!choice->is_found)
		return true;
	choice->sender = appraisal->sender;
	choice->rc = take_keys(appraisal, &choice->keys, &choice->err);
	if (!choice->rc && choice->own && !name_is_same(&choice->keys.ak_name, choice->own)) {
		choice->is_found = false;
		choice->has_others = true;
	}
	return !choice->is_found;
}

static void reply_others(struct http_request *request, const char *uuid)
{
	char detail[256];

	snprintf(detail, sizeof(detail),
		"no report of the keys of %s is kept: `vtpm-collector show %s` lists its reports "
		"and claims; accept one with --report ID or --claim ID",
		uuid, uuid);
	http_reply_problem(request, PROBLEM_UNUSABLE_REPORT, 0, detail);
}

/* Finds report `id`, or the newest one of the VM's own keys, where it has any; or answers why there
 * is none. */
static bool find_appraisal(
	struct api *api, struct http_request *request, uint64_t id, struct choice *choice)
{
	struct store_vm vm = {0};
	struct error err;
	int rc = id ? 0 : store_read_vm(api->store, choice->uuid, &vm, &err);

	choice->own = vm.ak_name.len ? &vm.ak_name : NULL;
	if (!rc)
		rc = id ? store_read_appraisal(api->store, id, choose, choice, &err)
			: store_read_timeline(
				  api->store, choice->uuid, 0, API_PAGE_MAX, choose, choice, &err);
	choice->own = NULL;
	if (rc)
		api_reply_error(request, &err);
	else if (!choice->is_of_vm)
		http_reply_problem(request, PROBLEM_NOT_FOUND, 0, "that VM has no such report");
	else if (!choice->is_found && choice->has_others)
		reply_others(request, choice->uuid);
	else if (!choice->is_found)
		http_reply_problem(request, PROBLEM_UNUSABLE_REPORT, 0,
			"nothing signed that verified: no baseline can be made of it");
	else if (choice->rc)
		http_reply_problem(request, PROBLEM_UNUSABLE_REPORT, 0, choice->err.message);
	else
		return true;
	return false;
}

/* A claim is named by the number that was shown: one that came since has another. */
struct finding {
	uint64_t id;
	struct choice *choice;
};

static bool take_claim(const struct store_claim *claim, void *context)
{
	const struct finding *finding = context;
	struct choice *choice = finding->choice;

	if (claim->id != finding->id || !claim->has_ek)
		return true;
	choice->is_found = true;
	choice->sender = claim->sender;
	choice->keys =
		(struct api_keys){.claim = claim->id, .has_ek = true, .ak_name = claim->ak_name};
	memcpy(choice->keys.ek, claim->ek, sizeof(claim->ek));
	snprintf(choice->keys.reason, sizeof(choice->keys.reason), "%s", claim->reason);
	return false;
}

static bool find_claim(
	struct api *api, struct http_request *request, uint64_t id, struct choice *choice)
{
	struct finding finding = {id, choice};
	struct error err;

	if (store_list_claims(api->store, choice->uuid, take_claim, &finding, &err))
		api_reply_error(request, &err);
	else if (!choice->is_found)
		http_reply_problem(request, PROBLEM_NOT_FOUND, 0,
			"that VM has no such claim with keys in it: a later one may have replaced "
			"it, or an acceptance dropped it");
	else
		return true;
	return false;
}

/* The claims that an acceptance settles, but for the one that it takes. */
struct dropping {
	uint64_t taken;
	json_t *list;
};

static bool add_dropped(const struct store_claim *claim, void *context)
{
	const struct dropping *dropping = context;

	if (claim->id != dropping->taken)
		json_array_append_new(dropping->list, json_integer((json_int_t)claim->id));
	return true;
}

/* NULL: the request was answered. */
static json_t *list_dropped(
	struct api *api, struct http_request *request, const char *uuid, uint64_t taken)
{
	struct dropping dropping = {taken, json_array()};
	struct error err;

	if (!dropping.list) {
		http_reply_json(request, 200, NULL);
	} else if (store_list_claims(api->store, uuid, add_dropped, &dropping, &err)) {
		api_reply_error(request, &err);
		json_decref(dropping.list);
		dropping.list = NULL;
	}
	return dropping.list;
}

struct acceptance {
	uint64_t report, claim; /* 0: not named */
	char comment[200];
};

static bool read_acceptance(struct http_request *request, struct acceptance *ret)
{
	JSON_TREE_SCOPED body = {0};
	const struct json_node *report, *claim;
	const char *text;

	if (!api_read_body(request, &body))
		return false;
	report = json_node_member(body.root, "report");
	claim = json_node_member(body.root, "claim");
	text = json_node_text(json_node_member(body.root, "comment"));
	ret->report = (uint64_t)json_node_integer(report);
	ret->claim = (uint64_t)json_node_integer(claim);
	if (report && json_node_integer(report) < 1)
		api_reply_malformed(request, "report: not a report's number");
	else if (claim && json_node_integer(claim) < 1)
		api_reply_malformed(request, "claim: not a claim's number");
	else if (report && claim)
		api_reply_malformed(request, "claim: not beside a report");
	else if (text && strlen(text) >= sizeof(ret->comment))
		api_reply_malformed(
			request, "comment: longer than %zu bytes", sizeof(ret->comment) - 1);
	else {
		snprintf(ret->comment, sizeof(ret->comment), "%s", text ? text : "");
		return true;
	}
	return false;
}

/* What was accepted, whoever brought it, and why. */
static void write_detail(
	struct store_audit *audit, const struct acceptance *asked, const struct choice *choice)
{
	const struct store_sender *sender = &choice->sender;
	uint64_t id = asked->claim ? asked->claim : choice->keys.link.id;

	snprintf(audit->detail, sizeof(audit->detail), "%s %llu%s%s%s%s%s%s",
		asked->claim ? "claim" : "report", (unsigned long long)id,
		*sender->name ? " by " : "", sender->name, *sender->address ? " from " : "",
		sender->address, *asked->comment ? ": " : "", asked->comment);
}

void api_accept(struct http_request *request, void *context)
{
	char uuid[TEXT_UUID_SIZE];
	struct choice choice = {.uuid = uuid};
	struct acceptance asked = {0};
	struct operation *operation;
	struct api *api = context;
	json_t *dropped;

	if (!api_read_uuid(request, uuid) || !read_acceptance(request, &asked))
		return;
	if (asked.claim ? !find_claim(api, request, asked.claim, &choice)
			: !find_appraisal(api, request, asked.report, &choice))
		return;
	dropped = list_dropped(api, request, uuid, asked.claim);
	if (!dropped)
		return;
	operation = api_operation_new(request, "accept", uuid);
	if (!operation) {
		json_decref(dropped);
		http_reply_json(request, 200, NULL);
		return;
	}
	operation->keys = choice.keys;
	operation->is_named = asked.claim || asked.report;
	operation->job.item.judge = judge_acceptance;
	write_detail(&operation->audit, &asked, &choice);
	api_operation_submit(api, operation, 200,
		json_pack("{s:s, s:o, s:s, s:o}", "uuid", uuid, "baseline",
			choice.keys.link.id ? json_integer((json_int_t)choice.keys.link.id)
					    : json_null(),
			"enrolment", "accepted", "dropped", dropped));
}

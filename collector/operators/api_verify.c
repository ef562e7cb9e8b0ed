/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether what is stored is what was written. Each request verifies one step of it. The cursor says
 * where the next step goes on and what hash must stand there: a wrong cursor finds a fault and
 * cannot hide one. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/operators/api_private.h"
#include "collector/operators/api_result_key.h"
#include "collector/proof/proof.h"
#include "core/json/text.h"
#include "platform/system.h"

#define HASH_DIGITS (2 * STORE_HASH_SIZE)
#define LINK_SIZE   (HASH_DIGITS + 22)
#define CURSOR_SIZE (TEXT_UUID_SIZE + LINK_SIZE)

/* The hash's digits, a dash, the number. */
static void print_link(const struct store_link *at, char out[LINK_SIZE])
{
	text_hex(at->hash, sizeof(at->hash), out, LINK_SIZE);
	snprintf(out + HASH_DIGITS, LINK_SIZE - HASH_DIGITS, "-%llu", (unsigned long long)at->id);
}

static bool parse_link(const char *text, struct store_link *ret_at)
{
	return strlen(text) > HASH_DIGITS && text[HASH_DIGITS] == '-' &&
	       text_unhex(text, HASH_DIGITS, ret_at->hash, sizeof(ret_at->hash)) > 0 &&
	       text_number(text + HASH_DIGITS + 1, 1, INT64_MAX, &ret_at->id);
}

static bool read_link(struct http_request *request, struct store_verification *verification)
{
	const char *after = http_query(request, "after");

	if (!after || !*after || parse_link(after, &verification->at))
		return true;
	api_reply_malformed(request, "after: \"%s\" is no cursor", after);
	return false;
}

/* Judges again what the last step found whole. */
static int prove(struct store *store, struct store_verification *verification, size_t *judged,
	struct error *err)
{
	struct event_log_seen seen = {.is_known = false};
	int rc = 0;

	for (size_t i = 0; !rc && i < verification->seen_count; i++) {
		struct proof proof;

		rc = proof_judge(store, verification->seen[i], &seen, &proof, err);
		if (rc)
			break;
		*judged += proof.result != PROOF_NONE;
		if (proof.result != PROOF_WRONG || verification->fault_count == STORE_FAULTS_MAX)
			continue;
		verification->faults[verification->fault_count].where = verification->seen[i];
		snprintf(verification->faults[verification->fault_count++].what,
			sizeof(verification->faults[0].what), "%s", proof.what);
	}
	return rc;
}

/* What the last step found wrong; `one` is what the chain consists of. */
static void add_faults(json_t *faults, const struct store_verification *verification,
	const char *one, const char *uuid)
{
	for (size_t i = 0; i < verification->fault_count; i++) {
		const struct store_fault *fault = &verification->faults[i];
		json_t *json = json_pack("{s:o, s:o}", one,
			fault->where ? json_integer((json_int_t)fault->where) : json_null(), "what",
			json_text_string(fault->what));

		if (json && uuid)
			json_object_set_new(json, "uuid", json_string(uuid));
		json_array_append_new(faults, json);
	}
}

/* `one` and `many` are what the chain consists of. */
static void reply(struct http_request *request, const struct store_verification *verification,
	const char *one, const char *many, size_t judged)
{
	char cursor[LINK_SIZE];
	json_t *faults = json_array(), *json;

	add_faults(faults, verification, one, NULL);
	json = json_pack("{s:I, s:I, s:o}", many, (json_int_t)verification->count, "judged",
		(json_int_t)judged, "faults", faults);
	print_link(&verification->at, cursor);
	if (json && !verification->is_done)
		json_object_set_new(json, "next", json_string(cursor));
	http_reply_json(request, 200, json);
}

void api_verify_history(struct http_request *request, void *context)
{
	struct api *api = context;
	struct store_verification verification = {0};
	char uuid[TEXT_UUID_SIZE];
	size_t judged = 0;
	struct error err;
	int rc;

	if (!api_read_uuid(request, uuid) || !read_link(request, &verification))
		return;
	rc = store_verify_history(api->store, uuid, &verification, &err);
	if (!rc)
		rc = prove(api->store, &verification, &judged, &err);
	if (rc)
		api_reply_error(request, &err);
	else
		reply(request, &verification, "report", "reports", judged);
}

void api_verify_audit(struct http_request *request, void *context)
{
	struct api *api = context;
	struct store_verification verification = {0};
	struct error err;

	if (!read_link(request, &verification))
		return;
	if (store_verify_audit(api->store, &verification, &err))
		api_reply_error(request, &err);
	else
		reply(request, &verification, "event", "events", 0);
}

void api_verify_logs(struct http_request *request, void *context)
{
	struct api *api = context;
	struct store_verification verification = {0};
	struct error err;

	if (!read_link(request, &verification))
		return;
	if (store_verify_logs(api->store, &verification, &err))
		api_reply_error(request, &err);
	else
		reply(request, &verification, "report", "event_logs", 0);
}

static int verify_trust(struct api *api, struct store_verification *verification, struct error *err)
{
	struct store_fault fault = {0};
	int rc = api_compare_trust(api, fault.what, sizeof(fault.what), err);

	if (!rc && *fault.what && verification->fault_count < STORE_FAULTS_MAX)
		verification->faults[verification->fault_count++] = fault;
	return rc;
}

/* What expired, tokens, keys of results and CAs belong to no step's reports: they are looked at in
 * the first. */
static int verify_owners(
	struct api *api, struct store_verification *verification, struct error *err)
{
	const struct store_retention_clock clock = {api->retention_days, platform_wall_clock_ms()};
	const bool is_first = !verification->at.id;
	int rc = store_verify_owners(api->store, verification, err);

	if (!rc && is_first)
		rc = store_verify_expired(api->store, &clock, verification, err);
	if (!rc && is_first)
		rc = store_verify_tokens(api->store, verification, err);
	if (!rc && is_first)
		rc = api_verify_result_keys(api, verification, err);
	return rc || !is_first ? rc : verify_trust(api, verification, err);
}

void api_verify_owners(struct http_request *request, void *context)
{
	struct store_verification verification = {0};
	struct error err;

	if (!read_link(request, &verification))
		return;
	if (verify_owners(context, &verification, &err))
		api_reply_error(request, &err);
	else
		reply(request, &verification, "report", "rows", 0);
}

/* --- all VMs --- */

struct round {
	char uuid[TEXT_UUID_SIZE]; /* the VM that is looked at, or the last one that was */
	struct store_verification verification;
	bool is_inside; /* the VM's verification is not at its end */
	bool is_done;
	size_t vms, reports, judged;
	json_t *faults;
};

static bool take_uuid(const char *uuid, void *context)
{
	snprintf(context, TEXT_UUID_SIZE, "%s", uuid);
	return false;
}

/* A VM's UUID: the last one that was looked at. With a link behind it: go on in that VM. */
static bool parse_place(const char *after, struct round *round)
{
	char uuid[TEXT_UUID_SIZE];
	const char *link = after + sizeof(uuid) - 1;

	snprintf(uuid, sizeof(uuid), "%s", after);
	round->is_inside = strlen(after) > sizeof(uuid) - 1;
	if (!text_uuid(uuid, round->uuid))
		return false;
	return !round->is_inside || (*link == '-' && parse_link(link + 1, &round->verification.at));
}

static bool read_place(struct http_request *request, struct round *round)
{
	const char *after = http_query(request, "after");

	if (!after || !*after || parse_place(after, round))
		return true;
	api_reply_malformed(request, "after: \"%s\" is no cursor", after);
	return false;
}

static int verify_step(struct api *api, struct round *round, struct error *err)
{
	char next[TEXT_UUID_SIZE] = "";
	size_t before;
	int rc = 0;

	if (!round->is_inside) {
		rc = store_list_uuids(api->store, round->uuid, 1, take_uuid, next, err);
		round->is_done = !rc && !*next;
		if (rc || round->is_done)
			return rc;
		memcpy(round->uuid, next, sizeof(next));
		memset(&round->verification, 0, sizeof(round->verification));
	}
	before = round->verification.count;
	rc = store_verify_history(api->store, round->uuid, &round->verification, err);
	if (rc == -ERROR_NOT_FOUND) {
		round->is_inside = false; /* it went meanwhile */
		return 0;
	}
	if (!rc)
		rc = prove(api->store, &round->verification, &round->judged, err);
	if (rc)
		return rc;
	round->reports += round->verification.count - before;
	round->is_inside = !round->verification.is_done;
	round->vms += !round->is_inside;
	add_faults(round->faults, &round->verification, "report", round->uuid);
	return 0;
}

static void reply_round(struct http_request *request, const struct round *round)
{
	char cursor[CURSOR_SIZE];
	json_t *json = json_pack("{s:I, s:I, s:I, s:O}", "vms", (json_int_t)round->vms, "reports",
		(json_int_t)round->reports, "judged", (json_int_t)round->judged, "faults",
		round->faults);

	snprintf(cursor, sizeof(cursor), "%s%s", round->uuid, round->is_inside ? "-" : "");
	if (round->is_inside)
		print_link(&round->verification.at, cursor + strlen(cursor));
	if (json && !round->is_done)
		json_object_set_new(json, "next", json_string(cursor));
	http_reply_json(request, 200, json);
}

static bool is_enough(const struct round *round)
{
	return round->is_done || round->reports >= STORE_VERIFY_STEP ||
	       round->vms >= STORE_VERIFY_STEP ||
	       json_array_size(round->faults) >= STORE_FAULTS_MAX;
}

void api_verify_vms(struct http_request *request, void *context)
{
	struct api *api = context;
	struct round *round = calloc(1, sizeof(*round));
	struct error err;
	int rc = 0;

	if (!round) {
		http_reply_json(request, 200, NULL);
		return;
	}
	if (!read_place(request, round)) {
		free(round);
		return;
	}
	round->faults = json_array();
	while (!rc && !is_enough(round))
		rc = verify_step(api, round, &err);
	if (rc)
		api_reply_error(request, &err);
	else
		reply_round(request, round);
	json_decref(round->faults);
	free(round);
}

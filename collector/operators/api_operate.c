/* SPDX-License-Identifier: BSD-2-Clause */
/* What operators change: announcements and trusted CAs. */
#include <jansson.h>
#include <stdio.h>

#include "collector/operators/api_operation.h"
#include "collector/store/store_silence.h"
#include "core/json/text.h"

#define ANNOUNCEMENT_DEFAULT_S 900
#define ANNOUNCEMENT_MAX_S     86400

/* --- announcements --- */

static void judge_announcement(struct store_change *change, void *context)
{
	struct operation *operation = context;

	operation->outcome = change->vm.revision ? OUTCOME_DONE : OUTCOME_UNKNOWN;
	if (operation->outcome)
		return;
	change->vm.announced = operation->event;
	change->vm.announced_until_ms = operation->until_ms;
	change->vm.asked_ms = operation->asked_ms;
	store_silence_await(&change->vm, operation->awaited_s);
	change->writes_vm = true;
	change->audit = &operation->audit;
}

struct announcement {
	enum event event;
	int64_t seconds;
	bool is_asked;
};

static bool read_announcement(struct http_request *request, struct announcement *ret)
{
	JSON_TREE_SCOPED body = {0};
	const struct json_node *timeout;
	const char *name;

	if (!api_read_body(request, &body))
		return false;
	name = json_node_text(json_node_member(body.root, "event"));
	timeout = json_node_member(body.root, "timeout");
	ret->event = name ? event_parse(name) : EVENT_COUNT;
	ret->seconds = timeout ? json_node_integer(timeout) : ANNOUNCEMENT_DEFAULT_S;
	if (!api_read_flag(request, &body, "confirm", &ret->is_asked))
		return false;
	if (ret->event == EVENT_COUNT)
		api_reply_malformed(request, "event: none of " EVENT_NAMES);
	else if (ret->seconds < 1 || ret->seconds > ANNOUNCEMENT_MAX_S)
		api_reply_malformed(request, "timeout: not a number from 1 to 86400");
	else
		return true;
	return false;
}

void api_announce(struct http_request *request, void *context)
{
	char uuid[TEXT_UUID_SIZE], until[TEXT_TIME_SIZE];
	struct api *api = context;
	uint64_t now_ms = store_clock_ms(api->store);
	struct announcement asked;
	struct operation *operation;

	if (!api_read_uuid(request, uuid) || !read_announcement(request, &asked))
		return;
	operation = api_operation_new(request, "announce", uuid);
	if (!operation) {
		http_reply_json(request, 201, NULL);
		return;
	}
	operation->event = asked.event;
	operation->asked_ms = asked.is_asked ? now_ms : 0;
	operation->until_ms = operation->audit.at_ms + (uint64_t)asked.seconds * 1000;
	operation->awaited_s = asked.event == EVENT_NONE ? 0 : (uint32_t)asked.seconds;
	operation->job.item.judge = judge_announcement;
	text_time_ms(operation->until_ms, until);
	snprintf(operation->audit.detail, sizeof(operation->audit.detail),
		asked.event == EVENT_NONE ? "%s" : "%s until %s", event_name(asked.event), until);
	api_operation_submit(api, operation, 201,
		json_pack("{s:s, s:s, s:s, s:I}", "uuid", uuid, "event", event_name(asked.event),
			"until", until, "at_ms", (json_int_t)now_ms));
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
	struct operation *operation = api_operation_new(request, API_TRUST_ACTION, "");
	struct error err;
	size_t added = 0;
	int rc;

	if (!operation) {
		http_reply_json(request, 201, NULL);
		return;
	}
	rc = trust_add(api->trust, body.bytes, body.len, &added, &err);
	if (!rc)
		rc = api_print_trust(api->trust, added, &operation->audit, &err);
	if (rc) {
		refuse_ca(request, &err);
		api_operation_free(operation);
		return;
	}
	operation->job.item.judge = judge_trust;
	api_operation_submit(api, operation, 201, json_pack("{s:I}", "added", (json_int_t)added));
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/attestation.h"

#include <stdlib.h>
#include <time.h>

#include "core/log.h"
#include "core/report.h"

static const struct field claim_fields[] = {
	{.name = "event",
		.kind = FIELD_U16,
		.offset = offsetof(struct attestation_claim, event)},
	{.name = "ak_name",
		.kind = FIELD_HEX,
		.offset = offsetof(struct attestation_claim, ak_name),
		.size = EVIDENCE_NAME_MAX},
	{.name = "ek",
		.kind = FIELD_HEX,
		.offset = offsetof(struct attestation_claim, ek),
		.size = STORE_HASH_SIZE},
	{.name = "distrust",
		.kind = FIELD_TEXT,
		.is_optional = true,
		.offset = offsetof(struct attestation_claim, distrust),
		.size = sizeof(((struct attestation_claim *)0)->distrust)},
};
static const struct record claim_record = {.struct_size = sizeof(struct attestation_claim),
	.field_count = sizeof(claim_fields) / sizeof(claim_fields[0]),
	.fields = claim_fields};

int attestation_write_claim(
	const struct attestation_claim *claim, struct buf *ret_bytes, struct error *err)
{
	json_t *json = record_write(&claim_record, claim);

	if (json)
		record_print(ret_bytes, json, false);
	json_decref(json);
	if (!json || ret_bytes->failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a challenge");
	return 0;
}

int attestation_read_claim(
	const struct crypto_bytes *bytes, struct attestation_claim *ret_claim, struct error *err)
{
	struct attestation_claim claim = {0};
	json_t *json = NULL;
	int rc = record_parse(bytes->bytes, bytes->len, STORE_CONTEXT_MAX, &json, err);

	if (!rc)
		rc = record_read(&claim_record, json, &claim, err);
	json_decref(json);
	if (!rc && claim.event >= EVENT_COUNT)
		rc = error_set(err, ERROR_MALFORMED, "event: no such event");
	if (rc)
		return error_wrap(err, "a challenge's context");
	*ret_claim = claim;
	return 0;
}

uint64_t attestation_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void attestation_reply_error(struct http_request *request, const struct error *err)
{
	switch (err->code) {
	case ERROR_MALFORMED:
		http_reply_problem(request, 400, "malformed", 0, err->message);
		break;
	case ERROR_UNSUPPORTED:
		http_reply_problem(request, 400, "unsupported-version", 0, err->message);
		break;
	case ERROR_TOO_LARGE:
		http_reply_problem(request, 400, "malformed", 0, err->message);
		break;
	default:
		log_write(LOG_LEVEL_ERROR, "%s", err->message);
		http_reply_problem(request, 503, "store-unavailable", 5,
			"the collector cannot store reports at the moment");
	}
}

static const struct http_route routes[] = {
	{.method = "POST",
		.path = "/v1/challenges",
		.role = HTTP_ROLE_AGENT,
		.body_max = REPORT_CHALLENGE_BYTES_MAX,
		.content_type = "application/json",
		.handle = challenge_answer},
	{.method = "POST",
		.path = "/v1/reports",
		.role = HTTP_ROLE_AGENT,
		.body_max = REPORT_BYTES_MAX,
		.content_type = "application/json",
		.handle = report_answer},
	{0},
};

int attestation_start(
	const struct service *service, struct http_module *ret_module, struct error *err)
{
	struct attestation *attestation = calloc(1, sizeof(*attestation));

	if (!attestation)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the service");
	attestation->store = service->store;
	attestation->writer = service->writer;
	*ret_module = (struct http_module){.routes = routes, .context = attestation};
	return 0;
}

void attestation_stop(void *context)
{
	free(context);
}

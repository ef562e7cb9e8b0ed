/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/status/status.h"

#include <jansson.h>

#include "agent/status/outcome.h"
#include "console/page.h"
#include "core/evidence/properties.h"
#include "core/json/text.h"

static int put(json_t *object, const char *name, json_t *value)
{
	return json_object_set_new(object, name, value);
}

static int put_verdict(json_t *json, const struct service_word *service)
{
	const struct reason *reason = &service->verdict.reasons[0];
	const char *remedy = reason_remedy(reason->code);
	int failed = 0;

	failed |=
		put(json, "ear.status", json_string(verdict_status_name(service->verdict.status)));
	failed |=
		put(json, "continuity", json_string(continuity_name(service->verdict.continuity)));
	failed |= put(json, "reason", json_string(reason_name(reason->code)));
	failed |= put(json, "sentence", json_text_string(reason->sentence));
	if (*remedy)
		failed |= put(json, "remedy", json_string(remedy));
	return failed | put(json, "iat", json_integer((json_int_t)service->iat));
}

static json_t *write_service(const struct service_word *service, uint64_t now)
{
	const enum service_pace pace = service_word_pace(service, now);
	json_t *json = json_object();
	int failed = !json;

	failed |= put(json, "counts", json_boolean(!service->is_of_other_vm));
	failed |= put(json, "overdue", json_boolean(pace == SERVICE_OVERDUE));
	if (service->has_verdict)
		failed |= put_verdict(json, service);
	if (service->said.next)
		failed |= put(json, "next", json_integer((json_int_t)service->said.next));
	if (service->said.ended)
		failed |= put(json, "ended", json_integer((json_int_t)service->said.ended));
	if (*service->said.fault)
		failed |= put(json, "fault", json_text_string(service->said.fault));
	if (!failed)
		return json;
	json_decref(json);
	return NULL;
}

json_t *status_json(const struct evidence *evidence, const struct checks *checks,
	const struct service_word *service)
{
	struct properties properties;
	struct status_outcome outcome;
	int failed = 0;
	json_t *json;

	status_decide(evidence, checks, service, &outcome);
	properties_decode(evidence, &properties);
	json = json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:o, s:o, s:o}", "format", "vtpm-status",
		"version", "1.1", "status", verdict_status_name(outcome.status), "verdict",
		page_verdict(outcome.status), "exit_code", (int)verdict_exit_code(outcome.status),
		"health", verdict_status_name(outcome.health), "checks", checks_to_json(checks),
		"tpm", properties_to_json(&properties), "evidence", evidence_to_json(evidence));
	if (!json)
		return NULL;
	failed |= put(json, "sentence", json_text_string(outcome.sentence));
	if (outcome.reason)
		failed |= put(json, "reason", json_text_string(outcome.reason));
	if (service && service->has_verdict && !service->is_of_other_vm)
		failed |= put(json, "continuity",
			json_string(continuity_name(service->verdict.continuity)));
	if (service)
		failed |= put(json, "service", write_service(service, evidence->iat));
	if (!failed)
		return json;
	json_decref(json);
	return NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/status/status.h"

#include <jansson.h>

#include "console/page.h"
#include "core/evidence/properties.h"

json_t *status_json(const struct evidence *evidence, const struct checks *checks)
{
	enum verdict_status status = checks_status(checks);
	const struct check *decisive = checks_decisive(checks);
	struct properties properties;
	json_t *json;

	properties_decode(evidence, &properties);
	json = json_pack("{s:s, s:s, s:s, s:s, s:i, s:o, s:o, s:o}", "format", "vtpm-status",
		"version", "1.0", "status", verdict_status_name(status), "verdict",
		page_verdict(status), "exit_code", (int)verdict_exit_code(status), "checks",
		checks_to_json(checks), "tpm", properties_to_json(&properties), "evidence",
		evidence_to_json(evidence));
	if (json && decisive && json_object_set_new(json, "reason", json_string(decisive->id))) {
		json_decref(json);
		json = NULL;
	}
	return json;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>

#include "agent/status/boot.h"

json_t *status_boot_json(
	const struct evidence *evidence, const struct checks *checks, json_t *events)
{
	json_t *document = evidence_to_json(evidence);
	enum verdict_status status = checks->count ? checks_status(checks) : VERDICT_AFFIRMING;
	json_t *json = NULL;

	if (document)
		json = json_pack("{s:s, s:s, s:i, s:o, s:O, s:o*}", "format", "vtpm-boot",
			"version", "1.0", "exit_code", (int)verdict_exit_code(status), "checks",
			checks_to_json(checks), "boot", json_object_get(document, "boot"), "events",
			events);
	else
		json_decref(events);
	json_decref(document);
	return json;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>

#include "agent/status/boot.h"

enum verdict_status status_boot_status(const struct evidence *evidence, const struct checks *checks)
{
	enum verdict_status status = checks->count ? checks_status(checks) : VERDICT_AFFIRMING;

	if (status == VERDICT_AFFIRMING && evidence->boot.facts.secure_boot == BOOT_SECURE_UNKNOWN)
		return VERDICT_NONE;
	return status;
}

json_t *status_boot_json(
	const struct evidence *evidence, const struct checks *checks, json_t *events)
{
	json_t *document = evidence_to_json(evidence);
	enum verdict_status status = status_boot_status(evidence, checks);
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

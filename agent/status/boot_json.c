/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>

#include "agent/status/boot.h"
#include "core/measured/boot_words.h"

enum verdict_status status_boot_status(const struct evidence *evidence, const struct checks *checks)
{
	enum verdict_status status = checks->count ? checks_status(checks) : VERDICT_AFFIRMING;

	if (status == VERDICT_AFFIRMING && evidence->boot.facts.secure_boot == BOOT_SECURE_UNKNOWN)
		return VERDICT_NONE;
	return status;
}

/* As the machine names it; NULL where it does not. */
static json_t *firmware_json(const struct evidence_smbios *smbios)
{
	if (!smbios->firmware_vendor[0] && !smbios->firmware_version[0])
		return NULL;
	return json_pack("{s:o, s:o}", "vendor", json_text_string(smbios->firmware_vendor),
		"version", json_text_string(smbios->firmware_version));
}

json_t *status_boot_json(
	const struct evidence *evidence, const struct checks *checks, json_t *events)
{
	json_t *document = evidence_to_json(evidence);
	enum verdict_status status = status_boot_status(evidence, checks);
	json_t *json = NULL;

	if (document)
		json = json_pack("{s:s, s:s, s:i, s:s, s:s, s:o, s:O, s:o*, s:o*}", "format",
			"vtpm-boot", "version", "1.2", "exit_code", (int)verdict_exit_code(status),
			"status", verdict_status_name(status), "sentence",
			boot_secure_sentence(evidence->boot.facts.secure_boot), "checks",
			checks_to_json(checks), "boot", json_object_get(document, "boot"),
			"firmware", firmware_json(&evidence->smbios), "events", events);
	else
		json_decref(events);
	json_decref(document);
	return json;
}

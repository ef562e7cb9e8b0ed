/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>

#include "agent/status/unlock.h"
#include "core/disk/outlook.h"
#include "core/json/text.h"
#include "core/verdict/json.h"

enum verdict_status status_unlock(const struct evidence *evidence, bool is_before_reboot)
{
	struct disk_outlook outlook;

	disk_outlook(&evidence->unlock.facts, &outlook);
	return disk_outlook_status(&outlook, is_before_reboot);
}

/* What stays out of the evidence: where the volume is on this machine; and what it comes to. */
static int complete(json_t *volumes, const struct unlock_facts *facts)
{
	int failed = 0;

	for (size_t i = 0; !failed && i < facts->volumes.count; i++) {
		const struct unlock_volume *volume = &facts->volumes.items[i];
		json_t *to = json_array_get(volumes, i);

		failed = json_object_set_new(to, "device", json_text_string(volume->device));
		if (!failed)
			failed = json_object_set_new(to, "result",
				json_string(unlock_result_name(unlock_volume_result(volume))));
	}
	return failed;
}

json_t *status_unlock_json(const struct evidence *evidence, const struct boot_difference *changes,
	bool is_before_reboot)
{
	json_t *document = evidence_to_json(evidence);
	json_t *volumes = json_object_get(json_object_get(document, "unlock"), "volumes");
	enum verdict_status status = status_unlock(evidence, is_before_reboot);
	json_t *json = NULL;

	if (volumes && !complete(volumes, &evidence->unlock.facts))
		json = json_pack("{s:s, s:s, s:i, s:b, s:i, s:O, s:o*}", "format", "vtpm-unlock",
			"version", "1.0", "exit_code", (int)verdict_exit_code(status),
			"before_reboot", is_before_reboot, "left_out",
			(int)evidence->unlock.facts.left_out, "volumes", volumes, "boot_changes",
			changes ? verdict_changes_to_json(changes) : NULL);
	json_decref(document);
	return json;
}

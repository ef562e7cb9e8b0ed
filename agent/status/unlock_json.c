/* SPDX-License-Identifier: BSD-2-Clause */
#include <jansson.h>
#include <stdlib.h>

#include "agent/status/unlock.h"
#include "core/disk/outlook.h"
#include "core/disk/words.h"
#include "core/json/text.h"
#include "core/verdict/json.h"

enum verdict_status status_unlock(const struct evidence *evidence, bool is_before_reboot)
{
	struct disk_outlook outlook;

	disk_outlook(&evidence->unlock.facts, &outlook);
	return disk_outlook_status(&outlook, is_before_reboot);
}

static json_t *status_json(enum unlock_result result, bool is_before_reboot)
{
	return json_string(verdict_status_name(disk_volume_status(result, is_before_reboot)));
}

/* The page's words of each slot. */
static int complete_slots(json_t *slots, const struct unlock_volume *volume, bool is_before_reboot)
{
	int failed = 0;

	for (size_t i = 0; !failed && i < volume->slots.count; i++) {
		const struct unlock_slot *slot = &volume->slots.items[i];
		json_t *to = json_array_get(slots, i);
		char sentence[DISK_SENTENCE_MAX];

		disk_describe_slot(slot, sentence, sizeof(sentence));
		failed = json_object_set_new(to, "sentence", json_text_string(sentence)) ||
			 json_object_set_new(
				 to, "status", status_json(slot->result, is_before_reboot));
	}
	return failed;
}

/* What a volume comes to, and what to do about it. */
static int complete_words(json_t *to, const struct unlock_volume *volume, bool is_before_reboot)
{
	const enum unlock_result result = unlock_volume_result(volume);
	char remedy[DISK_REMEDY_MAX];

	disk_remedy(volume, volume->device, remedy, sizeof(remedy));
	return json_object_set_new(to, "sentence", json_string(disk_result_sentence(result))) ||
	       json_object_set_new(to, "status", status_json(result, is_before_reboot)) ||
	       json_object_set_new(to, "remedy", json_text_string(remedy)) ||
	       complete_slots(json_object_get(to, "slots"), volume, is_before_reboot);
}

/* What stays out of the evidence: where the volume is on this machine; and what it comes to. */
static int complete(json_t *volumes, const struct unlock_facts *facts, bool is_before_reboot)
{
	int failed = 0;

	for (size_t i = 0; !failed && i < facts->volumes.count; i++) {
		const struct unlock_volume *volume = &facts->volumes.items[i];
		json_t *to = json_array_get(volumes, i);

		failed = json_object_set_new(to, "device", json_text_string(volume->device));
		if (!failed)
			failed = json_object_set_new(to, "result",
				json_string(unlock_result_name(unlock_volume_result(volume))));
		if (!failed)
			failed = complete_words(to, volume, is_before_reboot);
	}
	return failed;
}

json_t *status_unlock_json(const struct evidence *evidence, const struct boot_difference *changes,
	bool is_before_reboot)
{
	json_t *document = evidence_to_json(evidence);
	json_t *volumes = json_object_get(json_object_get(document, "unlock"), "volumes");
	enum verdict_status status = status_unlock(evidence, is_before_reboot);
	struct page *page = calloc(1, sizeof(*page));
	json_t *json = NULL;

	if (page)
		status_unlock_page(evidence, changes, is_before_reboot, page);
	if (page && volumes && !complete(volumes, &evidence->unlock.facts, is_before_reboot))
		json = json_pack("{s:s, s:s, s:i, s:s, s:s, s:b, s:i, s:O, s:o*}", "format",
			"vtpm-unlock", "version", "1.1", "exit_code",
			(int)verdict_exit_code(status), "status", verdict_status_name(status),
			"sentence", page->headline, "before_reboot", is_before_reboot, "left_out",
			(int)evidence->unlock.facts.left_out, "volumes", volumes, "boot_changes",
			changes ? verdict_changes_to_json(changes) : NULL);
	free(page);
	json_decref(document);
	return json;
}

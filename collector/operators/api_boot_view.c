/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/operators/api_boot_view.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "core/checks/checks.h"
#include "core/disk/bitlocker.h"
#include "core/disk/outlook.h"
#include "core/disk/words.h"
#include "core/json/text.h"
#include "core/measured/boot_words.h"
#include "core/verdict/boot.h"
#include "core/verdict/json.h"

static json_t *digest_json(const struct boot_digest *digest)
{
	char hex[2 * TCG_DIGEST_MAX + 1];

	text_hex(digest->data, digest->len, hex, sizeof(hex));
	return digest->len ? json_string(hex) : json_null();
}

static json_t *name_json(const char *subject)
{
	char name[BOOT_SUBJECT_MAX];

	boot_common_name(name, sizeof(name), subject);
	return json_text_string(name);
}

static json_t *lists_json(const struct boot_facts *facts)
{
	json_t *array = json_array();

	for (size_t i = 0; i < facts->variables.count; i++) {
		const struct boot_variable *variable = &facts->variables.items[i];

		json_array_append_new(array,
			json_pack("{s:o, s:I, s:I}", "name", json_text_string(variable->name),
				"certificates", (json_int_t)variable->certificates, "hashes",
				(json_int_t)variable->hashes));
	}
	return array;
}

static json_t *certificates_json(const struct boot_facts *facts)
{
	json_t *array = json_array();

	for (size_t i = 0; i < facts->certificates.count; i++) {
		const struct boot_certificate *certificate = &facts->certificates.items[i];

		json_array_append_new(
			array, json_pack("{s:o, s:o, s:o, s:o}", "variable",
				       json_text_string(certificate->variable), "name",
				       name_json(certificate->subject), "not_after",
				       json_text_string(certificate->not_after), "sha256",
				       digest_json(&certificate->sha256)));
	}
	return array;
}

static json_t *authorities_json(const struct boot_facts *facts)
{
	json_t *array = json_array();

	for (size_t i = 0; i < facts->authorities.count; i++) {
		const struct boot_authority *authority = &facts->authorities.items[i];

		if (*authority->subject)
			json_array_append_new(
				array, json_pack("{s:o, s:o}", "variable",
					       json_text_string(authority->variable), "name",
					       name_json(authority->subject)));
	}
	return array;
}

/* In the order of a boot. */
static json_t *started_json(const struct boot_facts *facts)
{
	json_t *array = json_array();

	for (size_t i = 0; i < BOOT_STARTED_COUNT * facts->items.count; i++) {
		const struct boot_item *item = &facts->items.items[i % facts->items.count];
		const struct boot_started *kind = &boot_started[i / facts->items.count];

		if (item->what != kind->what)
			continue;
		json_array_append_new(array,
			json_pack("{s:s, s:o, s:i, s:o}", "title", kind->title, "name",
				json_text_string(*item->name ? item->name : kind->unnamed), "pcr",
				(int)item->pcr, "digest", digest_json(&item->digest)));
	}
	return array;
}

static json_t *boot_checks_json(const struct evidence *evidence)
{
	struct checks checks;

	checks_run(evidence, &(struct checks_options){0}, &checks);
	checks_keep_boot(&checks);
	return checks_to_json(&checks);
}

json_t *api_boot_json(const struct evidence *evidence)
{
	static const char *const words[] = {
#define WORD(id, word) word,
		BOOT_SECURE_WORDS(WORD)
#undef WORD
	};
	const struct boot_facts *facts = &evidence->boot.facts;

	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I}",
		"secure_boot", words[facts->secure_boot], "sentence",
		boot_secure_sentence(facts->secure_boot), "firmware",
		json_text_string(facts->firmware), "firmware_vendor",
		json_text_string(evidence->smbios.firmware_vendor), "firmware_version",
		json_text_string(evidence->smbios.firmware_version), "lists", lists_json(facts),
		"certificates", certificates_json(facts), "authorities", authorities_json(facts),
		"started", started_json(facts), "checks", boot_checks_json(evidence), "unproven",
		(json_int_t)facts->unproven, "left_out", (json_int_t)facts->left_out);
}

static const char *status_name(enum unlock_result result)
{
	return verdict_status_name(disk_volume_status(result, false));
}

static json_t *slots_json(const struct unlock_volume *volume)
{
	json_t *array = json_array();

	for (size_t i = 0; i < volume->slots.count; i++) {
		const struct unlock_slot *slot = &volume->slots.items[i];
		char sentence[DISK_SENTENCE_MAX];

		disk_describe_slot(slot, sentence, sizeof(sentence));
		json_array_append_new(array,
			json_pack("{s:i, s:s, s:s, s:o}", "token", (int)slot->token, "result",
				unlock_result_name(slot->result), "status",
				status_name(slot->result), "sentence", json_text_string(sentence)));
	}
	return array;
}

static json_t *volume_json(const struct unlock_volume *volume)
{
	const enum unlock_result result = unlock_volume_result(volume);
	const bool is_bitlocker =
		volume->slots.count && bitlocker_is_type(volume->slots.items[0].type);
	char device[32 + UNLOCK_UUID_SIZE] = "DEVICE", remedy[DISK_REMEDY_MAX],
			 uuid[TEXT_UUID_SIZE];

	/* The remedy is a command for root's shell: nothing but a UUID gets into it. */
	if (text_uuid(volume->uuid, uuid))
		snprintf(device, sizeof(device),
			is_bitlocker ? "\\\\?\\Volume{%s}\\" : "/dev/disk/by-uuid/%s", uuid);
	disk_remedy(volume, device, remedy, sizeof(remedy));
	return json_pack("{s:o, s:o, s:s, s:s, s:s, s:s, s:o}", "uuid",
		json_text_string(volume->uuid), "name", json_text_string(volume->name), "result",
		unlock_result_name(result), "status", status_name(result), "sentence",
		disk_result_sentence(result), "remedy", remedy, "slots", slots_json(volume));
}

json_t *api_disks_json(const struct evidence *evidence)
{
	const struct unlock_facts *facts = &evidence->unlock.facts;
	json_t *array = json_array();

	for (size_t i = 0; i < facts->volumes.count; i++)
		json_array_append_new(array, volume_json(&facts->volumes.items[i]));
	return json_pack("{s:o, s:I}", "volumes", array, "left_out", (json_int_t)facts->left_out);
}

json_t *api_boot_changes_json(const struct evidence *then, const struct evidence *now)
{
	struct boot_difference difference;

	boot_changes_find(then, now, &difference);
	return json_pack("{s:o, s:I}", "changes", verdict_changes_to_json(&difference), "left_out",
		(json_int_t)difference.left_out);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/collect/volumes.h"

#include <stdio.h>
#include <string.h>

#include "agent/collect/slots.h"

struct finding {
	struct collect_run *run;
	struct unlock_volume *volume;
};

static int add_token(const struct disk_token *token, void *context, struct error *err)
{
	const struct finding *finding = context;

	(void)err;
	collect_add_slot(finding->run, finding->volume, token);
	return 0;
}

/* The halves of a mirror show the same header. An older copy of a disk has its UUID, and another
 * header. */
static bool is_known(const struct collect_run *run, const struct luks2 *luks2)
{
	const struct unlock_facts *facts = &run->evidence->unlock.facts;

	for (size_t i = 0; i < facts->volumes.count; i++) {
		bool has_uuid = strcmp(facts->volumes.items[i].uuid, luks2->uuid) == 0;
		const uint8_t *checksum = run->disks->checksums[i];

		if (has_uuid && memcmp(checksum, luks2->checksum, LUKS2_CHECKSUM_SIZE) == 0)
			return true;
	}
	return false;
}

/* A volume whose header cannot be understood is one all the same: it has a slot that says so. */
static void add_unreadable(struct unlock_volume *volume, const struct error *why)
{
	struct unlock_slot *slot = &volume->slots.items[volume->slots.count++];

	slot->result = UNLOCK_UNREADABLE;
	snprintf(slot->detail, sizeof(slot->detail), "%.159s", why->message);
}

static int add_tokens(struct collect_run *run, const struct luks2 *luks2,
	struct unlock_volume *volume, struct error *err)
{
	size_t number = (size_t)(volume - run->evidence->unlock.facts.volumes.items);
	struct finding finding = {run, volume};

	memcpy(run->disks->checksums[number], luks2->checksum, LUKS2_CHECKSUM_SIZE);
	memcpy(volume->uuid, luks2->uuid, sizeof(volume->uuid));
	return disk_tokens_read(luks2->json, luks2->json_len, add_token, &finding, err);
}

static int add_luks2(struct collect_run *run, const struct platform_volume *from, struct error *err)
{
	struct unlock_volume *volume;
	struct luks2 luks2;
	struct error why;
	int rc = luks2_read(from->header, from->len, &luks2, &why);

	if (!rc && is_known(run, &luks2))
		return 0;
	volume = collect_new_volume(run, from->device);
	if (!volume)
		return 0;
	if (!rc)
		rc = add_tokens(run, &luks2, volume, &why);
	if (rc == -ERROR_NO_MEMORY)
		return error_copy(err, &why);
	if (rc && volume->slots.count < UNLOCK_SLOTS_MAX)
		add_unreadable(volume, &why);
	return 0;
}

/* Here no TPM is asked: there is nothing that it could load. */
static void add_bitlocker(struct collect_run *run, const struct platform_volume *from)
{
	struct unlock_volume *volume = collect_new_volume(run, from->device);

	if (volume)
		run->evidence->unlock.facts.left_out += bitlocker_judge(from->bitlocker, volume);
}

int collect_add_volume(const struct platform_volume *volume, void *context, struct error *err)
{
	struct collect_run *run = context;

	if (!volume->bitlocker && volume->len)
		return add_luks2(run, volume, err);
	if (volume->bitlocker)
		add_bitlocker(run, volume);
	else
		run->evidence->unlock.facts.left_out++;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/collect_disks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/disk/judge.h"
#include "core/disk/luks2.h"
#include "core/disk/signer.h"
#include "core/evidence/properties.h"
#include "core/measured/initrd_pcrs.h"
#include "platform/guest.h"
#include "platform/system.h"

/* One slot of a volume while it is being found out about. */
struct collect_slot {
	struct unlock_slot *slot; /* where its result goes */
	struct disk_token token;
	struct disk_outcome outcome;
};

struct collect_disks {
	size_t count;
	struct collect_slot slots[UNLOCK_VOLUMES_MAX * UNLOCK_SLOTS_MAX];
	uint8_t checksums[UNLOCK_VOLUMES_MAX][LUKS2_CHECKSUM_SIZE]; /* of the volumes' headers */
};

struct finding {
	struct collect_run *run;
	struct unlock_volume *volume;
};

static int add_token(const struct disk_token *token, void *context, struct error *err)
{
	const struct finding *finding = context;
	struct unlock_volume *volume = finding->volume;
	struct collect_disks *disks = finding->run->disks;
	struct collect_slot *to;

	(void)err;
	/* What needs no TPM must not take the last room of what does. */
	if (volume->slots.count + !token->is_sealed >= UNLOCK_SLOTS_MAX) {
		finding->run->evidence->unlock.facts.left_out += token->is_sealed;
		return 0;
	}
	to = &disks->slots[disks->count++];
	to->slot = &volume->slots.items[volume->slots.count++];
	to->token = *token;
	error_set(&to->outcome.error, ERROR_NOT_FOUND, "the TPM could not be asked");
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

static int add_volume(
	const char *device, const uint8_t *header, size_t len, void *context, struct error *err)
{
	struct collect_run *run = context;
	struct unlock_facts *facts = &run->evidence->unlock.facts;
	struct unlock_volume *volume = &facts->volumes.items[facts->volumes.count];
	struct finding finding = {run, volume};
	struct luks2 luks2;
	struct error why;
	int rc;

	if (!len || facts->volumes.count == UNLOCK_VOLUMES_MAX) {
		facts->left_out++;
		return 0;
	}
	snprintf(volume->device, sizeof(volume->device), "%s", device);
	rc = luks2_read(header, len, &luks2, &why);
	if (!rc && is_known(run, &luks2))
		return 0;
	if (!rc)
		memcpy(run->disks->checksums[facts->volumes.count], luks2.checksum,
			LUKS2_CHECKSUM_SIZE);
	facts->volumes.count++;
	if (!rc) {
		memcpy(volume->uuid, luks2.uuid, sizeof(volume->uuid));
		rc = disk_tokens_read(luks2.json, luks2.json_len, add_token, &finding, &why);
	}
	if (rc == -ERROR_NO_MEMORY)
		return error_copy(err, &why);
	if (rc && volume->slots.count < UNLOCK_SLOTS_MAX)
		add_unreadable(volume, &why);
	return 0;
}

void collect_find_disks(struct collect_run *run, uint64_t deadline_us)
{
	struct record_part *part = &run->evidence->unlock.part;
	const char *only = run->options->volume;
	struct error err;
	int rc;

	/* A TPM from elsewhere is not what this machine's disks are sealed to. */
	if (!only && strcmp(run->evidence->device.transport, "tcti") == 0)
		return;
	run->disks = calloc(1, sizeof(*run->disks));
	if (!run->disks) {
		error_set(&err, ERROR_NO_MEMORY, "no memory for the disks");
		collect_settle(part, -1, &err);
		return;
	}
	rc = only ? platform_volume_read(only, deadline_us, add_volume, run, &err)
		  : platform_volumes_read(deadline_us, add_volume, run, &err);
	if (rc != -ERROR_UNSUPPORTED || only)
		collect_settle(part, rc, &err);
}

static bool is_to_be_asked(const struct collect_slot *slot)
{
	return slot->token.is_read && slot->outcome.load == DISK_LOAD_FAILED;
}

/* To load under a key that the lockout protects makes the TPM count one failed try, if the machine
 * then crashes: TPM 2.0 Library, part 1, 19.8.6. Nobody who only looks may cause that. */
static bool is_left_alone(const struct collect_run *run, struct collect_slot *slot)
{
	if (run->options->asks_protected || slot->token.sealed.parent.kind == SEALED_UNDER_HANDLE)
		return false;
	error_set(&slot->outcome.error, ERROR_UNSUPPORTED,
		"its key counts towards the lockout if the machine crashes: vtpm-agent unlock "
		"asks");
	return true;
}

static bool is_sibling(const struct collect_slot *slot, const struct sealed_parent *parent)
{
	const struct sealed_parent *own = &slot->token.sealed.parent;

	return is_to_be_asked(slot) && own->kind == parent->kind &&
	       own->name_alg == parent->name_alg && own->handle == parent->handle &&
	       own->is_rsa == parent->is_rsa;
}

/* All that are sealed under this one's parent, while that is loaded. */
static void ask_siblings(struct collect_run *run, size_t first)
{
	struct collect_disks *disks = run->disks;
	const struct sealed_parent parent = disks->slots[first].token.sealed.parent;
	uint32_t handle = 0;
	struct error err;
	bool is_gone = false;
	int rc = tpm_load_parent(run->tpm, &parent, &handle, &is_gone, &err);

	for (size_t i = first; i < disks->count; i++) {
		struct collect_slot *slot = &disks->slots[i];

		if (!is_sibling(slot, &parent))
			continue;
		if (rc)
			slot->outcome = (struct disk_outcome){
				rc == -ERROR_TPM_LOCKOUT ? DISK_LOAD_LOCKOUT : DISK_LOAD_FAILED,
				err};
		else
			tpm_try_sealed(run->tpm, handle, &slot->token.sealed, &slot->outcome);
		/* systemd-tpm2-setup makes it again, where the initrd has that. */
		if (is_gone && slot->outcome.load == DISK_LOADED)
			slot->outcome.load = DISK_LOADED_BUT_GONE;
	}
	if (!rc)
		tpm_unload_parent(run->tpm, handle);
}

int collect_ask_disks(struct collect_run *run, struct error *err)
{
	struct collect_disks *disks = run->disks;

	for (size_t i = 0; disks && i < disks->count && !tpm_is_dead(run->tpm, err); i++) {
		struct collect_slot *slot = &disks->slots[i];

		if (is_to_be_asked(slot) && !is_left_alone(run, slot))
			ask_siblings(run, i);
	}
	return COLLECT_NOTHING_THERE; /* the part was read from the disks */
}

static bool is_locked_out(const struct evidence *evidence)
{
	uint32_t permanent;

	return evidence_property(evidence, TCG_PT_PERMANENT, &permanent) &&
	       permanent & TCG_PERMANENT_IN_LOCKOUT;
}

/* Of a TPM whose event log is at hand. Without one, the PCRs are taken as they are now. */
static void find_initrd(
	const struct collect_run *run, struct tcg_pcr_bank *banks, struct disk_moments *moments)
{
	const struct evidence_pcrs *pcrs = &run->evidence->pcrs;
	const struct initrd_logs logs = {&run->firmware, &run->initrd, &run->whole};
	struct error err;

	if (pcrs->part.state != PART_READ)
		return;
	moments->now = (struct disk_pcrs){pcrs->bank_count, pcrs->banks};
	if (!run->has_log || strcmp(run->evidence->device.transport, "tcti") == 0)
		return;
	if (!initrd_pcrs_find(pcrs->banks, pcrs->bank_count, &logs, banks, &err))
		moments->initrd = (struct disk_pcrs){pcrs->bank_count, banks};
}

/* Where systemd-cryptsetup looks, in its order. A file that cannot be read is none. */
static void read_signatures(struct buf *text, struct disk_moments *moments)
{
	static const char *const paths[] = {"/etc/systemd/tpm2-pcr-signature.json",
		"/run/systemd/tpm2-pcr-signature.json", "/usr/lib/systemd/tpm2-pcr-signature.json"};
	struct error ignored;

	for (size_t i = 0; !text->len && i < sizeof(paths) / sizeof(paths[0]); i++)
		platform_file_read(paths[i], SIGNATURES_MAX, text, &ignored);
	if (text->failed || !text->len)
		return;
	moments->signatures = (const char *)text->data;
	moments->signatures_len = text->len;
}

void collect_judge_disks(struct collect_run *run)
{
	struct disk_moments moments = {.is_locked_out = is_locked_out(run->evidence)};
	struct tcg_pcr_bank initrd[EVIDENCE_BANKS_MAX];
	BUF_SCOPED signatures = {0};

	find_initrd(run, initrd, &moments);
	read_signatures(&signatures, &moments);
	for (size_t i = 0; run->disks && i < run->disks->count; i++) {
		struct collect_slot *slot = &run->disks->slots[i];

		disk_judge(&slot->token, &slot->outcome, &moments, slot->slot);
	}
	free(run->disks);
	run->disks = NULL;
}

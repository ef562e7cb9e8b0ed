/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/collect_disks.h"
#include "agent/collect_sealed.h"
#include "agent/collect_slots.h"
#include "agent/collect_volumes.h"

#include <stdlib.h>
#include <string.h>

#include "core/disk/judge.h"
#include "core/disk/signer.h"
#include "core/evidence/properties.h"
#include "core/measured/initrd_pcrs.h"
#include "platform/guest.h"
#include "platform/system.h"

/* What is named comes first, since the room is bounded; what only lies there last. A TPM from
 * elsewhere is not what this machine's own is sealed to: then only the named is asked for. */
static int find_all(struct collect_run *run, uint64_t deadline_us, struct error *err)
{
	const char *only = run->options->volume;
	int rc, of_volumes = 0;

	if (only)
		return platform_volume_read(only, deadline_us, collect_add_volume, run, err);
	rc = collect_find_named(run, err);
	if (rc || strcmp(run->evidence->device.transport, "tcti") == 0)
		return rc;
	of_volumes = platform_volumes_read(deadline_us, collect_add_volume, run, err);
	if (of_volumes && of_volumes != -ERROR_UNSUPPORTED)
		return of_volumes;
	rc = collect_find_credentials(run, err);
	return rc || run->evidence->unlock.facts.volumes.count ? rc : of_volumes;
}

void collect_find_disks(struct collect_run *run, uint64_t deadline_us)
{
	const struct collect_options *options = run->options;
	bool has_tcti = strcmp(run->evidence->device.transport, "tcti") == 0;
	struct record_part *part = &run->evidence->unlock.part;
	struct error err;
	int rc;

	if (has_tcti && !options->volume && !options->sealed_count)
		return;
	run->disks = calloc(1, sizeof(*run->disks));
	if (!run->disks) {
		error_set(&err, ERROR_NO_MEMORY, "no memory for the disks");
		collect_settle(part, -1, &err);
		return;
	}
	rc = find_all(run, deadline_us, &err);
	if (rc != -ERROR_UNSUPPORTED || options->volume)
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

/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/collect/disks.h"
#include "agent/collect/sealed.h"
#include "agent/collect/slots.h"
#include "agent/collect/volumes.h"

#include <stdlib.h>
#include <string.h>

#include "core/disk/judge.h"
#include "core/disk/pcrlock.h"
#include "core/disk/signatures.h"
#include "core/evidence/properties.h"
#include "core/measured/initrd_pcrs.h"
#include "platform/guest.h"
#include "platform/system.h"

/* What is named comes first, since the room is bounded; what only lies there last. A TPM from
 * elsewhere is not what this machine's own is sealed to: then only the named is asked for. */
static int find_all(struct collect_run *run, uint64_t deadline_us, struct error *err)
{
	const struct collect_options *options = run->options;
	const char *volume = options->volumes;
	int rc = 0;

	for (size_t i = 0; !rc && i < options->volume_count; i++, volume += strlen(volume) + 1)
		rc = platform_volume_read(volume, deadline_us, collect_add_volume, run, err);
	if (!rc)
		rc = collect_find_named(run, err);
	if (rc || options->volume_count || strcmp(run->evidence->device.transport, "tcti") == 0)
		return rc;
	rc = platform_volumes_read(deadline_us, collect_add_volume, run, err);
	return rc ? rc : collect_find_credentials(run, err);
}

void collect_find_disks(struct collect_run *run, uint64_t deadline_us)
{
	const struct collect_options *options = run->options;
	bool has_tcti = strcmp(run->evidence->device.transport, "tcti") == 0;
	struct record_part *part = &run->evidence->unlock.part;
	struct error err;
	int rc;

	if (has_tcti && !options->volume_count && !options->sealed_count)
		return;
	run->disks = calloc(1, sizeof(*run->disks));
	if (!run->disks) {
		error_set(&err, ERROR_NO_MEMORY, "no memory for the disks");
		collect_settle(part, -1, &err);
		return;
	}
	rc = find_all(run, deadline_us, &err);
	collect_settle(part, rc, &err);
}

bool collect_has_unseen(const struct collect_run *run)
{
	const struct unlock_facts *facts = &run->evidence->unlock.facts;

	for (size_t i = 0; i < facts->volumes.count; i++) {
		if (unlock_volume_result(&facts->volumes.items[i]) == UNLOCK_UNSEEN)
			return true;
	}
	return false;
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
		"not asked, for a crash would count as a failed PIN; vtpm-agent unlock without "
		"--spare-lockout asks");
	return true;
}

static bool is_sibling(const struct collect_slot *slot, const struct sealed_parent *parent)
{
	const struct sealed_parent *own = &slot->token.sealed.parent;

	return is_to_be_asked(slot) && own->kind == parent->kind &&
	       own->name_alg == parent->name_alg && own->handle == parent->handle &&
	       own->is_rsa == parent->is_rsa;
}

static void ask_pcrlock(struct collect_run *run, struct collect_slot *slot)
{
	struct properties properties;

	properties_decode(run->evidence, &properties);
	tpm_try_pcrlock(
		run->tpm, &slot->token.sealed, properties.is_owner_auth_set, &slot->outcome);
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
			slot->outcome = (struct disk_outcome){.load = rc == -ERROR_TPM_LOCKOUT
									      ? DISK_LOAD_LOCKOUT
									      : DISK_LOAD_FAILED,
				.error = err};
		else
			tpm_try_sealed(run->tpm, handle, &slot->token.sealed, &slot->outcome);
		if (slot->outcome.load == DISK_LOADED && slot->token.sealed.pcrlock.name_len)
			ask_pcrlock(run, slot);
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

/* Where systemd looks, in its order: the first that is there. One that cannot be read is none. */
static void read_first(const char *const *paths, size_t max, struct buf *text)
{
	struct error ignored;

	for (; !text->len && *paths; paths++)
		platform_file_read(*paths, max, text, &ignored);
}

static void read_files(struct buf *signatures, struct buf *pcrlock, struct disk_moments *moments)
{
	static const char *const of_signatures[] = {"/etc/systemd/tpm2-pcr-signature.json",
		"/run/systemd/tpm2-pcr-signature.json", "/usr/lib/systemd/tpm2-pcr-signature.json",
		NULL};
	static const char *const of_pcrlock[] = {
		"/run/systemd/pcrlock.json", "/var/lib/systemd/pcrlock.json", NULL};

	read_first(of_signatures, SIGNATURES_MAX, signatures);
	read_first(of_pcrlock, PCRLOCK_MAX, pcrlock);
	if (!signatures->failed && signatures->len) {
		moments->signatures = (const char *)signatures->data;
		moments->signatures_len = signatures->len;
	}
	if (!pcrlock->failed && pcrlock->len) {
		moments->pcrlock = (const char *)pcrlock->data;
		moments->pcrlock_len = pcrlock->len;
	}
}

/* Why nobody asked the TPM for a slot. */
static void tell_why(struct collect_run *run)
{
	const struct record_part *session = &run->evidence->session.part;

	for (size_t i = 0; run->disks && i < run->disks->count; i++) {
		struct collect_slot *slot = &run->disks->slots[i];

		if (session->state == PART_FAILED && is_to_be_asked(slot))
			error_set(&slot->outcome.error, session->error.code,
				"the TPM cannot be "
				"asked: %s",
				session->error.message);
	}
}

void collect_judge_disks(struct collect_run *run)
{
	struct disk_moments moments = {.is_locked_out = is_locked_out(run->evidence)};
	struct tcg_pcr_bank initrd[EVIDENCE_BANKS_MAX];
	BUF_SCOPED signatures = {0};
	BUF_SCOPED pcrlock = {0};

	tell_why(run);
	find_initrd(run, initrd, &moments);
	read_files(&signatures, &pcrlock, &moments);
	for (size_t i = 0; run->disks && i < run->disks->count; i++) {
		struct collect_slot *slot = &run->disks->slots[i];

		disk_judge(&slot->token, &slot->outcome, &moments, slot->slot);
	}
	free(run->disks);
	run->disks = NULL;
}

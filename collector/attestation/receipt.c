/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/attestation/receipt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/metrics.h"
#include "core/log.h"
#include "platform/system.h"

static bool take_link(const struct store_appraisal *appraisal, void *context)
{
	*(struct store_link *)context = appraisal->link;
	return false;
}

/* Whether this store may have given the number. */
static bool was_given(struct store *store, uint64_t number)
{
	struct store_link event;
	struct error ignored;
	uint64_t last;

	return store_read_ends(store, &last, &event, &ignored) || number <= last;
}

/* Whether the report is the VM's newest, or was: one that retention deleted may be, and all of a VM
 * that waited for its acceptance and was forgotten. */
static bool is_here(struct store *store, const struct store_vm *vm, const struct store_link *report)
{
	struct store_link kept = {0};
	struct error ignored;

	if (!vm->head.id)
		return was_given(store, report->id);
	if (report->id > vm->head.id)
		return false;
	if (report->id == vm->head.id)
		return memcmp(report->hash, vm->head.hash, STORE_HASH_SIZE) == 0;
	if (store_read_appraisal(store, report->id, take_link, &kept, &ignored))
		return true;
	return memcmp(report->hash, kept.hash, STORE_HASH_SIZE) == 0;
}

/* An audit event on its way. */
struct noting {
	struct writer_job job;
	struct store_audit audit;
	atomic_bool *was_told;
};

static void judge(struct store_change *change, void *context)
{
	change->audit = &((struct noting *)context)->audit;
}

static void noted(struct writer_job *job, int rc, const struct error *err)
{
	if (rc) {
		log_write(LOG_LEVEL_WARNING, "behind its agents: %s", err->message);
		atomic_store(((struct noting *)job)->was_told, false);
	}
	free(job);
}

/* Who restarts the collector, or puts back another copy, does not have it forgotten. The VM may be
 * one that this copy does not know. Once since the start; where it fails, by the next receipt. */
static void note(struct attestation *attestation, const struct receipt *receipt)
{
	struct noting *noting;

	if (atomic_exchange(&attestation->was_behind_told, true))
		return;
	noting = calloc(1, sizeof(*noting));
	if (!noting) {
		atomic_store(&attestation->was_behind_told, false);
		return;
	}
	noting->was_told = &attestation->was_behind_told;
	noting->audit = (struct store_audit){
		.at_ms = platform_wall_clock_ms(), .action = "behind-agents", .actor = "collector"};
	snprintf(noting->audit.detail, sizeof(noting->audit.detail),
		"VM %s has a receipt of report %" PRIu64
		", which this database does not have: it is an older copy",
		receipt->uuid, receipt->report.id);
	noting->job.item.judge = judge;
	noting->job.item.context = noting;
	noting->job.done = noted;
	if (writer_submit(attestation->writer, &noting->job))
		return;
	atomic_store(&attestation->was_behind_told, false);
	free(noting);
}

/* A receipt of a report that is not here: this store is an older copy of what it was. */
static void check(
	struct attestation *attestation, const struct receipt *receipt, const struct store_vm *vm)
{
	uint64_t known = store_lost_number(attestation->store);

	if (is_here(attestation->store, vm, &receipt->report))
		return;
	metrics_count_lost();
	note(attestation, receipt);
	if (receipt->report.id <= known)
		return;
	store_note_lost(attestation->store, receipt->report.id);
	log_write(LOG_LEVEL_ERROR,
		"behind its agents: VM %s has a receipt of report %" PRIu64
		", which this database does not have: is it an older copy?",
		receipt->uuid, receipt->report.id);
}

/* One that this store's key does not open is another collector's. */
void receipt_take(struct attestation *attestation, const struct protocol_challenge *asked,
	const struct store_vm *vm, struct copies_receipt *ret_shown)
{
	const struct crypto_bytes sealed = {asked->receipt.data, asked->receipt.len};
	struct receipt receipt;
	struct error ignored;

	if (!sealed.len || seal_open_receipt(attestation->seal, &sealed, &receipt, &ignored))
		return;
	if (strcmp(receipt.uuid, asked->uuid) != 0)
		return;
	check(attestation, &receipt, vm);
	*ret_shown = (struct copies_receipt){receipt.root, receipt.report};
}

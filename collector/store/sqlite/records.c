/* SPDX-License-Identifier: BSD-2-Clause */
/* Records to a statement's parameters and back from its columns, in the order they have there. */
#include <string.h>

#include "collector/store/sqlite/private.h"
#include "collector/store/store_lines.h"

void sqlite_bind_vm(struct sqlite_run *run, const struct store_vm *vm)
{
	uint8_t lines[STORE_LINES_BYTES];

	sqlite_bind_text(run, vm->uuid);
	sqlite_bind_number(run, vm->revision);
	sqlite_bind_text(run, store_enrolment_name(vm->enrolment));
	sqlite_bind_bytes(run, vm->eks, vm->ek_count * STORE_HASH_SIZE);
	sqlite_bind_bytes(run, vm->ak_name.data, vm->ak_name.len);
	sqlite_bind_text(run, verdict_status_name(vm->status));
	sqlite_bind_text(run, continuity_name(vm->continuity));
	sqlite_bind_text(run, vm->reason);
	sqlite_bind_number(run, vm->received_ms);
	sqlite_bind_number(run, vm->reset_count);
	sqlite_bind_number(run, vm->restart_count);
	sqlite_bind_number(run, vm->clock_ms);
	sqlite_bind_text(run, event_name(vm->announced));
	sqlite_bind_number(run, vm->announced_until_ms);
	sqlite_bind_link(run, &vm->baseline);
	sqlite_bind_link(run, &vm->head);
	sqlite_bind_link(run, &vm->tail);
	sqlite_bind_text(run, vm->hostname);
	sqlite_bind_number(run, vm->is_safe);
	sqlite_bind_number(run, vm->asked_ms);
	sqlite_bind_number(run, vm->claimed_ms);
	sqlite_bind_copy(run, lines, store_lines_write(&vm->lines, lines));
	sqlite_bind_number(run, vm->seen_ms);
	sqlite_bind_number(run, vm->hour_ms);
	sqlite_bind_number(run, vm->hour_reports);
	sqlite_bind_number(run, vm->hour_bytes);
	sqlite_bind_bytes(run, vm->pending_ek, vm->has_pending_ek ? sizeof(vm->pending_ek) : 0);
	sqlite_bind_number(run, vm->pending_bytes);
	sqlite_bind_number(run, vm->check_ms);
	sqlite_bind_number(run, vm->disks_sealed);
	sqlite_bind_number(run, vm->disks_failing);
	sqlite_bind_number(run, vm->interval_s);
	sqlite_bind_number(run, vm->awaited_s);
	sqlite_bind_number(run, vm->silent_ms);
	sqlite_bind_bytes(run, vm->log, vm->has_log ? sizeof(vm->log) : 0);
	sqlite_bind_number(run, vm->keyframe);
	sqlite_bind_number(run, vm->keyframe_uses);
}

static int column_keys(struct sqlite_run *run, struct store_vm *vm, struct error *err)
{
	struct crypto_bytes eks = sqlite_column_bytes(run);
	struct crypto_bytes ak = sqlite_column_bytes(run);
	bool are_eks = eks.len <= sizeof(vm->eks) && eks.len % STORE_HASH_SIZE == 0;

	if (!are_eks || ak.len > sizeof(vm->ak_name.data))
		return error_set(
			err, ERROR_MALFORMED, "%s has a VM with wrong keys", run->connection->path);
	vm->ek_count = eks.len / STORE_HASH_SIZE;
	if (eks.len)
		memcpy(vm->eks, eks.bytes, eks.len);
	vm->ak_name.len = ak.len;
	if (ak.len)
		memcpy(vm->ak_name.data, ak.bytes, ak.len);
	return 0;
}

static int column_verdict(struct sqlite_run *run, struct store_vm *vm, struct error *err)
{
	int rc = store_status_parse(sqlite_column_word(run), &vm->status, err);

	if (!rc)
		rc = store_continuity_parse(sqlite_column_word(run), &vm->continuity, err);
	if (!rc)
		rc = sqlite_column_text(run, vm->reason, sizeof(vm->reason), err);
	return rc;
}

static int column_links(struct sqlite_run *run, struct store_vm *vm, struct error *err)
{
	int rc = sqlite_column_link(run, &vm->baseline, err);

	if (!rc)
		rc = sqlite_column_link(run, &vm->head, err);
	return rc ? rc : sqlite_column_link(run, &vm->tail, err);
}

static int column_lines(struct sqlite_run *run, struct store_vm *vm, struct error *err)
{
	const struct crypto_bytes lines = sqlite_column_bytes(run);
	int rc = store_lines_read(&lines, &vm->lines, err);

	return rc ? error_wrap(err, "%s", run->connection->path) : 0;
}

static int column_budget(struct sqlite_run *run, struct store_vm *vm, struct error *err)
{
	struct crypto_bytes ek;

	vm->seen_ms = sqlite_column_number(run);
	vm->hour_ms = sqlite_column_number(run);
	vm->hour_reports = sqlite_column_number(run);
	vm->hour_bytes = sqlite_column_number(run);
	ek = sqlite_column_bytes(run);
	if (ek.len && ek.len != sizeof(vm->pending_ek))
		return error_set(
			err, ERROR_MALFORMED, "%s has a VM with a wrong EK", run->connection->path);
	vm->has_pending_ek = ek.len != 0;
	if (ek.len)
		memcpy(vm->pending_ek, ek.bytes, ek.len);
	vm->pending_bytes = sqlite_column_number(run);
	return 0;
}

static int column_log(struct sqlite_run *run, struct store_vm *vm, struct error *err)
{
	const struct crypto_bytes log = sqlite_column_bytes(run);

	if (log.len && log.len != sizeof(vm->log))
		return error_set(err, ERROR_MALFORMED, "%s has a VM with a wrong event log",
			run->connection->path);
	vm->has_log = log.len != 0;
	if (log.len)
		memcpy(vm->log, log.bytes, log.len);
	return 0;
}

int sqlite_column_vm(
	struct sqlite_run *run, uint64_t *ret_row, struct store_vm *ret_vm, struct error *err)
{
	struct store_vm vm = {0};
	uint64_t row = sqlite_column_number(run);
	int rc = sqlite_column_text(run, vm.uuid, sizeof(vm.uuid), err);

	if (rc)
		return rc;
	vm.revision = sqlite_column_number(run);
	rc = store_enrolment_parse(sqlite_column_word(run), &vm.enrolment, err);
	if (!rc)
		rc = column_keys(run, &vm, err);
	if (!rc)
		rc = column_verdict(run, &vm, err);
	if (rc)
		return rc;
	vm.received_ms = sqlite_column_number(run);
	vm.reset_count = (uint32_t)sqlite_column_number(run);
	vm.restart_count = (uint32_t)sqlite_column_number(run);
	vm.clock_ms = sqlite_column_number(run);
	rc = store_event_parse(sqlite_column_word(run), &vm.announced, err);
	if (rc)
		return rc;
	vm.announced_until_ms = sqlite_column_number(run);
	rc = column_links(run, &vm, err);
	if (!rc)
		rc = sqlite_column_text(run, vm.hostname, sizeof(vm.hostname), err);
	if (rc)
		return rc;
	vm.is_safe = sqlite_column_number(run) != 0;
	vm.asked_ms = sqlite_column_number(run);
	vm.claimed_ms = sqlite_column_number(run);
	rc = column_lines(run, &vm, err);
	if (!rc)
		rc = column_budget(run, &vm, err);
	if (rc)
		return rc;
	vm.check_ms = sqlite_column_number(run);
	vm.disks_sealed = (uint32_t)sqlite_column_number(run);
	vm.disks_failing = (uint32_t)sqlite_column_number(run);
	vm.interval_s = (uint32_t)sqlite_column_number(run);
	vm.awaited_s = (uint32_t)sqlite_column_number(run);
	vm.silent_ms = sqlite_column_number(run);
	rc = column_log(run, &vm, err);
	vm.keyframe = sqlite_column_number(run);
	vm.keyframe_uses = sqlite_column_number(run);
	if (rc)
		return rc;
	*ret_vm = vm;
	*ret_row = row;
	return 0;
}

void sqlite_bind_sender(struct sqlite_run *run, const struct store_sender *sender)
{
	sqlite_bind_text(run, sender->role);
	sqlite_bind_text(run, sender->name);
	sqlite_bind_text(run, sender->address);
}

int sqlite_column_sender(struct sqlite_run *run, struct store_sender *ret_sender, struct error *err)
{
	struct store_sender sender;
	int rc = sqlite_column_text(run, sender.role, sizeof(sender.role), err);

	if (!rc)
		rc = sqlite_column_text(run, sender.name, sizeof(sender.name), err);
	if (!rc)
		rc = sqlite_column_text(run, sender.address, sizeof(sender.address), err);
	if (!rc)
		*ret_sender = sender;
	return rc;
}

static void bind_stretch(struct sqlite_run *run, const struct crypto_bytes *bytes)
{
	sqlite_bind_bytes(run, bytes->bytes, bytes->len);
}

void sqlite_bind_appraisal(struct sqlite_run *run, uint64_t vm_row, const struct pack_row *row)
{
	const struct store_appraisal *appraisal = &row->appraisal;

	sqlite_bind_number(run, vm_row);
	sqlite_bind_bytes(run, appraisal->link.hash, STORE_HASH_SIZE);
	sqlite_bind_link(run, &appraisal->prev);
	sqlite_bind_number(run, appraisal->received_ms);
	sqlite_bind_text(run, event_name(appraisal->event));
	sqlite_bind_text(run, verdict_status_name(appraisal->status));
	sqlite_bind_text(run, continuity_name(appraisal->continuity));
	sqlite_bind_text(run, appraisal->reason);
	bind_stretch(run, &appraisal->attest);
	bind_stretch(run, &appraisal->signature);
	bind_stretch(run, &appraisal->nonce);
	bind_stretch(run, &appraisal->secret);
	bind_stretch(run, &appraisal->verdict);
	bind_stretch(run, &appraisal->evidence);
	bind_stretch(run, &appraisal->ek);
	sqlite_bind_sender(run, &appraisal->sender);
	sqlite_bind_number(run, appraisal->challenged_ms);
	bind_stretch(run, &appraisal->basis);
	bind_stretch(run, &appraisal->snapshot);
}

static int column_hash(struct sqlite_run *run, uint8_t ret_hash[STORE_HASH_SIZE], struct error *err)
{
	struct crypto_bytes hash = sqlite_column_bytes(run);

	if (hash.len != STORE_HASH_SIZE)
		return error_set(err, ERROR_MALFORMED, "%s has a hash of a wrong size",
			run->connection->path);
	memcpy(ret_hash, hash.bytes, STORE_HASH_SIZE);
	return 0;
}

static int column_judgement(
	struct sqlite_run *run, struct store_appraisal *appraisal, struct error *err)
{
	int rc = store_event_parse(sqlite_column_word(run), &appraisal->event, err);

	if (!rc)
		rc = store_status_parse(sqlite_column_word(run), &appraisal->status, err);
	if (!rc)
		rc = store_continuity_parse(sqlite_column_word(run), &appraisal->continuity, err);
	if (!rc)
		rc = sqlite_column_text(run, appraisal->reason, sizeof(appraisal->reason), err);
	return rc;
}

static int column_packed(
	struct sqlite_run *run, struct store_appraisal *ret_appraisal, struct error *err)
{
	struct pack_row row = {.appraisal = *ret_appraisal};
	struct pack_stored stored;

	row.packed_len = sqlite_column_number(run);
	row.keyframe = sqlite_column_number(run);
	stored.len = sqlite_column_number(run);
	stored.bytes = sqlite_column_bytes(run);
	return pack_open(&run->connection->pack, &row, &stored, ret_appraisal, err);
}

int sqlite_column_appraisal(
	struct sqlite_run *run, struct store_appraisal *ret_appraisal, struct error *err)
{
	struct store_appraisal appraisal = {.link.id = sqlite_column_number(run)};
	int rc = sqlite_column_text(run, appraisal.uuid, sizeof(appraisal.uuid), err);

	if (!rc)
		rc = column_hash(run, appraisal.link.hash, err);
	if (!rc)
		rc = sqlite_column_link(run, &appraisal.prev, err);
	if (rc)
		return rc;
	appraisal.received_ms = sqlite_column_number(run);
	rc = column_judgement(run, &appraisal, err);
	if (rc)
		return rc;
	appraisal.attest = sqlite_column_bytes(run);
	appraisal.signature = sqlite_column_bytes(run);
	appraisal.nonce = sqlite_column_bytes(run);
	appraisal.secret = sqlite_column_bytes(run);
	appraisal.verdict = sqlite_column_bytes(run);
	appraisal.evidence = sqlite_column_bytes(run);
	appraisal.ek = sqlite_column_bytes(run);
	rc = sqlite_column_sender(run, &appraisal.sender, err);
	appraisal.challenged_ms = sqlite_column_number(run);
	appraisal.basis = sqlite_column_bytes(run);
	appraisal.snapshot = sqlite_column_bytes(run);
	if (!rc)
		rc = column_packed(run, &appraisal, err);
	if (!rc)
		*ret_appraisal = appraisal;
	return rc;
}

void sqlite_bind_audit(struct sqlite_run *run, const struct store_audit *audit)
{
	sqlite_bind_link(run, &audit->link);
	sqlite_bind_link(run, &audit->prev);
	sqlite_bind_number(run, audit->at_ms);
	sqlite_bind_text(run, audit->uuid);
	sqlite_bind_text(run, audit->action);
	sqlite_bind_text(run, audit->actor);
	sqlite_bind_text(run, audit->detail);
	sqlite_bind_number(run, audit->revision);
	sqlite_bind_bytes(run, audit->snapshot.bytes, audit->snapshot.len);
}

int sqlite_column_event(struct sqlite_run *run, struct store_audit *ret_audit, struct error *err)
{
	int rc;

	ret_audit->at_ms = sqlite_column_number(run);
	rc = sqlite_column_text(run, ret_audit->uuid, sizeof(ret_audit->uuid), err);
	if (!rc)
		rc = sqlite_column_text(run, ret_audit->action, sizeof(ret_audit->action), err);
	if (!rc)
		rc = sqlite_column_text(run, ret_audit->actor, sizeof(ret_audit->actor), err);
	if (!rc)
		rc = sqlite_column_text(run, ret_audit->detail, sizeof(ret_audit->detail), err);
	return rc;
}

static int column_snapshot(
	struct sqlite_run *run, struct store_snapshot *ret_snapshot, struct error *err)
{
	struct crypto_bytes bytes = sqlite_column_bytes(run);

	if (bytes.len > sizeof(ret_snapshot->bytes))
		return error_set(err, ERROR_MALFORMED, "%s has a snapshot of a wrong size",
			run->connection->path);
	ret_snapshot->len = bytes.len;
	if (bytes.len)
		memcpy(ret_snapshot->bytes, bytes.bytes, bytes.len);
	return 0;
}

int sqlite_column_audit(struct sqlite_run *run, struct store_audit *ret_audit, struct error *err)
{
	struct store_audit audit = {0};
	int rc = sqlite_column_link(run, &audit.link, err);

	if (!rc)
		rc = sqlite_column_link(run, &audit.prev, err);
	if (!rc)
		rc = sqlite_column_event(run, &audit, err);
	audit.revision = sqlite_column_number(run);
	if (!rc)
		rc = column_snapshot(run, &audit.snapshot, err);
	if (!rc)
		*ret_audit = audit;
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What every implementation decides alike: hashes, links, retention. */
#include <stdio.h>
#include <string.h>

#include "collector/store/store.h"
#include "collector/store/store_private.h"
#include "collector/store/store_snapshot.h"

static void append_field(struct buf *to, const void *bytes, size_t len)
{
	buf_append_u32be(to, (uint32_t)len);
	buf_append(to, bytes, len);
}

static void append_word(struct buf *to, const char *word)
{
	append_field(to, word, strlen(word));
}

static void append_bytes(struct buf *to, const struct crypto_bytes *bytes)
{
	append_field(to, bytes->bytes, bytes->len);
}

static void append_time(struct buf *to, uint64_t ms)
{
	buf_append_u32be(to, (uint32_t)(ms >> 32));
	buf_append_u32be(to, (uint32_t)ms);
}

static void append_header(struct buf *to, const struct store_appraisal *appraisal)
{
	static const char labels[][21] = {"vtpm-store-report-v1", "vtpm-store-report-v2",
		"vtpm-store-report-v3", "vtpm-store-report-v4"};
	const struct store_sender *sender = &appraisal->sender;
	const bool has_snapshot = appraisal->snapshot.len > 0;
	const bool has_sender = has_snapshot || *sender->address != 0;
	const unsigned label = has_snapshot ? 3 : has_sender ? 2 : appraisal->ek.len > 0;

	buf_append(to, labels[label], sizeof(labels[0]));
	buf_append(to, appraisal->prev.hash, sizeof(appraisal->prev.hash));
	buf_append(to, appraisal->uuid, TEXT_UUID_SIZE - 1);
	append_time(to, appraisal->received_ms);
	append_word(to, event_name(appraisal->event));
	append_word(to, verdict_status_name(appraisal->status));
	append_word(to, continuity_name(appraisal->continuity));
	append_word(to, appraisal->reason);
	append_bytes(to, &appraisal->verdict);
	append_bytes(to, &appraisal->attest);
	append_bytes(to, &appraisal->signature);
	append_bytes(to, &appraisal->nonce);
	append_bytes(to, &appraisal->secret);
	if (appraisal->ek.len || has_sender)
		append_bytes(to, &appraisal->ek);
	if (!has_sender)
		return;
	append_word(to, sender->role);
	append_word(to, sender->name);
	append_word(to, sender->address);
	append_time(to, appraisal->challenged_ms);
	if (!has_snapshot)
		return;
	append_bytes(to, &appraisal->basis);
	append_bytes(to, &appraisal->snapshot);
}

int store_appraisal_hash(const struct store_appraisal *appraisal, uint8_t ret_hash[STORE_HASH_SIZE],
	struct error *err)
{
	BUF_SCOPED header = {0};
	uint8_t evidence[TCG_DIGEST_MAX], digest[TCG_DIGEST_MAX];
	struct crypto_bytes parts[2] = {{0}, {evidence, STORE_HASH_SIZE}};
	int rc;

	append_header(&header, appraisal);
	if (header.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a report's hash");
	rc = crypto_digest(TCG_ALG_SHA256, &appraisal->evidence, 1, evidence, err);
	parts[0] = (struct crypto_bytes){header.data, header.len};
	if (!rc)
		rc = crypto_digest(TCG_ALG_SHA256, parts, 2, digest, err);
	if (!rc)
		memcpy(ret_hash, digest, STORE_HASH_SIZE);
	return rc;
}

int store_audit_hash(
	const struct store_audit *audit, uint8_t ret_hash[STORE_HASH_SIZE], struct error *err)
{
	static const char labels[][20] = {"vtpm-store-audit-v1", "vtpm-store-audit-v2"};
	const bool has_snapshot = audit->snapshot.len > 0;
	BUF_SCOPED text = {0};
	uint8_t digest[TCG_DIGEST_MAX];
	struct crypto_bytes part;
	int rc;

	buf_append(&text, labels[has_snapshot], sizeof(labels[0]));
	buf_append(&text, audit->prev.hash, sizeof(audit->prev.hash));
	append_time(&text, audit->at_ms);
	append_word(&text, audit->uuid);
	append_word(&text, audit->action);
	append_word(&text, audit->actor);
	append_word(&text, audit->detail);
	if (has_snapshot)
		append_field(&text, audit->snapshot.bytes, audit->snapshot.len);
	if (text.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for an audit event's hash");
	part = (struct crypto_bytes){text.data, text.len};
	rc = crypto_digest(TCG_ALG_SHA256, &part, 1, digest, err);
	if (!rc)
		memcpy(ret_hash, digest, STORE_HASH_SIZE);
	return rc;
}

int store_audit_link(const struct store_change *change, const struct store_link *head,
	struct store_audit *ret_audit, struct error *err)
{
	struct store_audit linked = *change->audit;
	const bool has_snapshot = change->writes_vm && !change->appraisal;
	int rc;

	linked.link.id = 0;
	linked.revision = has_snapshot ? change->vm.revision : 0;
	linked.snapshot = has_snapshot ? change->snapshot : (struct store_snapshot){0};
	linked.prev = *head;
	rc = store_audit_hash(&linked, linked.link.hash, err);
	if (!rc)
		*ret_audit = linked;
	return rc;
}

struct store_audit store_pending_audit(size_t count, uint64_t now_ms)
{
	struct store_audit audit = {.at_ms = now_ms, .action = "expire", .actor = "collector"};

	snprintf(audit.detail, sizeof(audit.detail), "%zu VMs that nobody accepted", count);
	return audit;
}

struct store_keys store_vm_keys(const struct store_vm *vm)
{
	struct store_keys keys = {0};

	for (size_t i = 0; i < vm->ek_count; i++)
		keys.items[keys.count++] = (struct crypto_bytes){vm->eks[i], STORE_HASH_SIZE};
	if (vm->ak_name.len)
		keys.items[keys.count++] = (struct crypto_bytes){vm->ak_name.data, vm->ak_name.len};
	return keys;
}

bool store_keys_same(const struct store_keys *left, const struct store_keys *right)
{
	if (left->count != right->count)
		return false;
	for (size_t i = 0; i < left->count; i++) {
		const struct crypto_bytes *one = &left->items[i], *other = &right->items[i];

		if (one->len != other->len || memcmp(one->bytes, other->bytes, one->len) != 0)
			return false;
	}
	return true;
}

static bool is_text_ended(const char *text, size_t size)
{
	return memchr(text, 0, size) != NULL;
}

static int check_vm(const struct store_vm *vm, struct error *err)
{
	bool is_right = vm->enrolment < STORE_ENROLMENT_COUNT && vm->ek_count <= STORE_EKS_MAX &&
			vm->ak_name.len <= EVIDENCE_NAME_MAX &&
			vm->status <= VERDICT_CONTRAINDICATED &&
			vm->continuity < CONTINUITY_COUNT && vm->announced < EVENT_COUNT &&
			is_text_ended(vm->reason, sizeof(vm->reason)) &&
			is_text_ended(vm->hostname, sizeof(vm->hostname));

	return is_right ? 0 : error_set(err, ERROR_INTERNAL, "a judge made an impossible VM");
}

static bool is_sender_ended(const struct store_sender *sender)
{
	return is_text_ended(sender->role, sizeof(sender->role)) &&
	       is_text_ended(sender->name, sizeof(sender->name)) &&
	       is_text_ended(sender->address, sizeof(sender->address));
}

/* What is kept is what the VM's newest report names: so that retention finds it again. */
static int check_log(const struct store_change *change, struct error *err)
{
	const struct store_vm *vm = &change->vm;
	const struct store_log *log = change->log;
	bool is_right = !vm->has_log || vm->enrolment == STORE_ENROLMENT_ACCEPTED;

	if (log)
		is_right = is_right && vm->has_log && log->bytes.len &&
			   log->bytes.len <= STORE_LOG_MAX && !change->appraisal &&
			   !memcmp(vm->log, log->sha256, sizeof(vm->log));
	return is_right ? 0 : error_set(err, ERROR_INTERNAL, "a judge kept a log of no report");
}

bool store_log_changes(const struct store_vm *before, const struct store_change *change)
{
	const struct store_vm *now = &change->vm;

	if (!change->appraisal || (!before->has_log && !now->has_log))
		return false;
	return before->has_log != now->has_log ||
	       memcmp(before->log, now->log, sizeof(now->log)) != 0;
}

void store_log_name(struct store_log *log, const struct crypto_bytes *sha256)
{
	const size_t len = sha256->len < sizeof(log->sha256) ? sha256->len : sizeof(log->sha256);

	memset(log->sha256, 0, sizeof(log->sha256));
	if (len)
		memcpy(log->sha256, sha256->bytes, len);
}

static int check_claim(const struct store_claim *claim, struct error *err)
{
	bool is_right = claim->continuity < CONTINUITY_COUNT && is_sender_ended(&claim->sender) &&
			claim->ak_name.len <= EVIDENCE_NAME_MAX &&
			is_text_ended(claim->reason, sizeof(claim->reason)) &&
			is_text_ended(claim->hostname, sizeof(claim->hostname));

	return is_right ? 0 : error_set(err, ERROR_INTERNAL, "a judge made an impossible claim");
}

static int check_appraisal(const struct store_appraisal *appraisal, struct error *err)
{
	bool is_right = appraisal->status <= VERDICT_CONTRAINDICATED &&
			is_sender_ended(&appraisal->sender) &&
			appraisal->continuity < CONTINUITY_COUNT &&
			appraisal->event < EVENT_COUNT &&
			is_text_ended(appraisal->reason, sizeof(appraisal->reason));
	bool fits = appraisal->evidence.len <= (size_t)EVIDENCE_MAX_BYTES &&
		    appraisal->verdict.len <= STORE_VERDICT_MAX &&
		    appraisal->attest.len <= STORE_QUOTE_MAX &&
		    appraisal->signature.len <= STORE_QUOTE_MAX &&
		    appraisal->nonce.len <= STORE_QUOTE_MAX &&
		    appraisal->secret.len <= STORE_QUOTE_MAX &&
		    appraisal->basis.len <= STORE_BASIS_MAX && appraisal->ek.len <= STORE_HASH_SIZE;

	if (!is_right)
		return error_set(err, ERROR_INTERNAL, "a judge made an impossible report");
	return fits ? 0 : error_set(err, ERROR_TOO_LARGE, "a report is too large to be kept");
}

static int check_audit(const struct store_audit *audit, struct error *err)
{
	bool is_right = is_text_ended(audit->action, sizeof(audit->action)) &&
			is_text_ended(audit->actor, sizeof(audit->actor)) &&
			is_text_ended(audit->detail, sizeof(audit->detail)) &&
			is_text_ended(audit->uuid, sizeof(audit->uuid));

	return is_right ? 0 : error_set(err, ERROR_INTERNAL, "an audit event's text does not end");
}

/* The record as it will be, and in `appraisal` what it was written with. */
static int link_record(
	struct store_change *change, struct store_appraisal *appraisal, struct error *err)
{
	int rc;

	if (!change->vm.revision)
		change->vm.revision = change->revision;
	change->vm.revision++;
	rc = check_vm(&change->vm, err);
	if (!rc)
		rc = store_snapshot_make(&change->vm, change->appraisal && change->is_baseline,
			&change->snapshot, err);
	if (rc || !change->appraisal)
		return rc;
	appraisal->snapshot = (struct crypto_bytes){change->snapshot.bytes, change->snapshot.len};
	return store_appraisal_hash(appraisal, appraisal->link.hash, err);
}

/* What is kept of a VM that goes is what it was. */
static int check_forgetting(
	struct store_change *change, const struct store_vm *before, struct error *err)
{
	const struct store_audit *audit = change->audit;
	const bool is_told = audit && !strcmp(audit->action, STORE_FORGOTTEN_ACTION) &&
			     !strcmp(audit->uuid, before->uuid);
	const bool has_more =
		change->appraisal || change->claim || change->token_count || change->result_key;

	if (!before->revision || !is_told || has_more)
		return error_set(err, ERROR_INTERNAL, "a judge forgot a VM that it writes to");
	change->vm = *before;
	change->writes_vm = true;
	change->is_noted = false;
	return 0;
}

int store_item_judge(const struct store_item *item, struct store_change *change,
	struct store_appraisal *ret_appraisal, struct error *err)
{
	const struct store_vm before = change->vm;
	struct store_appraisal appraisal = {0};
	int rc = 0;

	item->judge(change, item->context);
	if (!*item->uuid && (change->appraisal || change->writes_vm || change->claim))
		return error_set(err, ERROR_INTERNAL, "a judge wrote to no VM");
	if (change->drops_appraisals && (!change->appraisal || before.baseline.id))
		return error_set(err, ERROR_INTERNAL, "a judge dropped a history");
	if (change->claim && !before.revision)
		return error_set(err, ERROR_INTERNAL, "a judge kept a claim of no VM");
	if (change->forgets)
		rc = check_forgetting(change, &before, err);
	memcpy(change->vm.uuid, before.uuid, sizeof(before.uuid));
	change->vm.head = before.head;
	change->vm.tail = before.tail;
	change->vm.revision = before.revision;
	change->vm.keyframe = before.keyframe;
	change->vm.keyframe_uses = before.keyframe_uses;
	if (!change->appraisal) {
		change->vm.has_log = before.has_log;
		memcpy(change->vm.log, before.log, sizeof(before.log));
	}
	if (!rc && change->appraisal) {
		change->writes_vm = true;
		appraisal = *change->appraisal;
		memcpy(appraisal.uuid, before.uuid, sizeof(before.uuid));
		appraisal.link = (struct store_link){0};
		appraisal.prev = before.head;
		rc = check_appraisal(&appraisal, err);
	}
	if (!rc && change->writes_vm && !change->is_noted)
		rc = link_record(change, &appraisal, err);
	if (!rc && change->audit)
		rc = check_audit(change->audit, err);
	if (!rc && change->claim)
		rc = check_claim(change->claim, err);
	if (!rc)
		rc = check_log(change, err);
	if (!rc && change->token_count && !change->audit)
		rc = error_set(err, ERROR_INTERNAL, "a judge made tokens that nobody would see");
	if (!rc && change->result_key && (!change->audit || !change->others_until_ms))
		rc = error_set(err, ERROR_INTERNAL, "a judge made a key that nobody would see");
	if (!rc)
		*ret_appraisal = appraisal;
	return rc;
}

void store_item_written(struct store_item *item, struct store_change *change,
	const struct store_appraisal *appraisal)
{
	if (change->drops_appraisals)
		change->vm.tail = change->vm.head;
	change->vm.head = appraisal->link;
	if (change->is_baseline)
		change->vm.baseline = appraisal->link;
	item->written = appraisal->link;
}

struct store_retention store_retention_decide(
	const struct store_vm *vm, const struct store_appraisal *appraisal, uint64_t before_ms)
{
	struct store_retention retention = {0};
	uint64_t id = appraisal->link.id;

	if (id == vm->head.id || appraisal->received_ms >= before_ms)
		return retention;
	/* Only a chain's oldest may go; behind the tail there are just former baselines. */
	retention.passes = id > vm->tail.id && appraisal->prev.id == vm->tail.id;
	retention.deletes = (retention.passes || id <= vm->tail.id) && id != vm->baseline.id;
	return retention;
}

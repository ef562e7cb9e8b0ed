/* SPDX-License-Identifier: BSD-2-Clause */
#include "version.h"

#include "collector/proof/proof.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "collector/json_simd.h"
#include "collector/proof/disks.h"
#include "collector/proof/quote_put.h"
#include "collector/store/store_lines.h"
#include "collector/store/store_snapshot.h"
#include "core/buf.h"
#include "core/signed/binding.h"
#include "core/signed/name.h"
#include "core/verdict/carry.h"
#include "core/verdict/judge.h"

/* A report with bytes of its own, and its evidence. */
struct copy {
	struct store_appraisal appraisal;
	struct buf bytes;
	struct evidence *evidence; /* NULL: it cannot be read */
	struct continuity_side side;
	bool is_there;
};

static void free_copy(struct copy *copy)
{
	evidence_free(copy->evidence);
	buf_free(&copy->bytes);
}

#define COPY_SCOPED __attribute__((cleanup(free_copy))) struct copy

/* --- reading --- */

static bool copy_appraisal(const struct store_appraisal *from, void *context)
{
	struct copy *copy = context;
	struct store_appraisal *to = &copy->appraisal;
	struct crypto_bytes *parts[] = {&to->verdict, &to->evidence, &to->attest, &to->signature,
		&to->nonce, &to->secret, &to->ek, &to->basis, &to->snapshot};
	size_t at = 0;

	*to = *from;
	copy->is_there = true;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		buf_append(&copy->bytes, parts[i]->bytes, parts[i]->len);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		parts[i]->bytes = copy->bytes.data + at;
		at += parts[i]->len;
	}
	return false;
}

static int read_copy(struct store *store, uint64_t report, struct copy *copy, struct error *err)
{
	const struct crypto_bytes *text = &copy->appraisal.evidence;
	JSON_TREE_SCOPED tree = {0};
	struct error ignored;
	int rc = store_read_appraisal(store, report, copy_appraisal, copy, err);

	if (rc == -ERROR_NOT_FOUND || rc == -ERROR_MALFORMED)
		return 0;
	if (!rc && copy->bytes.failed)
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for a report");
	if (rc)
		return rc;
	rc = json_simd_parse(text->bytes, text->len, EVIDENCE_MAX_BYTES, &tree, &ignored);
	if (!rc)
		rc = evidence_read(tree.root, &copy->evidence, &ignored);
	if (rc)
		return rc == -ERROR_NO_MEMORY ? error_copy(err, &ignored) : 0;
	quote_put(&copy->evidence->quote, &copy->appraisal.attest, &copy->appraisal.signature);
	return 0;
}

/* The VM's record before a report: what the report before it left, or an audit event since.
 * *ret_is_known: nothing of that was deleted. */
static int read_before(struct store *store, const struct copy *copy, const struct store_vm *behind,
	struct store_vm *ret_vm, bool *ret_is_known, struct error *err)
{
	const struct store_link *prev = &copy->appraisal.prev;
	COPY_SCOPED last = {.is_there = false};
	struct store_vm by_event = {0};
	struct error ignored;
	int rc = prev->id ? read_copy(store, prev->id, &last, err) : 0;

	memset(ret_vm, 0, sizeof(*ret_vm));
	*ret_is_known = !prev->id;
	if (!rc && last.is_there && last.appraisal.snapshot.len)
		*ret_is_known = store_snapshot_read(&last.appraisal.snapshot, behind->uuid,
					&last.appraisal.link, ret_vm, &ignored) == 0;
	if (!rc)
		rc = store_read_record_event(store, behind->uuid, behind->revision, &by_event, err);
	if (rc == -ERROR_NOT_FOUND || rc == -ERROR_MALFORMED)
		return 0;
	if (!rc && by_event.revision > ret_vm->revision) {
		*ret_vm = by_event;
		*ret_is_known = true;
	}
	return rc;
}

/* --- judging --- */

__attribute__((format(printf, 2, 3))) static void fail(struct proof *proof, const char *fmt, ...)
{
	va_list args;

	proof->result = PROOF_WRONG;
	va_start(args, fmt);
	vsnprintf(proof->what, sizeof(proof->what), fmt, args);
	va_end(args);
}

/* The quote is for this nonce and this evidence, as the collector asked for it. */
static int verify_quote(struct copy *copy, struct proof *proof, struct error *err)
{
	const struct store_appraisal *appraisal = &copy->appraisal;
	uint8_t qualifying[BINDING_QUALIFYING_SIZE];
	const struct continuity_nonces nonces = {
		.quote = {qualifying, sizeof(qualifying)}, .beacon = appraisal->nonce};
	int rc = binding_qualify(
		&appraisal->nonce, &appraisal->secret, &appraisal->evidence, qualifying, err);

	if (rc)
		return rc;
	continuity_verify(copy->evidence, &nonces, &copy->side);
	if (!copy->side.is_verified)
		fail(proof, "its quote does not verify: %.200s", copy->side.error.message);
	return 0;
}

/* What the collector finds beside the evidence, by other VMs, other keys and the order of reports.
 * It only worsens what the evidence says. */
static bool is_of_collector(const char *reason)
{
	static const char *const words[] = {"ek-changed", "ek-of-other-vm", "ak-changed",
		"overtaken", "two-copies", "enrolment-pending", "not-on-allowlist",
		"ek-not-trusted", "unresolved"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(reason, words[i]) == 0)
			return true;
	}
	return false;
}

/* What is not kept with a report. */
struct unknown {
	bool was_asked_before; /* its challenge was older than the baseline */
	bool is_of_same_ek;    /* as what waited before */
};

static void judge(const struct copy *copy, const struct copy *baseline,
	const struct store_vm *before, const struct unknown *unknown, struct verdict *ret_verdict)
{
	struct continuity_side side = copy->side;
	bool were_two = reason_parse(before->reason) == REASON_TWO_COPIES;
	struct verdict kept;

	side.is_order_known = true;
	side.was_asked_before = unknown->was_asked_before;
	continuity_compare(
		baseline ? &baseline->side : NULL, &side, copy->appraisal.event, ret_verdict);
	if (before->enrolment != STORE_ENROLMENT_ACCEPTED && !unknown->is_of_same_ek)
		return;
	/* Two copies are over when one was silent for a time: what is carried of that is no
	 * evidence's, but what stood beside it is. */
	if ((were_two && !*before->lines.behind_reason) || store_begins_anew(before))
		return;
	continuity_conclude(&kept, were_two ? before->lines.behind : before->continuity, EVENT_NONE,
		reason_parse(were_two ? before->lines.behind_reason : before->reason),
		"an earlier report");
	kept.status = before->status;
	verdict_carry(&kept, baseline ? baseline->evidence : NULL, copy->evidence, ret_verdict);
}

static bool is_same(const struct verdict *verdict, const struct store_appraisal *appraisal)
{
	return verdict->status == appraisal->status &&
	       verdict->continuity == appraisal->continuity &&
	       strcmp(reason_name(verdict->reasons[0].code), appraisal->reason) == 0;
}

/* Of what is not kept, either will do. */
static void compare(const struct copy *copy, const struct copy *baseline,
	const struct store_vm *before, struct proof *proof)
{
	const struct store_appraisal *appraisal = &copy->appraisal;
	struct verdict verdict;

	proof->result = PROOF_RIGHT;
	for (unsigned either = 0; either < 4; either++) {
		const struct unknown unknown = {!(either & 1), !(either & 2)};

		judge(copy, baseline, before, &unknown, &verdict);
		if (is_same(&verdict, appraisal))
			return;
	}
	if (is_of_collector(appraisal->reason) && appraisal->status >= verdict.status)
		return;
	fail(proof, "its verdict is %s, %s, %s; its evidence leads to %s, %s, %s",
		verdict_status_name(appraisal->status), continuity_name(appraisal->continuity),
		appraisal->reason, verdict_status_name(verdict.status),
		continuity_name(verdict.continuity), reason_name(verdict.reasons[0].code));
}

static bool has_same_keys(const struct store_vm *a, const struct store_vm *b)
{
	return name_is_same(&a->ak_name, &b->ak_name) && a->ek_count == b->ek_count &&
	       memcmp(a->eks, b->eks, a->ek_count * sizeof(a->eks[0])) == 0;
}

/* Keys become a VM's by what was proven: the record cannot name others than those that signed.
 * Another vTPM's report may be kept of who speaks for the VM. It is contraindicated, whichever
 * fault stands before that, and leaves the keys as they were. `before` may be NULL: not known. */
static void check_keys(const struct copy *copy, const struct store_vm *before,
	const struct store_vm *behind, struct proof *proof)
{
	bool is_own = name_is_same(&copy->evidence->ak.key.name, &behind->ak_name);
	bool have_stayed = !before || has_same_keys(before, behind);

	if (behind->enrolment != STORE_ENROLMENT_ACCEPTED || is_own)
		return;
	if (copy->appraisal.status != VERDICT_CONTRAINDICATED || !have_stayed)
		fail(proof, "it is signed by another attestation key than the VM's");
}

/* The record says of the disks what this report says, or what it said before. */
static void check_disks(const struct copy *copy, const struct store_vm *before,
	const struct store_vm *behind, struct proof *proof)
{
	struct store_vm should = *before;

	if (copy->appraisal.attest.len)
		disks_note(copy->evidence, &should);
	if (!disks_are_same(&should, behind))
		fail(proof,
			"its record has %u of %u disks that will not open; by its evidence %u of "
			"%u",
			behind->disks_failing, behind->disks_sealed, should.disks_failing,
			should.disks_sealed);
}

static int compare_with_baseline(struct store *store, const struct copy *copy,
	const struct store_vm *before, struct proof *proof, struct error *err)
{
	COPY_SCOPED baseline = {.is_there = false};
	int rc;

	if (!before->baseline.id) {
		compare(copy, NULL, before, proof);
		return 0;
	}
	rc = read_copy(store, before->baseline.id, &baseline, err);
	if (rc || !baseline.evidence)
		return rc;
	continuity_recall(baseline.evidence, &baseline.side);
	compare(copy, &baseline, before, proof);
	return 0;
}

static int prove(struct store *store, struct copy *copy, struct proof *proof, struct error *err)
{
	const struct store_appraisal *appraisal = &copy->appraisal;
	struct store_vm behind, before;
	struct error ignored;
	bool is_known = false;
	int rc = 0;

	if (store_snapshot_read(
		    &appraisal->snapshot, appraisal->uuid, &appraisal->link, &behind, &ignored)) {
		fail(proof, "its snapshot cannot be read");
		return 0;
	}
	if (!copy->evidence) {
		fail(proof, "its evidence cannot be read");
		return 0;
	}
	if (appraisal->attest.len)
		rc = verify_quote(copy, proof, err);
	else
		continuity_verify(copy->evidence, NULL, &copy->side);
	if (!rc && proof->result != PROOF_WRONG)
		rc = read_before(store, copy, &behind, &before, &is_known, err);
	if (!rc && proof->result != PROOF_WRONG && appraisal->attest.len)
		check_keys(copy, is_known ? &before : NULL, &behind, proof);
	if (rc || !is_known || proof->result == PROOF_WRONG)
		return rc;
	rc = compare_with_baseline(store, copy, &before, proof, err);
	if (!rc && proof->result != PROOF_WRONG)
		check_disks(copy, &before, &behind, proof);
	return rc;
}

static bool has_basis(const struct store_appraisal *appraisal)
{
	return appraisal->basis.len == strlen(PROOF_BASIS) &&
	       memcmp(appraisal->basis.bytes, PROOF_BASIS, appraisal->basis.len) == 0;
}

static int check_log(struct store *store, const struct copy *copy, struct event_log_seen *seen,
	struct proof *proof, struct error *err)
{
	bool is_right = true;
	int rc = 0;

	if (copy->evidence && copy->appraisal.attest.len)
		rc = event_log_prove(store, copy->evidence, seen, &is_right, err);
	if (!rc && !is_right)
		fail(proof, "its event log is not the one that it names");
	return rc;
}

int proof_judge(struct store *store, uint64_t report, struct event_log_seen *seen,
	struct proof *ret_proof, struct error *err)
{
	struct proof proof = {.result = PROOF_NONE};
	COPY_SCOPED copy = {.is_there = false};
	int rc = read_copy(store, report, &copy, err);

	if (!rc && copy.is_there)
		rc = check_log(store, &copy, seen, &proof, err);
	if (!rc && copy.is_there && proof.result != PROOF_WRONG && has_basis(&copy.appraisal))
		rc = prove(store, &copy, &proof, err);
	if (!rc)
		*ret_proof = proof;
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/judge.h"

#include <string.h>

#include "core/signed/beacon.h"
#include "core/signed/name.h"
#include "core/signed/quote.h"
#include "core/verdict/access.h"
#include "core/verdict/boot.h"
#include "core/verdict/counters.h"
#include "core/verdict/history.h"
#include "core/verdict/identity.h"
#include "core/verdict/judging.h"
#include "core/verdict/likeness.h"
#include "core/verdict/notes.h"

/* A TPM never makes the same quote twice: the clock in it runs. */
static bool is_same_quote(const struct evidence_quote *a, const struct evidence_quote *b)
{
	return a->attest.len == b->attest.len &&
	       memcmp(a->attest.data, b->attest.data, a->attest.len) == 0;
}

void continuity_verify(const struct evidence *evidence, const struct continuity_nonces *nonces,
	struct continuity_side *ret_side)
{
	const struct crypto_bytes *quote = nonces && nonces->quote.len ? &nonces->quote : NULL;
	const struct crypto_bytes *beacon = nonces && nonces->beacon.len ? &nonces->beacon : NULL;

	int rc;

	*ret_side = (struct continuity_side){.evidence = evidence};
	if (nonces && nonces->qualifying.len)
		rc = quote_verify_qualified(
			evidence, &nonces->qualifying, &ret_side->quote, &ret_side->error);
	else
		rc = quote_verify(evidence, quote ? quote->bytes : NULL, quote ? quote->len : 0,
			&ret_side->quote, &ret_side->error);
	if (rc) {
		ret_side->fault = rc == -ERROR_NOT_FOUND ? REASON_NO_QUOTE : REASON_BAD_QUOTE;
		return;
	}
	if (evidence->beacon.part.state == PART_READ)
		rc = beacon_verify(evidence, &ret_side->quote, beacon, &ret_side->error);
	if (rc) {
		ret_side->fault = REASON_BAD_QUOTE;
		error_wrap(&ret_side->error, "the beacon");
		return;
	}
	ret_side->is_verified = true;
}

void continuity_recall(const struct evidence *evidence, struct continuity_side *ret_side)
{
	const struct evidence_quote *quote = &evidence->quote;

	*ret_side = (struct continuity_side){.evidence = evidence, .fault = REASON_BAD_QUOTE};
	ret_side->is_verified = attest_read_quote(quote->attest.data, quote->attest.len,
					&ret_side->quote, &ret_side->error) == 0;
}

/* No document is believed unverified. Returns true when that decides the verdict. */
static bool is_unproven(struct judging *judging, const struct continuity_side *baseline,
	const struct continuity_side *side)
{
	if (!side->is_verified)
		return side->fault == REASON_NO_QUOTE
			       ? continuity_judge_unquoted(judging, &side->error)
			       : judging_decide(judging, CONTINUITY_UNVERIFIED, side->fault, "%s",
					 side->error.message);
	judging->verdict->is_quote_verified = true;
	judging->verdict->is_obfuscated = side->quote.is_obfuscated;
	judging->now = side->quote;
	if (!baseline)
		return false;
	if (!baseline->is_verified)
		return judging_decide(judging, CONTINUITY_UNVERIFIED, REASON_BAD_BASELINE,
			"the baseline: %s", baseline->error.message);
	judging->then = baseline->quote;
	if (is_same_quote(&baseline->evidence->quote, &side->evidence->quote))
		return judging_decide(judging, CONTINUITY_UNVERIFIED, REASON_NOT_FRESH,
			"this is the baseline's own quote: it says nothing about what came after");
	return false;
}

static void compare_boots(
	const struct evidence *baseline, const struct evidence *evidence, struct judging *judging)
{
	measured_compare(baseline, evidence, &judging->change);
	boot_changes_find(baseline, evidence, &judging->verdict->boot);
}

void continuity_compare(const struct continuity_side *baseline, const struct continuity_side *side,
	enum event event, struct verdict *ret_verdict)
{
	struct judging judging = {.baseline = baseline ? baseline->evidence : NULL,
		.evidence = side->evidence,
		.was_asked_before = side->was_asked_before,
		.is_order_known = side->is_order_known,
		.verdict = ret_verdict};

	*ret_verdict = (struct verdict){.event = event};
	checks_run(side->evidence, &(struct checks_options){0}, &judging.checks);
	if (continuity_judge_access(&judging) || is_unproven(&judging, baseline, side))
		return;
	if (baseline)
		compare_boots(baseline->evidence, side->evidence, &judging);
	if (!continuity_judge_identity(&judging) && !continuity_judge_counters(&judging))
		continuity_judge_history(&judging);
	continuity_note(&judging);
}

void continuity_judge(const struct evidence *baseline, const struct evidence *evidence,
	enum event event, const uint8_t *nonce, size_t nonce_len, struct verdict *ret_verdict)
{
	const struct continuity_nonces nonces = {.quote = {nonce, nonce ? nonce_len : 0}};
	struct continuity_side then, now;

	continuity_verify(evidence, &nonces, &now);
	if (baseline)
		continuity_verify(baseline, NULL, &then);
	continuity_compare(baseline ? &then : NULL, &now, event, ret_verdict);
}

bool continuity_is_other_vm(const struct evidence *baseline, const struct evidence *evidence)
{
	return likeness_of_uuids(baseline, evidence) == LIKENESS_OTHER &&
	       baseline->ak.key.name.len && evidence->ak.key.name.len &&
	       !name_is_same(&baseline->ak.key.name, &evidence->ak.key.name) &&
	       likeness_of_eks(baseline, evidence) != LIKENESS_SAME;
}

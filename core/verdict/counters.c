/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The counters that a key of the owner hierarchy signed. The TPM adds a number to each of them
 * that depends only on the key and on a secret; TPM2_Clear renews the secret, and with it the key:
 * Part 1 section 36.7 (obfuscated attestation), libtpms Attest_spt.c FillInAttestInfo(). So two
 * quotes of one key prove how far the counters went. Where they stand is only read, unsigned.
 */
#include "core/verdict/counters.h"

/* The counters that were read went as far as the signed ones. */
static bool is_borne_out(const struct judging *judging)
{
	const struct evidence_clock *then = &judging->baseline->clock,
				    *now = &judging->evidence->clock;
	const struct attest_quote *signed_then = &judging->then, *signed_now = &judging->now;

	return signed_now->reset_count - signed_then->reset_count ==
		       now->reset_count - then->reset_count &&
	       signed_now->restart_count - signed_then->restart_count ==
		       now->restart_count - then->restart_count;
}

static void take_shown(struct attest_quote *quote, const struct evidence_clock *clock)
{
	quote->reset_count = clock->reset_count;
	quote->restart_count = clock->restart_count;
}

bool continuity_judge_counters(struct judging *judging)
{
	if (!judging->baseline || !judging->now.is_obfuscated)
		return false;
	if (!evidence_are_read(&judging->baseline->clock.part, &judging->evidence->clock.part))
		return judging_decide(judging, CONTINUITY_UNVERIFIED, REASON_NO_ACCESS,
			"the TPM's clock could not be read, and the quote's counters are "
			"obfuscated: neither a reset nor a rollback can be excluded");
	if (!is_borne_out(judging))
		return judging_decide(judging, CONTINUITY_UNVERIFIED, REASON_BAD_QUOTE,
			"the counters shown did not go as far as the signed ones");
	take_shown(&judging->then, &judging->baseline->clock);
	take_shown(&judging->now, &judging->evidence->clock);
	return false;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/gaps.h"

#include "core/verdict/likeness.h"
#include "core/verdict/order.h"
#include "core/verdict/power.h"

/* A clear removes the beacon with the rest of the owner's. */
static void note_beacon(struct judging *judging)
{
	const struct record_part *then = &judging->baseline->beacon.part,
				 *now = &judging->evidence->beacon.part;

	if (then->state != PART_READ || now->state == PART_READ)
		return;
	if (judging->verdict->continuity == CONTINUITY_CLEARED)
		return;
	judging->verdict->is_poorer = true;
	if (!order_overlaps(judging))
		judging_add(judging, true, REASON_BEACON_MISSING,
			"the baseline has a beacon, this evidence has none%s%s",
			now->state == PART_FAILED ? ": " : "", now->error.message);
}

/* While a guest is hibernated, its TPM was shut down with it: one that was not is suspicious, and
 * so is a clock that went back over several resets. */
static void note_older_state(struct judging *judging)
{
	bool is_suspended = judging->verdict->reasons[0].code == REASON_SUSPENDED;
	bool is_crashed = power_shutdown(judging) == SHUTDOWN_UNORDERLY;

	if (is_suspended && is_crashed)
		judging_add(judging, true, REASON_ROLLBACK_NOT_EXCLUDED,
			"the TPM was not shut down when the system was suspended: it crashed "
			"meanwhile, or this is an older state");
	else if (power_is_clock_behind(judging))
		judging_add(judging, is_suspended || judging->verdict->event != EVENT_HARD_REBOOT,
			REASON_ROLLBACK_NOT_EXCLUDED,
			"the clock went back: the TPM crashed in between, or this is an older "
			"state");
	else
		judging_add(judging, false, REASON_ROLLBACK_NOT_EXCLUDED,
			"without a beacon, an older state that was started as often looks the "
			"same");
}

void continuity_note_gaps(struct judging *judging)
{
	const struct verdict *verdict = judging->verdict;
	bool is_seed_known =
		judging->now.is_obfuscated ||
		likeness_of_owner_seeds(judging->baseline, judging->evidence) != LIKENESS_UNKNOWN;

	note_beacon(judging);
	if (evidence_are_read(&judging->baseline->beacon.part, &judging->evidence->beacon.part))
		return;
	if (verdict->continuity == CONTINUITY_RESTARTED)
		note_older_state(judging);
	if (verdict->continuity == CONTINUITY_CRASHED)
		judging_add(judging, false, REASON_ROLLBACK_NOT_EXCLUDED,
			"without a beacon, a rollback within one boot looks the same as a crash");
	if (verdict->continuity == CONTINUITY_CLEARED && judging->now.reset_count && !is_seed_known)
		judging_add(judging, false, REASON_ROLLBACK_NOT_EXCLUDED,
			"the owner seed could not be compared: an older state, of before the "
			"owner's keys were made, would look the same");
	if (judging_has(judging, REASON_BOOT_WITHOUT_RESET))
		judging_add(judging, false, REASON_ROLLBACK_NOT_EXCLUDED,
			"without a beacon, an older state that was started as often may look the "
			"same");
}

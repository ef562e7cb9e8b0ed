/* SPDX-License-Identifier: BSD-2-Clause */
/* Third: can this state have come from the baseline's, going forward in time? */
#include "core/verdict/history.h"

#include <inttypes.h>
#include <string.h>

#include "core/verdict/clear.h"
#include "core/verdict/likeness.h"
#include "core/verdict/order.h"
#include "core/verdict/power.h"
#include "core/verdict/restart.h"

/* A TPM may be powered on so much later than its system says it booted, and two readings of two
 * clocks may lie so far apart. */
#define SLACK_MS 5000

static bool decide_behind(struct judging *judging)
{
	return judging_decide(judging, CONTINUITY_ROLLED_BACK, REASON_COUNTERS_BEHIND,
		"(resetCount, restartCount) went back from (%" PRIu32 ", %" PRIu32 ") to (%" PRIu32
		", %" PRIu32 ")",
		judging->then.reset_count, judging->then.restart_count, judging->now.reset_count,
		judging->now.restart_count);
}

static bool decide_repeated(struct judging *judging)
{
	return judging_decide(judging, CONTINUITY_ROLLED_BACK, REASON_COUNTERS_REPEATED,
		"the TPM was restarted, but (resetCount, restartCount) are (%" PRIu32 ", %" PRIu32
		") as in the baseline: they were counted up again from an older state",
		judging->now.reset_count, judging->now.restart_count);
}

static bool decide_continuous(struct judging *judging)
{
	return judging_decide(judging, CONTINUITY_CONTINUOUS, REASON_SAME_TPM,
		"same keys, %sresetCount %" PRIu32 " as before",
		judging->change.other || judging->change.known ? "" : "same boot PCRs, ",
		judging->now.reset_count);
}

/* The TPM was switched off under a running system and has what a firmware measured. Either its
 * state was saved (S3), or the firmware measured anew before the hibernated system was read back
 * (S4): an upgraded one measures some PCRs otherwise. A live migration does none of that, and a
 * destination that started the TPM anew would have lost what was measured. Where nothing ever was,
 * that cannot be told. */
static bool decide_suspended(struct judging *judging)
{
	const struct attest_quote *then = &judging->then, *now = &judging->now;

	judging_decide(judging, CONTINUITY_RESTARTED, REASON_SUSPENDED,
		"(resetCount, restartCount) went from (%" PRIu32 ", %" PRIu32 ") to (%" PRIu32
		", %" PRIu32 ") and the system did not restart: it was suspended and resumed",
		then->reset_count, then->restart_count, now->reset_count, now->restart_count);
	if (judging->verdict->event == EVENT_RESUME)
		return true;
	if (judging->verdict->status == VERDICT_CONTRAINDICATED)
		judging->verdict->status = VERDICT_WARNING;
	judging_add(judging, true, REASON_NOT_ANNOUNCED, "no resume was announced");
	if (judging->change.measured == MEASURED_NOTHING)
		judging_add(judging, true, REASON_COUNTERS_MOVED,
			"the firmware measures nothing: the TPM may have been reset under the "
			"running system, which would look the same");
	return true;
}

static bool decide_uptime_behind(struct judging *judging)
{
	return judging_decide(judging, CONTINUITY_ROLLED_BACK, REASON_UPTIME_BEHIND,
		"the system's uptime went back from %" PRIu64 " s to %" PRIu64
		" s: the whole VM was set back, its vTPM with it",
		judging->baseline->guest.uptime_ms / 1000,
		judging->evidence->guest.uptime_ms / 1000);
}

/* Part `guest` is read before the TPM is waited for, and that may be another run's meanwhile. So
 * the baseline's uptime was that at its quote or more, and this one's, read with the clock, not
 * more. */
static bool is_uptime_behind(const struct judging *judging)
{
	const struct evidence_clock *clock = &judging->evidence->clock;
	uint64_t uptime_ms = judging->evidence->guest.uptime_ms;

	if (clock->part.state == PART_READ && clock->uptime_ms > uptime_ms)
		uptime_ms = clock->uptime_ms;
	return uptime_ms + order_age_ms(clock, &judging->now) + SLACK_MS <
	       judging->baseline->guest.uptime_ms;
}

/* The operating system did not restart, so the TPM must not have either. */
static bool judge_same_boot(struct judging *judging)
{
	const struct attest_quote *then = &judging->then, *now = &judging->now;
	int moved = order_of_counters(then, now);

	if (moved < 0)
		return decide_behind(judging);
	if (is_uptime_behind(judging))
		return decide_uptime_behind(judging);
	if (moved > 0 && judging->change.measured == MEASURED_OTHERWISE)
		return judging_decide(judging, CONTINUITY_RESET_UNDER_GUEST,
			REASON_BOOT_PCRS_CHANGED,
			"the TPM was reset and PCR 0 to 7 are not those of the baseline, though "
			"the system did not restart");
	if (now->clock_ms < then->clock_ms && now->reset_count == then->reset_count)
		return continuity_decide_clock_behind(judging);
	if (moved > 0 && power_is_older_state(judging))
		return continuity_decide_older(judging);
	if (moved > 0)
		return decide_suspended(judging);
	if (power_is_counted_again(judging))
		return decide_repeated(judging);
	return decide_continuous(judging);
}

/* The same counters in another boot of the system. Either the TPM was not reset (kexec), and has
 * been on since before the baseline; or it runs on an older state whose counters went up again. */
static bool judge_same_counters(struct judging *judging, enum likeness boot)
{
	if (!evidence_are_read(&judging->baseline->clock.part, &judging->evidence->clock.part))
		return judging_decide(judging, CONTINUITY_UNVERIFIED, REASON_NO_ACCESS,
			"the TPM's clock could not be read: a rollback cannot be excluded");
	if (power_is_counted_again(judging))
		return decide_repeated(judging);
	if (judging->now.clock_ms < judging->then.clock_ms)
		return continuity_decide_clock_behind(judging);
	decide_continuous(judging);
	if (boot == LIKENESS_OTHER)
		judging_add(judging, true, REASON_BOOT_WITHOUT_RESET,
			"the system restarted, its TPM did not");
	return true;
}

static bool judge_other_boot(struct judging *judging, enum likeness boot)
{
	const struct attest_quote *then = &judging->then, *now = &judging->now;
	int moved = order_of_counters(then, now);

	if (moved < 0)
		return decide_behind(judging);
	return moved ? continuity_judge_restart(judging) : judge_same_counters(judging, boot);
}

static bool is_one_reading(const struct evidence_clock *before, const struct evidence_clock *after)
{
	return evidence_are_read(&before->part, &after->part) &&
	       before->time_ms == after->time_ms && before->clock_ms == after->clock_ms &&
	       before->uptime_ms == after->uptime_ms;
}

/* The same random bytes twice: the generator's state was restored. But a reading that is shown
 * twice, with two quotes, was one reading. */
static bool has_repeated_random(const struct judging *judging)
{
	const struct evidence_random *then = &judging->baseline->random;
	const struct evidence_random *now = &judging->evidence->random;

	if (is_one_reading(&judging->baseline->clock, &judging->evidence->clock))
		return false;
	return then->part.state == PART_READ && now->part.state == PART_READ && now->sha256.len &&
	       then->sha256.len == now->sha256.len &&
	       memcmp(then->sha256.data, now->sha256.data, now->sha256.len) == 0;
}

/* What the evidence alone shows of a reset under the running system. A log that has nothing to do
 * with the TPM decides nothing where the boot PCRs are the baseline's, or where what is signed
 * excludes a reset: a program may extend all of them. Nor does the time beside a baseline: a system
 * that was suspended looks the same where its firmware measures nothing. */
static bool judge_detectors(struct judging *judging)
{
	const struct check *pcrs = judging_check(judging, "boot-pcrs");
	const struct check *time = judging_check(judging, "tpm-time");
	enum measured measured = judging->change.measured;
	bool are_known = measured == MEASURED_SAME || measured == MEASURED_PARTLY ||
			 (judging->baseline && power_was_kept(judging));

	if (pcrs && pcrs->result == CHECK_FAIL && !are_known)
		return judging_decide(judging, CONTINUITY_RESET_UNDER_GUEST, REASON_BOOT_PCRS_WRONG,
			"%s", pcrs->sentence);
	if (!judging->baseline && time && time->result == CHECK_FAIL)
		return judging_decide(judging, CONTINUITY_RESET_UNDER_GUEST, REASON_TIME_RESTARTED,
			"%s", time->sentence);
	return false;
}

/* The beacon never goes back, and a run that advanced it must be past the baseline's. */
static bool judge_beacon(struct judging *judging)
{
	const struct evidence_beacon *then = &judging->baseline->beacon;
	const struct evidence_beacon *now = &judging->evidence->beacon;
	/* A run that did not advance it may still see the baseline's value, and so may one that did
	 * it before the baseline was quoted. */
	bool may_be_same = !now->is_advanced || order_overlaps(judging);
	bool is_past = now->value > then->value || (now->value == then->value && may_be_same);

	if (is_past || !evidence_are_read(&then->part, &now->part))
		return false;
	/* As the baseline, it would let an older state pass that stands between the two. */
	if (order_has_older_beacon(judging)) {
		judging->verdict->is_poorer = true;
		return false;
	}
	return judging_decide(judging, CONTINUITY_ROLLED_BACK, REASON_BEACON_BEHIND,
		"the beacon went from %" PRIu64 " to %" PRIu64 ": this is an older state",
		then->value, now->value);
}

bool continuity_judge_history(struct judging *judging)
{
	enum likeness boot;

	if (order_is_overtaken(judging))
		return judging_decide(judging, CONTINUITY_UNVERIFIED, REASON_OVERTAKEN,
			"the baseline is of a newer quote, and was kept after this evidence was "
			"asked for: another report overtook it, which says nothing of the TPM");
	if (judging->baseline && has_repeated_random(judging))
		return judging_decide(judging, CONTINUITY_ROLLED_BACK, REASON_RANDOM_REPEATED,
			"the TPM gave the very random bytes of the baseline again");
	if (judge_detectors(judging))
		return true;
	if (!judging->baseline)
		return judging_decide(judging, CONTINUITY_FIRST_SEEN, REASON_FIRST_SEEN,
			"there is no baseline: this vTPM has not been seen before");
	if (judge_beacon(judging) || continuity_judge_clear(judging))
		return true;
	boot = likeness_of_boots(judging->baseline, judging->evidence);
	if (boot == LIKENESS_SAME)
		return judge_same_boot(judging);
	judge_other_boot(judging, boot);
	if (boot != LIKENESS_UNKNOWN)
		return true;
	judging->verdict->is_poorer =
		judging->verdict->is_poorer || *judging->baseline->guest.boot_id;
	judging_add(judging, true, REASON_BOOT_UNKNOWN,
		"whether the system restarted is not known: a reset of the TPM under the "
		"running system cannot be excluded");
	return true;
}

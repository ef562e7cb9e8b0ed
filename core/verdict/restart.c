/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/restart.h"

#include <inttypes.h>

#include "core/evidence/properties.h"
#include "core/verdict/power.h"

/* What else the TPM shows of it. A crash may hide before Resets or Restarts of which the bit does
 * not tell. */
static const char *how_behind(const struct judging *judging)
{
	enum shutdown shutdown = power_shutdown(judging);
	bool is_one = judging->now.reset_count - judging->then.reset_count <= 1;

	if (power_is_behind_start(judging))
		return ": it was started from a clock older than the one it last started with";
	if (shutdown == SHUTDOWN_SAVED || (shutdown == SHUTDOWN_ORDERLY && is_one))
		return ", without a crash";
	return "";
}

bool continuity_decide_clock_behind(struct judging *judging)
{
	const struct evidence_clock *clock = &judging->evidence->clock;

	if (judging->now.clock_ms < judging->then.clock_ms)
		return judging_decide(judging, CONTINUITY_ROLLED_BACK, REASON_CLOCK_BEHIND,
			"the TPM's clock went back from %" PRIu64 " ms to %" PRIu64 " ms%s",
			judging->then.clock_ms, judging->now.clock_ms, how_behind(judging));
	return judging_decide(judging, CONTINUITY_ROLLED_BACK, REASON_CLOCK_BEHIND,
		"the TPM's clock was %" PRIu64 " ms when it was switched on, and %" PRIu64
		" ms before that%s",
		clock->clock_ms > clock->time_ms ? clock->clock_ms - clock->time_ms : 0,
		judging->then.clock_ms, how_behind(judging));
}

bool continuity_decide_older(struct judging *judging)
{
	if (power_is_clock_behind(judging) || !power_has_fewer_updates(judging))
		return continuity_decide_clock_behind(judging);
	return judging_decide(judging, CONTINUITY_ROLLED_BACK, REASON_COUNTERS_REPEATED,
		"the PCR update counter went back from %" PRIu32 " to %" PRIu32
		", which only a reset does, and resetCount is %" PRIu32
		" as before: restartCount was counted up again from an older state",
		judging->baseline->pcrs.update_counter, judging->evidence->pcrs.update_counter,
		judging->now.reset_count);
}

static void decide_saved(struct judging *judging)
{
	judging_decide(judging, CONTINUITY_RESTARTED, REASON_RESTARTED_SAVED,
		"restartCount went from %" PRIu32 " to %" PRIu32
		": the TPM's state was saved each time it was switched off",
		judging->then.restart_count, judging->now.restart_count);
}

static void decide_orderly(struct judging *judging)
{
	judging_decide(judging, CONTINUITY_RESTARTED, REASON_RESTARTED_ORDERLY,
		"resetCount went from %" PRIu32 " to %" PRIu32 ", the last shutdown was orderly",
		judging->then.reset_count, judging->now.reset_count);
}

/* A Reset, and then Restarts: the clock can tell of a crash before them, and nothing else can. */
static void decide_unseen(struct judging *judging)
{
	bool is_back = power_is_clock_behind(judging);

	judging_decide(judging, is_back ? CONTINUITY_CRASHED : CONTINUITY_RESTARTED,
		is_back ? REASON_CRASHED : REASON_RESTARTED_SAVED,
		"resetCount went from %" PRIu32 " to %" PRIu32 ", then restartCount to %" PRIu32
		": %s",
		judging->then.reset_count, judging->now.reset_count, judging->now.restart_count,
		is_back ? "the clock went back, so the TPM was not shut down at first"
			: "how the TPM was shut down at first cannot be told");
}

static void decide_crashed(struct judging *judging)
{
	struct properties properties;

	properties_decode(judging->evidence, &properties);
	judging_decide(judging, CONTINUITY_CRASHED, REASON_CRASHED,
		"resetCount went from %" PRIu32 " to %" PRIu32 ", the last shutdown was not %s",
		judging->then.reset_count, judging->now.reset_count,
		properties.has_startup_clear ? "orderly" : "shown to be orderly");
}

static void note_resets(struct judging *judging)
{
	uint32_t resets = judging->now.reset_count - judging->then.reset_count;

	if (resets > 1)
		judging_add(judging, false, REASON_SEVERAL_RESETS,
			"%" PRIu32 " resets since the baseline: what lies between was not seen",
			resets);
}

/* No hibernation loses what the firmware measured, nor the clock. */
static bool judge_later(struct judging *judging)
{
	if (judging->change.is_gone)
		return judging_decide(judging, CONTINUITY_RESET_UNDER_GUEST, REASON_TIME_RESTARTED,
			"the TPM was switched on after the system, and has nothing of what was "
			"measured: it was reset under the system");
	return power_is_clock_behind(judging) && continuity_decide_clock_behind(judging);
}

bool continuity_judge_restart(struct judging *judging)
{
	static void (*const decide[])(struct judging * judging) = {
		[SHUTDOWN_UNORDERLY] = decide_crashed,
		[SHUTDOWN_UNSEEN] = decide_unseen,
		[SHUTDOWN_ORDERLY] = decide_orderly,
		[SHUTDOWN_SAVED] = decide_saved,
	};

	if (power_came_later(judging) && judge_later(judging))
		return true;
	if (power_is_older_state(judging))
		return continuity_decide_older(judging);
	decide[power_shutdown(judging)](judging);
	note_resets(judging);
	return true;
}

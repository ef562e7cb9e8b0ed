/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/power.h"

#include "core/evidence/properties.h"
#include "core/verdict/likeness.h"
#include "core/verdict/order.h"

/* Where the TPM was restarted between reading and quote, what was read is of another boot of it. */
static bool is_read_in_this_boot(const struct judging *judging)
{
	const struct evidence_clock *clock = &judging->evidence->clock;

	return clock->part.state == PART_READ && clock->reset_count == judging->now.reset_count &&
	       clock->restart_count == judging->now.restart_count;
}

enum shutdown power_shutdown(const struct judging *judging)
{
	bool is_clock_read = judging->evidence->clock.part.state == PART_READ;
	struct properties properties;

	if (judging->now.reset_count == judging->then.reset_count)
		return SHUTDOWN_SAVED;
	if (judging->now.restart_count)
		return SHUTDOWN_UNSEEN;
	properties_decode(judging->evidence, &properties);
	if (!properties.has_startup_clear || !properties.is_orderly)
		return SHUTDOWN_UNORDERLY;
	return is_clock_read && !is_read_in_this_boot(judging) ? SHUTDOWN_UNORDERLY
							       : SHUTDOWN_ORDERLY;
}

/* TPM2_Startup brings the clock back some time after power-on, when the time runs already. */
#define STARTUP_MS 5000

int64_t power_on_ms(const struct evidence_clock *clock)
{
	return (int64_t)clock->clock_ms - (int64_t)clock->time_ms;
}

/* The clock went on from before `clock_ms`. */
static bool is_started_before(const struct judging *judging, int64_t clock_ms)
{
	const struct evidence_clock *clock = &judging->evidence->clock;

	if ((int64_t)judging->now.clock_ms < clock_ms)
		return true;
	return is_read_in_this_boot(judging) && power_on_ms(clock) + STARTUP_MS < clock_ms;
}

bool power_is_clock_behind(const struct judging *judging)
{
	return is_started_before(judging, (int64_t)judging->then.clock_ms);
}

/* The system is older than the TPM's time by more than the drift of two clocks. */
static bool is_on_after_boot(const struct evidence_clock *clock)
{
	return clock->time_ms + STARTUP_MS + clock->uptime_ms / 1000 < clock->uptime_ms;
}

/* A kexec starts the system later than the TPM was, and later than any firmware takes. */
static bool is_on_long_before_boot(const struct evidence_clock *clock)
{
	return clock->time_ms > clock->uptime_ms + (uint64_t)2 * STARTUP_MS;
}

/* What a start of the TPM wrote: the clock of that moment. */
static int64_t last_start_ms(const struct judging *judging)
{
	const struct evidence_clock *clock = &judging->baseline->clock;

	return clock->part.state == PART_READ ? power_on_ms(clock) : 0;
}

bool power_is_behind_start(const struct judging *judging)
{
	return is_started_before(judging, last_start_ms(judging));
}

/* A kexec shuts the TPM down, which goes on all the same. Where the host stops later, that is taken
 * for an orderly shutdown, though what came after the kexec is lost. */
static int64_t last_shutdown_ms(const struct judging *judging)
{
	const struct evidence_clock *then = &judging->baseline->clock;
	bool may_be_kexec = then->part.state != PART_READ || is_on_long_before_boot(then);

	return may_be_kexec ? last_start_ms(judging) : (int64_t)judging->then.clock_ms;
}

bool power_has_fewer_updates(const struct judging *judging)
{
	/* What overlaps may have been read before the baseline. */
	return judging->now.reset_count == judging->then.reset_count && !order_overlaps(judging) &&
	       judging->evidence->pcrs.update_counter < judging->baseline->pcrs.update_counter;
}

bool power_is_older_state(const struct judging *judging)
{
	enum shutdown shutdown = power_shutdown(judging);
	bool is_one = judging->now.reset_count - judging->then.reset_count <= 1;
	bool is_orderly = shutdown == SHUTDOWN_ORDERLY && is_one;

	if (shutdown == SHUTDOWN_SAVED)
		return power_is_clock_behind(judging) || power_has_fewer_updates(judging);
	if (is_orderly && is_started_before(judging, last_shutdown_ms(judging)))
		return true;
	return power_is_behind_start(judging);
}

bool power_came_later(const struct judging *judging)
{
	const struct attest_quote *then = &judging->then, *now = &judging->now;
	const struct evidence_clock *clock = &judging->evidence->clock;
	bool is_one_reset = now->reset_count - then->reset_count == 1 && !now->restart_count;
	bool is_one_restart = now->reset_count == then->reset_count &&
			      now->restart_count - then->restart_count == 1;

	return (is_one_reset || is_one_restart) && clock->part.state == PART_READ &&
	       is_on_after_boot(clock);
}

/* In one boot of the system: at the baseline the TPM had been on since long before that boot, and
 * now it was switched on after it. So it was switched off since the baseline. */
static bool came_since(const struct judging *judging)
{
	const struct evidence_clock *then = &judging->baseline->clock,
				    *now = &judging->evidence->clock;

	/* What overlaps may have been read before the TPM's time went ahead: the VM was paused, or
	 * migrated to a host whose clock is. */
	return evidence_are_read(&then->part, &now->part) && !order_overlaps(judging) &&
	       is_on_long_before_boot(then) && is_on_after_boot(now);
}

/* The bit holds from one Startup to the next. */
static bool is_otherwise_orderly(const struct judging *judging)
{
	struct properties then, now;

	properties_decode(judging->baseline, &then);
	properties_decode(judging->evidence, &now);
	return then.has_startup_clear && now.has_startup_clear && then.is_orderly != now.is_orderly;
}

/* Readings of two boots of the TPM, though the counters are the same. */
static bool was_cut(const struct judging *judging)
{
	const struct evidence_clock *then = &judging->baseline->clock,
				    *now = &judging->evidence->clock;
	/* What overlaps may have been read before a restart. */
	bool has_other_bit = !order_overlaps(judging) && is_otherwise_orderly(judging);

	if (power_has_fewer_updates(judging) || has_other_bit)
		return true;
	if (!evidence_are_read(&then->part, &now->part))
		return false;
	/* The owner may have set the clock ahead between two readings that overlap. */
	return now->time_ms + order_age_ms(now, &judging->now) < then->time_ms ||
	       (power_on_ms(now) < power_on_ms(then) && !order_overlaps(judging));
}

bool power_was_kept(const struct judging *judging)
{
	return order_of_counters(&judging->then, &judging->now) == 0 &&
	       judging->now.clock_ms >= judging->then.clock_ms && !was_cut(judging);
}

bool power_excludes_clear(const struct judging *judging)
{
	return (judging->now.reset_count || judging->now.is_obfuscated) && power_was_kept(judging);
}

/* The two clocks may drift apart by a thousandth, twice what NTP corrects. A baseline of
 * the first seconds of its boot leaves less room for slack. */
bool power_was_on_before_boot(const struct judging *judging)
{
	const struct evidence_clock *then = &judging->baseline->clock,
				    *now = &judging->evidence->clock;
	uint64_t before_boot_ms = now->time_ms > now->uptime_ms ? now->time_ms - now->uptime_ms : 0;
	uint64_t slack_ms = then->uptime_ms < 2 * STARTUP_MS ? then->uptime_ms / 2 : STARTUP_MS;

	if (is_on_after_boot(now))
		return false;
	return before_boot_ms + slack_ms + now->uptime_ms / 1000 >= then->time_ms;
}

static uint32_t count_bits(uint32_t bits)
{
	uint32_t count = 0;

	for (; bits; bits &= bits - 1)
		count++;
	return count;
}

/* The boot PCRs cannot be the baseline's, extended: an extend leaves no zeros, and each is counted.
 */
static bool is_measured_anew(const struct judging *judging)
{
	const struct measured_change *change = &judging->change;
	uint32_t extends =
		judging->evidence->pcrs.update_counter - judging->baseline->pcrs.update_counter;

	return change->zero || extends < count_bits(change->other);
}

bool power_is_counted_again(const struct judging *judging)
{
	const struct evidence *then = judging->baseline, *now = judging->evidence;
	enum likeness boot = likeness_of_boots(then, now);

	if (order_of_counters(&judging->then, &judging->now) != 0)
		return false;
	if (was_cut(judging) || is_measured_anew(judging))
		return true;
	if (boot == LIKENESS_SAME)
		return came_since(judging);
	return boot == LIKENESS_OTHER && evidence_are_read(&then->clock.part, &now->clock.part) &&
	       !power_was_on_before_boot(judging);
}

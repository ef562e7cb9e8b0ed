/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/order.h"

int order_of_counters(const struct attest_quote *then, const struct attest_quote *now)
{
	if (now->reset_count != then->reset_count)
		return now->reset_count < then->reset_count ? -1 : 1;
	if (now->restart_count != then->restart_count)
		return now->restart_count < then->restart_count ? -1 : 1;
	return 0;
}

static bool is_behind(const struct attest_quote *then, const struct attest_quote *now)
{
	int moved = order_of_counters(then, now);

	return moved < 0 || (moved == 0 && now->clock_ms < then->clock_ms);
}

/* The reading, as if it were a quote's. */
static struct attest_quote as_quote(const struct evidence_clock *clock)
{
	return (struct attest_quote){.clock_ms = clock->clock_ms,
		.reset_count = clock->reset_count,
		.restart_count = clock->restart_count};
}

bool order_is_overtaken(const struct judging *judging)
{
	return judging->baseline && judging->was_asked_before &&
	       is_behind(&judging->then, &judging->now);
}

uint64_t order_age_ms(const struct evidence_clock *clock, const struct attest_quote *quote)
{
	if (clock->part.state != PART_READ || clock->clock_ms > quote->clock_ms)
		return 0;
	return quote->clock_ms - clock->clock_ms;
}

bool order_overlaps(const struct judging *judging)
{
	const struct evidence_clock *clock = &judging->evidence->clock;
	const struct attest_quote read = as_quote(clock);

	return clock->part.state == PART_READ && is_behind(&judging->then, &read) &&
	       !is_behind(&judging->then, &judging->now);
}

bool order_has_older_beacon(const struct judging *judging)
{
	const struct evidence_beacon *then = &judging->baseline->beacon;
	const struct evidence_beacon *now = &judging->evidence->beacon;
	struct attest_nv before, after;
	struct error ignored;

	if (judging->is_order_known && !judging->was_asked_before)
		return false;
	if (attest_read_nv(then->attest.data, then->attest.len, &before, &ignored))
		return false;
	if (attest_read_nv(now->attest.data, now->attest.len, &after, &ignored))
		return false;
	return after.reset_count == before.reset_count &&
	       after.restart_count == before.restart_count && after.clock_ms < before.clock_ms &&
	       !is_behind(&judging->then, &judging->now);
}

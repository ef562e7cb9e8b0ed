/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/attestation/rate.h"

#define ONE 60000U /* milliseconds in a minute, so that a millisecond's share is a whole number */

void rate_start(struct rate *rate, uint32_t per_minute, uint64_t now_ms)
{
	pthread_mutex_init(&rate->lock, NULL);
	rate->per_minute = per_minute;
	rate->filled_ms = now_ms;
	rate->credit = (uint64_t)per_minute * ONE;
}

void rate_end(struct rate *rate)
{
	pthread_mutex_destroy(&rate->lock);
}

static void fill(struct rate *rate, uint64_t now_ms)
{
	const uint64_t full = (uint64_t)rate->per_minute * ONE;
	uint64_t elapsed_ms = now_ms > rate->filled_ms ? now_ms - rate->filled_ms : 0;

	if (elapsed_ms >= ONE || rate->credit + elapsed_ms * rate->per_minute > full)
		rate->credit = full;
	else
		rate->credit += elapsed_ms * rate->per_minute;
	rate->filled_ms += elapsed_ms;
}

bool rate_take(struct rate *rate, uint64_t now_ms, unsigned *ret_retry_s)
{
	bool may;

	if (!rate->per_minute)
		return true;
	pthread_mutex_lock(&rate->lock);
	fill(rate, now_ms);
	may = rate->credit >= ONE;
	if (may)
		rate->credit -= ONE;
	else
		*ret_retry_s = (unsigned)((ONE - rate->credit - 1) / rate->per_minute / 1000 + 1);
	pthread_mutex_unlock(&rate->lock);
	return may;
}

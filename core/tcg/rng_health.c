/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/tcg/rng_health.h"

#include <string.h>

static uint32_t longest_run(const uint8_t *sample, size_t len)
{
	uint32_t longest = 0, run = 0;

	for (size_t i = 0; i < len; i++) {
		run = i > 0 && sample[i] == sample[i - 1] ? run + 1 : 1;
		if (run > longest)
			longest = run;
	}
	return longest;
}

static uint32_t count_first(const uint8_t *window)
{
	uint32_t count = 0;

	for (size_t i = 0; i < RNG_HEALTH_SAMPLE; i++)
		count += window[i] == window[0];
	return count;
}

static uint32_t most_frequent(const uint8_t *sample, size_t windows)
{
	uint32_t most = 0;

	for (size_t i = 0; i < windows; i++) {
		uint32_t count = count_first(sample + i * RNG_HEALTH_SAMPLE);

		if (count > most)
			most = count;
	}
	return most;
}

static bool has_repeated_block(const uint8_t *sample, size_t len, size_t block)
{
	size_t count = block < RNG_HEALTH_BLOCK_MIN ? 0 : len / block;

	for (size_t i = 1; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (memcmp(sample + i * block, sample + j * block, block) == 0)
				return true;
		}
	}
	return false;
}

void rng_health_test(const uint8_t *sample, size_t len, size_t block, struct rng_health *ret_health)
{
	size_t windows = len / RNG_HEALTH_SAMPLE;
	struct rng_health health = {
		.longest_run = longest_run(sample, len),
		.run_cutoff = RNG_HEALTH_RUN_CUTOFF,
		.most_frequent = most_frequent(sample, windows),
		.proportion_cutoff = RNG_HEALTH_PROPORTION_CUTOFF,
		.has_repeated_block = has_repeated_block(sample, len, block),
	};

	health.is_passed = windows > 0 && health.longest_run < health.run_cutoff &&
			   health.most_frequent < health.proportion_cutoff &&
			   !health.has_repeated_block;
	*ret_health = health;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <string.h>

#include "core/tcg/rng_health.h"

#define ALPHA (1.0 / 1099511627776.0) /* 2^-40 */

/* Fills with bytes of a good mixer (SplitMix64), the same at each run. */
static void fill(uint8_t *sample, size_t len)
{
	uint64_t seed = 1;

	for (size_t i = 0; i < len; i++) {
		uint64_t mixed = seed += 0x9e3779b97f4a7c15;

		mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
		mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
		sample[i] = (uint8_t)(mixed >> 56);
	}
}

/* The probability that more than `k` of 512 bytes have a given value, summed from its smallest
 * terms up. */
static double tail(unsigned k)
{
	double terms[RNG_HEALTH_SAMPLE + 1], sum = 0;

	terms[0] = 1;
	for (unsigned i = 0; i < RNG_HEALTH_SAMPLE; i++)
		terms[0] *= 255.0 / 256;
	for (unsigned i = 0; i < RNG_HEALTH_SAMPLE; i++)
		terms[i + 1] = terms[i] * (RNG_HEALTH_SAMPLE - i) / (i + 1) / 255;
	for (unsigned i = RNG_HEALTH_SAMPLE; i > k; i--)
		sum += terms[i];
	return sum;
}

/* SP 800-90B, 4.4.2: cutoff = 1 + critbinom. */
static void test_proportion_cutoff_is_the_binomial_one(void **state)
{
	const unsigned critbinom = RNG_HEALTH_PROPORTION_CUTOFF - 1;

	(void)state;
	assert_true(tail(critbinom) <= ALPHA);
	assert_true(tail(critbinom - 1) > ALPHA);
	assert_true(tail(0) > 0.865 && tail(0) < 0.866); /* 1 - (255/256)^512 */
}

/* SP 800-90B, 4.4.1: a given byte is followed by cutoff - 1 of its kind. */
static void test_run_cutoff_is_that_of_alpha(void **state)
{
	double probability = 1;

	(void)state;
	for (unsigned i = 1; i < RNG_HEALTH_RUN_CUTOFF; i++)
		probability /= 256;
	assert_true(probability <= ALPHA);
	assert_true(probability * 256 > ALPHA);
}

static void test_random_bytes_pass(void **state)
{
	uint8_t sample[4 * RNG_HEALTH_SAMPLE];
	struct rng_health health;

	(void)state;
	fill(sample, sizeof(sample));
	rng_health_test(sample, sizeof(sample), 32, &health);
	assert_true(health.is_passed);
	assert_false(health.has_repeated_block);
	assert_int_equal(health.run_cutoff, 6);
	assert_int_equal(health.proportion_cutoff, 19);
	assert_true(health.longest_run >= 1 && health.longest_run <= 3);
	assert_true(health.most_frequent >= 1 && health.most_frequent <= 10);
}

static void test_constant_bytes_fail_everything(void **state)
{
	uint8_t sample[RNG_HEALTH_SAMPLE] = {0};
	struct rng_health health;

	(void)state;
	rng_health_test(sample, sizeof(sample), 64, &health);
	assert_false(health.is_passed);
	assert_int_equal(health.longest_run, RNG_HEALTH_SAMPLE);
	assert_int_equal(health.most_frequent, RNG_HEALTH_SAMPLE);
	assert_true(health.has_repeated_block);
}

static void test_run_fails_at_the_cutoff(void **state)
{
	static const struct {
		size_t at, run;
		bool is_passed;
	} rows[] = {{0, 5, true}, {0, 6, false}, {300, 5, true}, {300, 6, false},
		{RNG_HEALTH_SAMPLE - 6, 6, false}, {RNG_HEALTH_SAMPLE - 5, 5, true},
		{RNG_HEALTH_SAMPLE, 6, false}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t sample[RNG_HEALTH_SAMPLE + 6];
		struct rng_health health;

		fill(sample, sizeof(sample));
		memset(sample + rows[i].at, 0x5a, rows[i].run);
		if (rows[i].at > 0)
			sample[rows[i].at - 1] = 0;
		if (rows[i].at + rows[i].run < sizeof(sample))
			sample[rows[i].at + rows[i].run] = 0;
		rng_health_test(sample, sizeof(sample), 0, &health);
		assert_int_equal(health.longest_run, rows[i].run);
		assert_int_equal(health.is_passed, rows[i].is_passed);
	}
}

/* Puts `count` bytes of the window's first value into the window, no two side by side. */
static void plant(uint8_t *window, size_t count)
{
	for (size_t i = 0; i < RNG_HEALTH_SAMPLE; i++) {
		if (window[i] == 0x77)
			window[i] = 0x78;
	}
	for (size_t i = 0; i < count; i++)
		window[2 * i] = 0x77;
}

static void test_proportion_fails_at_the_cutoff(void **state)
{
	static const struct {
		size_t len, at, count;
		uint32_t most_frequent;
		bool is_passed;
	} rows[] = {
		{512, 0, 18, 18, true}, {512, 0, 19, 19, false}, {1024, 512, 18, 18, true},
		{1024, 512, 19, 19, false},
		{1023, 512, 19, 3, true}, /* the second window is not whole */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t sample[1024];
		struct rng_health health;

		fill(sample, sizeof(sample));
		plant(sample + rows[i].at, rows[i].count);
		rng_health_test(sample, rows[i].len, 0, &health);
		assert_int_equal(health.most_frequent, rows[i].most_frequent);
		assert_int_equal(health.is_passed, rows[i].is_passed);
	}
}

static void test_equal_blocks_fail(void **state)
{
	static const struct {
		size_t len, block, from, to, count; /* bytes copied within the sample */
		bool has_repeated_block;
	} rows[] = {
		{512, 32, 0, 32, 32, true},
		{512, 32, 0, 480, 32, true},
		{512, 48, 0, 432, 48, true},  /* the last whole one of ten */
		{512, 48, 0, 480, 32, false}, /* the rest is no block */
		{512, 32, 0, 480, 31, false},
		{512, 32, 16, 64, 32, false}, /* across two blocks: not what an answer is */
		{512, 0, 0, 32, 32, false},   /* not asked for */
		{512, 15, 0, 15, 15, false},  /* too short to tell */
		{512, 16, 0, 16, 16, true},
		{512, 512, 0, 0, 0, false},
		{512, SIZE_MAX, 0, 0, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t sample[RNG_HEALTH_SAMPLE];
		struct rng_health health;

		fill(sample, sizeof(sample));
		memcpy(sample + rows[i].to, sample + rows[i].from, rows[i].count);
		rng_health_test(sample, rows[i].len, rows[i].block, &health);
		assert_int_equal(health.has_repeated_block, rows[i].has_repeated_block);
		assert_int_equal(health.is_passed, !rows[i].has_repeated_block);
	}
}

static void test_too_few_bytes_do_not_pass(void **state)
{
	uint8_t sample[RNG_HEALTH_SAMPLE];
	struct rng_health health;

	(void)state;
	fill(sample, sizeof(sample));
	rng_health_test(NULL, 0, 32, &health);
	assert_false(health.is_passed);
	assert_int_equal(health.longest_run, 0);
	assert_int_equal(health.run_cutoff, 6);
	rng_health_test(sample, sizeof(sample) - 1, 32, &health);
	assert_false(health.is_passed);
	assert_int_equal(health.most_frequent, 0);
	rng_health_test(sample, sizeof(sample), 32, &health);
	assert_true(health.is_passed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_proportion_cutoff_is_the_binomial_one),
		cmocka_unit_test(test_run_cutoff_is_that_of_alpha),
		cmocka_unit_test(test_random_bytes_pass),
		cmocka_unit_test(test_constant_bytes_fail_everything),
		cmocka_unit_test(test_run_fails_at_the_cutoff),
		cmocka_unit_test(test_proportion_fails_at_the_cutoff),
		cmocka_unit_test(test_equal_blocks_fail),
		cmocka_unit_test(test_too_few_bytes_do_not_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

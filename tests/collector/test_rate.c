/* SPDX-License-Identifier: BSD-2-Clause */
/* The enrolments' rate: the limit of all, and no sender's more than its share. */
#include "collector/attestation/rate.h"
#include "tests/unit/unit.h"

#define PER_MINUTE 60
#define SHARE      (PER_MINUTE / RATE_SHARE)

static const uint8_t key[RATE_KEY_SIZE] = "a random key";

static void test_rate(void **state)
{
	/* Four a minute: one each 15 seconds, at most four at once. */
	static const struct {
		uint64_t at_ms;
		bool may;
		unsigned retry_s;
	} rows[] = {
		{1000, true, 0},
		{1000, true, 0},
		{1000, true, 0},
		{1000, true, 0},
		{1000, false, 15},
		{1001, false, 15},
		{15000, false, 1},
		{15999, false, 1},
		{16000, true, 0},
		{16000, false, 15},
		{500, false, 15}, /* such a clock does not go back; if it did, nothing is gained */
		{46000, true, 0},
		{46000, true, 0},
		{46000, false, 15},
		{86400000000, true, 0},
		{86400000000, true, 0},
		{86400000000, true, 0},
		{86400000000, true, 0},
		{86400000000, false, 15},
	};
	struct rate rate;

	(void)state;
	rate_start(&rate, 4, NULL, 1000);
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned retry_s = 0;
		bool may = rate_take(&rate, "192.0.2.1", rows[i].at_ms, &retry_s);

		if (may != rows[i].may || retry_s != rows[i].retry_s)
			fail_msg("row %zu: retry after %u", i, retry_s);
	}
	rate_end(&rate);
}

static void test_rates(void **state)
{
	static const struct {
		uint32_t per_minute;
		uint64_t
			in_ten_seconds; /* of a request in each millisecond, behind a full bucket */
	} rows[] = {{1, 1}, {60, 70}, {6000, 7000}, {60000, 10001}, {0, 10001}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t taken = 0;
		unsigned retry_s;
		struct rate rate;

		rate_start(&rate, rows[i].per_minute, NULL, 0);
		for (uint64_t ms = 0; ms <= 10000; ms++)
			taken += rate_take(&rate, "192.0.2.1", ms, &retry_s);
		assert_int_equal(taken, rows[i].in_ten_seconds);
		rate_end(&rate);
	}
}

/* How many of `wanted` a sender gets. */
static unsigned int take(
	struct rate *rate, const char *sender, uint64_t now_ms, unsigned int wanted)
{
	unsigned int taken = 0, retry_s;

	for (unsigned int i = 0; i < wanted; i++)
		taken += rate_take(rate, sender, now_ms, &retry_s);
	return taken;
}

static void test_share_of_a_sender(void **state)
{
	struct rate rate;
	unsigned int retry_s = 0;

	(void)state;
	rate_start(&rate, PER_MINUTE, key, 0);
	assert_int_equal(take(&rate, "192.0.2.1", 0, 1000), SHARE);
	assert_false(rate_take(&rate, "192.0.2.1", 0, &retry_s));
	assert_int_equal(retry_s, 60 / SHARE);
	/* A refusal costs nobody else anything, and the limit of all holds. */
	assert_int_equal(take(&rate, "192.0.2.2", 0, 1000), SHARE);
	assert_int_equal(take(&rate, "192.0.2.3", 0, 1000), SHARE);
	assert_int_equal(take(&rate, "192.0.2.4", 0, SHARE - 1), SHARE - 1);
	assert_int_equal(take(&rate, "192.0.2.5", 0, 1000), 1);
	assert_int_equal(take(&rate, "192.0.2.6", 0, 1000), 0);
	/* A quarter of a minute fills a quarter of each. */
	assert_int_equal(take(&rate, "192.0.2.1", 16000, 1000), SHARE * 16 / 60);
	rate_end(&rate);
}

static void test_senders(void **state)
{
	static const struct {
		const char *one, *other;
		bool are_one;
	} rows[] = {
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.129", false},
		{"2001:db8::1", "2001:db8::ffff:0:0:1", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"2001:db8::1", "32.1.13.184", false},
		{"fe80::1%eth0", "fe80::2%eth1", true},
		{"unix", "unix", false},
		{"", "", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rate rate;

		rate_start(&rate, PER_MINUTE, key, 0);
		take(&rate, rows[i].one, 0, SHARE);
		if (take(&rate, rows[i].other, 0, SHARE) != (rows[i].are_one ? 0 : SHARE))
			fail_msg("%s, %s", rows[i].one, rows[i].other);
		rate_end(&rate);
	}
}

static void test_share_is_at_least_one(void **state)
{
	struct rate rate;

	(void)state;
	rate_start(&rate, 2, key, 0);
	assert_int_equal(take(&rate, "192.0.2.1", 0, 10), 1);
	assert_int_equal(take(&rate, "192.0.2.2", 0, 10), 1);
	rate_end(&rate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_rates),
		cmocka_unit_test(test_share_of_a_sender),
		cmocka_unit_test(test_senders),
		cmocka_unit_test(test_share_is_at_least_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

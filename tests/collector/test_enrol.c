/* SPDX-License-Identifier: BSD-2-Clause */
/* Allowlists, good and bad; and how many VMs may come in a minute. */
#include "collector/attestation/enrol.h"

#include <string.h>

#include "collector/attestation/rate.h"
#include "tests/unit/unit.h"

#define UUID  "6f9619ff-8b86-4011-b42d-00c04fc964ff"
#define OTHER "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
#define ONES  "0101010101010101010101010101010101010101010101010101010101010101"
#define TWOS  "0202020202020202020202020202020202020202020202020202020202020202"

static const struct {
	const char *text;
	bool one, two,
		others_two; /* who is on it: this VM with EK one or two, the other with two */
} lists[] = {
	{"", false, false, false},
	{"# " UUID " " ONES "\n\n \t\n", false, false, false},
	{UUID " " ONES, true, false, false},
	{UUID "\t " ONES "  # web\r\n" OTHER " " TWOS "\r\n", true, false, true},
	{UUID " " TWOS "\n" UUID " " ONES "\n" UUID " " ONES "\n", true, true, false},
	{"6F9619FF-8B86-4011-B42D-00C04FC964FF " ONES "\n", true, false, false},
	{OTHER " " ONES "\n" OTHER " " TWOS "\n", false, false, true},
};

static const struct {
	const char *text, *message;
} refused[] = {
	{"web-1 " ONES "\n", "line 1: no UUID"},
	{"# all\n" UUID "\n", "line 2: not one fingerprint"},
	{UUID " 0101\n", "line 1: not one fingerprint"},
	{UUID " " ONES "01\n", "line 1: not one fingerprint"},
	{UUID " " ONES " " TWOS "\n", "line 1: not one fingerprint"},
	{UUID " x" ONES "\n", "line 1: not one fingerprint"},
	{UUID " " ONES "\n\n" ONES " " UUID "\n", "line 3: no UUID"},
};

static bool allows(const struct enrol *enrol, const char *uuid, uint8_t fill)
{
	uint8_t ek[STORE_HASH_SIZE];

	memset(ek, fill, sizeof(ek));
	return enrol_allows(enrol, uuid, ek);
}

static void test_allowlists(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct enrol *enrol = NULL;
		struct error err;

		assert_int_equal(enrol_new(ENROL_ALLOWLIST, lists[i].text, &enrol, &err), 0);
		assert_int_equal(enrol_policy(enrol), ENROL_ALLOWLIST);
		assert_int_equal(allows(enrol, UUID, 1), lists[i].one);
		assert_int_equal(allows(enrol, UUID, 2), lists[i].two);
		assert_int_equal(allows(enrol, OTHER, 2), lists[i].others_two);
		assert_false(allows(enrol, UUID, 3));
		enrol_free(enrol);
	}
}

static void test_bad_allowlists(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct enrol *enrol = NULL;
		struct error err = {0};

		assert_int_equal(
			enrol_new(ENROL_ALLOWLIST, refused[i].text, &enrol, &err), -ERROR_CONFIG);
		assert_null(enrol);
		if (!strstr(err.message, refused[i].message))
			fail_msg("%s: %s", refused[i].text, err.message);
	}
}

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
	rate_start(&rate, 4, 1000);
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned retry_s = 0;

		if (rate_take(&rate, rows[i].at_ms, &retry_s) != rows[i].may ||
			retry_s != rows[i].retry_s)
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

		rate_start(&rate, rows[i].per_minute, 0);
		for (uint64_t ms = 0; ms <= 10000; ms++)
			taken += rate_take(&rate, ms, &retry_s);
		assert_int_equal(taken, rows[i].in_ten_seconds);
		rate_end(&rate);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allowlists),
		cmocka_unit_test(test_bad_allowlists),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_rates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Allowlists, good and bad. */
#include "collector/attestation/enrol.h"

#include <string.h>

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
	{"03000200-0400-0500-0006-000700080009 " ONES "\n", "line 1: 03000200-0400-0500-0006-"},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_allowlists),
		cmocka_unit_test(test_bad_allowlists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

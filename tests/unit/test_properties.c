/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/evidence/properties.h"
#include "tests/unit/fixture/sample.h"

static void test_a_healthy_tpm(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	struct properties p;

	(void)state;
	properties_decode(evidence, &p);
	assert_string_equal(p.family, "2.0");
	assert_string_equal(p.revision, "1.64");
	assert_string_equal(p.specification_date, "2021-03-16");
	assert_string_equal(p.manufacturer, "IBM");
	assert_int_equal(p.manufacturer_id, 0x49424d00);
	assert_string_equal(p.vendor, "SW   TPM");
	assert_string_equal(p.firmware, "8217.4131.22.13878");
	assert_int_equal(p.firmware_version, 0x2019102300163636);
	assert_int_equal(p.total_commands, 117);
	assert_true(p.has_permanent && p.has_startup_clear && p.has_lockout);
	assert_int_equal(p.lockout_counter, 0);
	assert_int_equal(p.lockout_max, 3);
	assert_int_equal(p.lockout_interval_s, 1000);
	assert_int_equal(p.lockout_recovery_s, 1001);
}

/* Each bit shows in its own boolean and in no other. */
static const struct {
	uint32_t property, bit;
	size_t shows;
} bits[] = {
	{TCG_PT_PERMANENT, 1U << 0, offsetof(struct properties, is_owner_auth_set)},
	{TCG_PT_PERMANENT, 1U << 1, offsetof(struct properties, is_endorsement_auth_set)},
	{TCG_PT_PERMANENT, 1U << 2, offsetof(struct properties, is_lockout_auth_set)},
	{TCG_PT_PERMANENT, 1U << 8, offsetof(struct properties, is_clear_disabled)},
	{TCG_PT_PERMANENT, 1U << 9, offsetof(struct properties, is_in_lockout)},
	{TCG_PT_STARTUP_CLEAR, 1U << 0, offsetof(struct properties, is_platform_enabled)},
	{TCG_PT_STARTUP_CLEAR, 1U << 1, offsetof(struct properties, is_owner_enabled)},
	{TCG_PT_STARTUP_CLEAR, 1U << 2, offsetof(struct properties, is_endorsement_enabled)},
	{TCG_PT_STARTUP_CLEAR, 1U << 31, offsetof(struct properties, is_orderly)},
};

static void test_each_bit(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bits); i++) {
		for (unsigned inverted = 0; inverted < 2; inverted++) {
			EVIDENCE_SCOPED *evidence = sample_evidence();
			struct properties p;

			*sample_property(evidence, TCG_PT_PERMANENT) = inverted ? UINT32_MAX : 0;
			*sample_property(evidence, TCG_PT_STARTUP_CLEAR) =
				inverted ? UINT32_MAX : 0;
			*sample_property(evidence, bits[i].property) ^= bits[i].bit;
			properties_decode(evidence, &p);
			for (size_t j = 0; j < COUNT(bits); j++)
				assert_int_equal(*((const bool *)&p + bits[j].shows),
					(j == i) != (inverted == 1));
		}
	}
}

static void test_dates(void **state)
{
	static const struct {
		uint32_t year, day;
		const char *date;
	} rows[] = {
		{2021, 1, "2021-01-01"},
		{2021, 31, "2021-01-31"},
		{2021, 32, "2021-02-01"},
		{2021, 59, "2021-02-28"},
		{2021, 60, "2021-03-01"},
		{2024, 60, "2024-02-29"},
		{2024, 61, "2024-03-01"},
		{2100, 60, "2100-03-01"},
		{2000, 60, "2000-02-29"},
		{2021, 365, "2021-12-31"},
		{2024, 366, "2024-12-31"},
		{2021, 366, ""},
		{2024, 367, ""},
		{2021, 0, ""},
		{1999, 1, ""},
		{9999, 1, "9999-01-01"},
		{10000, 1, ""},
		{UINT32_MAX, UINT32_MAX, ""},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		EVIDENCE_SCOPED *evidence = sample_evidence();
		struct properties p;

		*sample_property(evidence, TCG_PT_YEAR) = rows[i].year;
		*sample_property(evidence, TCG_PT_DAY_OF_YEAR) = rows[i].day;
		properties_decode(evidence, &p);
		assert_string_equal(p.specification_date, rows[i].date);
	}
}

static void test_numbers_and_letters_of_any_size(void **state)
{
	static const struct {
		uint32_t property, value;
		size_t shows;
		const char *text;
	} rows[] = {
		{TCG_PT_REVISION, 0, offsetof(struct properties, revision), ""},
		{TCG_PT_REVISION, 159, offsetof(struct properties, revision), "1.59"},
		{TCG_PT_REVISION, 101, offsetof(struct properties, revision), "1.01"},
		{TCG_PT_REVISION, UINT32_MAX, offsetof(struct properties, revision), "672.95"},
		{TCG_PT_FAMILY_INDICATOR, 0x312e3200, offsetof(struct properties, family), "1.2"},
		{TCG_PT_FAMILY_INDICATOR, 0, offsetof(struct properties, family), ""},
		{TCG_PT_FAMILY_INDICATOR, UINT32_MAX, offsetof(struct properties, family), "????"},
		{TCG_PT_MANUFACTURER, 0x4d534654, offsetof(struct properties, manufacturer),
			"MSFT"},
		{TCG_PT_MANUFACTURER, 0x1b5b3343, offsetof(struct properties, manufacturer),
			"?[3C"},
		{TCG_PT_VENDOR_STRING_1 + 3, 0x61626364, offsetof(struct properties, vendor),
			"SW   TPM"}, /* the third ends it */
		{TCG_PT_FIRMWARE_VERSION_1, UINT32_MAX, offsetof(struct properties, firmware),
			"65535.65535.22.13878"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		EVIDENCE_SCOPED *evidence = sample_evidence();
		struct properties p;

		*sample_property(evidence, rows[i].property) = rows[i].value;
		properties_decode(evidence, &p);
		assert_string_equal((const char *)&p + rows[i].shows, rows[i].text);
	}
}

static void test_all_four_vendor_strings(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	struct properties p;

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		*sample_property(evidence, TCG_PT_VENDOR_STRING_1 + i) = 0x61626330 + i;
	properties_decode(evidence, &p);
	assert_string_equal(p.vendor, "abc0abc1abc2abc3");
}

static void test_nothing_read(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	struct properties p;

	(void)state;
	evidence->properties.part.state = PART_FAILED;
	properties_decode(evidence, &p);
	assert_false(p.has_permanent || p.has_startup_clear || p.has_lockout || p.is_orderly);
	assert_string_equal(p.family, "");
	assert_string_equal(p.vendor, "");
	assert_int_equal(p.manufacturer_id, 0);
}

static void assert_json(const struct properties *p, const char *expected)
{
	json_t *json = properties_to_json(p);
	char *text = json_dumps(json, JSON_COMPACT);

	assert_string_equal(text, expected);
	free(text);
	json_decref(json);
}

static void test_json(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	struct properties p;

	(void)state;
	properties_decode(evidence, &p);
	assert_json(&p,
		"{\"family\":\"2.0\",\"specification_revision\":\"1.64\","
		"\"specification_date\":\"2021-03-16\",\"manufacturer\":\"IBM\","
		"\"vendor\":\"SW   TPM\",\"firmware\":\"8217.4131.22.13878\","
		"\"total_commands\":117,\"permanent\":{\"owner_auth_set\":false,"
		"\"endorsement_auth_set\":false,\"lockout_auth_set\":false,"
		"\"clear_disabled\":false,\"in_lockout\":false},\"startup_clear\":{"
		"\"platform_enabled\":true,\"owner_enabled\":true,\"endorsement_enabled\":true,"
		"\"orderly\":true},\"lockout\":{\"counter\":0,\"max\":3,\"interval_s\":1000,"
		"\"recovery_s\":1001}}");
	evidence->properties.part.state = PART_FAILED;
	properties_decode(evidence, &p);
	assert_json(&p, "{\"family\":\"\",\"specification_revision\":\"\","
			"\"specification_date\":\"\",\"manufacturer\":\"\",\"vendor\":\"\","
			"\"firmware\":\"0.0.0.0\",\"total_commands\":0}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_healthy_tpm),
		cmocka_unit_test(test_each_bit),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_numbers_and_letters_of_any_size),
		cmocka_unit_test(test_all_four_vendor_strings),
		cmocka_unit_test(test_nothing_read),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

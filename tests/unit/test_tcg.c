/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include "core/tcg/tcg.h"

static void test_hash_algorithms(void **state)
{
	static const struct {
		uint16_t alg;
		const char *name;
		size_t size;
	} rows[] = {
		{TCG_ALG_SHA1, "sha1", 20},
		{TCG_ALG_SHA256, "sha256", 32},
		{TCG_ALG_SHA384, "sha384", 48},
		{TCG_ALG_SHA512, "sha512", 64},
		{TCG_ALG_SM3_256, "sm3_256", 32},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(tcg_digest_size(rows[i].alg), rows[i].size);
		assert_true(rows[i].size <= TCG_DIGEST_MAX);
		assert_string_equal(tcg_alg_name(rows[i].alg), rows[i].name);
		assert_int_equal(tcg_alg_parse(rows[i].name, TCG_ALG_NULL), rows[i].alg);
	}
}

/* Every hash algorithm has a name, and every name leads back to its number. */
static void test_every_number_agrees_with_its_name(void **state)
{
	(void)state;
	for (uint32_t alg = 0; alg <= 0xffff; alg++) {
		const char *name = tcg_alg_name((uint16_t)alg);

		if (tcg_digest_size((uint16_t)alg))
			assert_non_null(name);
		if (name)
			assert_int_equal(tcg_alg_parse(name, UINT32_MAX), alg);
	}
	for (uint32_t property = 0; property < 0x400; property++) {
		const char *name = tcg_property_name(property);

		if (name)
			assert_int_equal(tcg_property_parse(name, 0), property);
	}
}

static void test_other_names(void **state)
{
	(void)state;
	assert_string_equal(tcg_alg_name(TCG_ALG_ECDSA), "ecdsa");
	assert_string_equal(tcg_curve_name(TCG_CURVE_P384), "P-384");
	assert_string_equal(tcg_curve_name(0x0010), "BN_P256");
	assert_string_equal(tcg_property_name(TCG_PT_MANUFACTURER), "TPM2_PT_MANUFACTURER");
	assert_int_equal(tcg_property_parse("TPM2_PT_LOCKOUT_COUNTER", 0), TCG_PT_LOCKOUT_COUNTER);
}

static void test_every_decoded_property_has_a_name(void **state)
{
	static const uint32_t properties[] = {TCG_PT_FAMILY_INDICATOR, TCG_PT_LEVEL,
		TCG_PT_REVISION, TCG_PT_DAY_OF_YEAR, TCG_PT_YEAR, TCG_PT_MANUFACTURER,
		TCG_PT_VENDOR_STRING_1, TCG_PT_FIRMWARE_VERSION_1, TCG_PT_FIRMWARE_VERSION_2,
		TCG_PT_PS_REVISION, TCG_PT_TOTAL_COMMANDS, TCG_PT_NV_BUFFER_MAX, TCG_PT_PERMANENT,
		TCG_PT_STARTUP_CLEAR, TCG_PT_HR_LOADED_AVAIL, TCG_PT_HR_TRANSIENT_AVAIL,
		TCG_PT_LOCKOUT_COUNTER, TCG_PT_MAX_AUTH_FAIL, TCG_PT_LOCKOUT_INTERVAL,
		TCG_PT_LOCKOUT_RECOVERY};

	(void)state;
	for (size_t i = 0; i < COUNT(properties); i++)
		assert_non_null(tcg_property_name(properties[i]));
}

static void test_unknown_has_no_name(void **state)
{
	(void)state;
	assert_int_equal(tcg_digest_size(TCG_ALG_NULL), 0);
	assert_int_equal(tcg_digest_size(0x0027), 0);
	assert_null(tcg_alg_name(0xffff));
	assert_null(tcg_curve_name(0));
	assert_null(tcg_property_name(0x115));
	assert_int_equal(tcg_alg_parse("SHA256", 7), 7);
	assert_int_equal(tcg_alg_parse("", 7), 7);
	assert_int_equal(tcg_curve_parse("P-257", 7), 7);
	assert_int_equal(tcg_property_parse("TPM2_PT_", 7), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hash_algorithms),
		cmocka_unit_test(test_every_number_agrees_with_its_name),
		cmocka_unit_test(test_other_names),
		cmocka_unit_test(test_every_decoded_property_has_a_name),
		cmocka_unit_test(test_unknown_has_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of the replay, one by one, in logs made for them. */
#include "core/measured/eventlog.h"

#include "tests/unit/fixture/events.h"
#include "tests/unit/unit.h"

static const struct events_alg sha256_only[] = {{TCG_ALG_SHA256, 32}};
static const struct events_alg with_unknown[] = {
	{0x0027, 32}, {TCG_ALG_SM3_256, 32}, {0x7abc, 5}, {TCG_ALG_SHA384, 48}};

static void test_no_action_extends_nothing(void **state)
{
	BUF_SCOPED buf = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	events_append_spec_id(&buf, sha256_only, 1);
	events_append(&buf, 5, NO_ACTION, sha256_only, 1, "x", 1);
	events_append(&buf, 0xffffffff, NO_ACTION, sha256_only, 0, NULL, 0);
	events_append(&buf, 23, SEPARATOR, sha256_only, 1, "x", 1);
	assert_int_equal(events_replay(&buf, &log, &err), 0);
	assert_int_equal(log.events, 4);
	assert_int_equal(log.banks[0].pcrs, 1U << 23);
	events_assert_extended_once(&log.banks[0], 23, 0, 0, EVENTS_AGILE_DIGEST);
}

static void test_drtm_pcrs_begin_as_ones(void **state)
{
	(void)state;
	for (uint32_t pcr = 16; pcr < TCG_PCR_COUNT; pcr++) {
		uint8_t fill = pcr >= 17 && pcr <= 22 ? 0xff : 0;
		BUF_SCOPED agile = {0};
		BUF_SCOPED sha1 = {0};
		struct eventlog log;
		struct error err;

		events_append_spec_id(&agile, with_unknown, COUNT(with_unknown));
		events_append(&agile, pcr, SEPARATOR, with_unknown, COUNT(with_unknown), "x", 1);
		assert_int_equal(events_replay(&agile, &log, &err), 0);
		events_assert_extended_once(&log.banks[0], pcr, fill, fill, EVENTS_AGILE_DIGEST);
		events_append_sha1(&sha1, pcr, SEPARATOR, "x", 1);
		assert_int_equal(events_replay(&sha1, &log, &err), 0);
		assert_int_equal(log.format, EVENTLOG_SHA1);
		events_assert_extended_once(&log.banks[0], pcr, fill, fill, EVENTS_SHA1_DIGEST);
	}
}

static void test_startup_locality_begins_pcr_0(void **state)
{
	static const struct {
		const char *data; /* 17 bytes */
		uint32_t pcr, measurement;
		uint8_t locality;
	} rows[] = {
		{"StartupLocality\0\x00", 0, SEPARATOR, 0},
		{"StartupLocality\0\x03", 0, SEPARATOR, 3},
		{"StartupLocality\0\x04", 0, SEPARATOR, 4},
		{"StartupLocality\0\x04", 0, HCRTM, 4},
		{"StartupLocality\0\x03", 0, HCRTM, 4}, /* an H-CRTM comes before TPM2_Startup */
		{"StartupLocality\0\x03", 1, SEPARATOR, 0},
		{"startuplocality\0\x03", 0, SEPARATOR, 0},
		{"StartupLocality \x03", 0, HCRTM, 4},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		BUF_SCOPED buf = {0};
		struct eventlog log;
		struct error err;

		events_append_spec_id(&buf, with_unknown, COUNT(with_unknown));
		events_append(&buf, rows[i].pcr, NO_ACTION, with_unknown, 4, rows[i].data, 17);
		events_append(&buf, 0, rows[i].measurement, with_unknown, 4, "HCRTM", 5);
		events_append(&buf, 1, HCRTM, with_unknown, 4, "HCRTM", 5);
		assert_int_equal(events_replay(&buf, &log, &err), 0);
		assert_int_equal(log.startup_locality, rows[i].locality);
		events_assert_extended_once(
			&log.banks[0], 0, 0, rows[i].locality, EVENTS_AGILE_DIGEST);
		events_assert_extended_once(&log.banks[0], 1, 0, 0, EVENTS_AGILE_DIGEST);
	}
}

static void test_first_event_tells_the_format(void **state)
{
	static const struct {
		uint32_t pcr, type;
		const char *data; /* 16 bytes */
	} sha1[] = {
		{0, NO_ACTION, "Spec ID Event00"},
		{0, NO_ACTION, "Spec ID Event02"},
		{0, NO_ACTION, "spec id event03"},
		{2, NO_ACTION, "Spec ID Event03"},
		{0, SEPARATOR, "Spec ID Event03"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(sha1); i++) {
		BUF_SCOPED buf = {0};
		struct eventlog log;
		struct error err;

		events_append_sha1(&buf, sha1[i].pcr, sha1[i].type, sha1[i].data, 16);
		events_append_sha1(&buf, 1, SEPARATOR, "x", 1);
		assert_int_equal(events_replay(&buf, &log, &err), 0);
		assert_int_equal(log.format, EVENTLOG_SHA1);
		assert_int_equal(log.events, 2);
		assert_int_equal(log.bank_count, 1);
		events_assert_extended_once(&log.banks[0], 1, 0, 0, EVENTS_SHA1_DIGEST);
	}
}

/* Firmware writes more than the structure has. */
static void test_startup_locality_is_longer(void **state)
{
	BUF_SCOPED buf = {0};
	struct eventlog log;
	struct error error;

	(void)state;
	events_append_spec_id(&buf, sha256_only, 1);
	events_append(&buf, 0, NO_ACTION, sha256_only, 1, "StartupLocality\0\x03\0\0\0", 20);
	events_append(&buf, 0, SEPARATOR, sha256_only, 1, NULL, 0);
	assert_int_equal(events_replay(&buf, &log, &error), 0);
	assert_int_equal(log.startup_locality, 3);
	events_assert_extended_once(&log.banks[0], 0, 0, 3, EVENTS_AGILE_DIGEST);
}

static void test_startup_locality_in_a_sha1_log(void **state)
{
	BUF_SCOPED buf = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	events_append_sha1(&buf, 0, NO_ACTION, "Spec ID Event02", 16);
	events_append_sha1(&buf, 0, NO_ACTION, "StartupLocality\0\x03", 17);
	events_append_sha1(&buf, 0, SEPARATOR, "x", 1);
	assert_int_equal(events_replay(&buf, &log, &err), 0);
	assert_int_equal(log.format, EVENTLOG_SHA1);
	assert_int_equal(log.startup_locality, 3);
	events_assert_extended_once(&log.banks[0], 0, 0, 3, EVENTS_SHA1_DIGEST);
}

/* Only the first measurement can be the H-CRTM's. */
static void test_other_hcrtm_events_are_measurements_like_any(void **state)
{
	BUF_SCOPED buf = {0};
	BUF_SCOPED elsewhere = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	events_append_spec_id(&buf, sha256_only, 1);
	events_append(&buf, 0, SEPARATOR, sha256_only, 1, "x", 1);
	events_append(&buf, 0, HCRTM, sha256_only, 1, "HCRTM", 5);
	assert_int_equal(events_replay(&buf, &log, &err), 0);
	assert_int_equal(log.startup_locality, 0);
	events_append_spec_id(&elsewhere, sha256_only, 1);
	events_append(&elsewhere, 1, HCRTM, sha256_only, 1, "HCRTM", 5);
	events_append(&elsewhere, 0, SEPARATOR, sha256_only, 1, "x", 1);
	assert_int_equal(events_replay(&elsewhere, &log, &err), 0);
	events_assert_extended_once(&log.banks[0], 0, 0, 0, EVENTS_AGILE_DIGEST);
}

static void test_unknown_algorithms_are_skipped(void **state)
{
	BUF_SCOPED buf = {0};
	BUF_SCOPED none = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	events_append_spec_id(&buf, with_unknown, 4);
	events_append(&buf, 7, SEPARATOR, with_unknown, 4, "x", 1);
	assert_int_equal(events_replay(&buf, &log, &err), 0);
	assert_int_equal(log.events, 2);
	assert_int_equal(log.bank_count, 1);
	assert_int_equal(log.banks[0].alg, TCG_ALG_SHA384);
	events_assert_extended_once(&log.banks[0], 7, 0, 0, EVENTS_AGILE_DIGEST);
	events_append_spec_id(&none, with_unknown, 3);
	events_append(&none, 7, SEPARATOR, with_unknown, 3, "x", 1);
	assert_int_equal(events_replay(&none, &log, &err), 0);
	assert_int_equal(log.bank_count, 0);
	assert_int_equal(log.format, EVENTLOG_CRYPTO_AGILE);
}

static void test_bank_an_event_leaves_out_is_not_extended(void **state)
{
	static const struct events_alg both[] = {{TCG_ALG_SHA1, 20}, {TCG_ALG_SHA256, 32}};
	BUF_SCOPED buf = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	events_append_spec_id(&buf, both, 2);
	events_append(&buf, 7, SEPARATOR, both + 1, 1, "x", 1);
	assert_int_equal(events_replay(&buf, &log, &err), 0);
	assert_int_equal(log.bank_count, 2);
	assert_int_equal(log.banks[0].pcrs, 0);
	assert_int_equal(log.banks[0].values[7][0], 0);
	events_assert_extended_once(&log.banks[1], 7, 0, 0, EVENTS_AGILE_DIGEST);
}

/* The order of the digests is the event's own. */
static void test_digests_in_another_order(void **state)
{
	static const struct events_alg declared[] = {{TCG_ALG_SHA1, 20}, {TCG_ALG_SHA256, 32}};
	static const struct events_alg used[] = {{TCG_ALG_SHA256, 32}, {TCG_ALG_SHA1, 20}};
	BUF_SCOPED buf = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	events_append_spec_id(&buf, declared, 2);
	events_append(&buf, 7, SEPARATOR, used, 2, "x", 1);
	assert_int_equal(events_replay(&buf, &log, &err), 0);
	events_assert_extended_once(&log.banks[0], 7, 0, 0, EVENTS_AGILE_DIGEST);
	events_assert_extended_once(&log.banks[1], 7, 0, 0, EVENTS_AGILE_DIGEST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_action_extends_nothing),
		cmocka_unit_test(test_drtm_pcrs_begin_as_ones),
		cmocka_unit_test(test_startup_locality_begins_pcr_0),
		cmocka_unit_test(test_first_event_tells_the_format),
		cmocka_unit_test(test_startup_locality_is_longer),
		cmocka_unit_test(test_startup_locality_in_a_sha1_log),
		cmocka_unit_test(test_other_hcrtm_events_are_measurements_like_any),
		cmocka_unit_test(test_unknown_algorithms_are_skipped),
		cmocka_unit_test(test_bank_an_event_leaves_out_is_not_extended),
		cmocka_unit_test(test_digests_in_another_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

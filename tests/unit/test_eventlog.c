/* SPDX-License-Identifier: BSD-2-Clause */
/* Real logs, and where a log ends. */
#include "core/measured/eventlog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "tests/unit/fixture/data.h"
#include "tests/unit/fixture/events.h"
#include "tests/unit/unit.h"

/* Real logs, see tests/data/eventlog/README.md. */
static const struct {
	const char *name;
	enum eventlog_format format;
	uint32_t events;
	size_t bank_count;
} logs[] = {
	{"seabios-tpm12", EVENTLOG_SHA1, 14, 1},
	{"seabios-sha256", EVENTLOG_CRYPTO_AGILE, 15, 1},
	{"seabios-sha1-sha256", EVENTLOG_CRYPTO_AGILE, 15, 2},
	{"ovmf-sha256", EVENTLOG_CRYPTO_AGILE, 25, 1},
	{"ovmf-sha1-sha256", EVENTLOG_CRYPTO_AGILE, 25, 2},
	{"ovmf-four-banks", EVENTLOG_CRYPTO_AGILE, 25, 4},
	{"ovmf-secureboot", EVENTLOG_CRYPTO_AGILE, 23, 1},
};

static uint8_t *read_log(const char *name, const char *suffix, size_t *ret_len)
{
	char path[64];

	snprintf(path, sizeof(path), "eventlog/%s.%s", name, suffix);
	return data_read(path, ret_len);
}

static const struct tcg_pcr_bank *find_bank(const struct eventlog *log, uint16_t alg)
{
	for (size_t i = 0; i < log->bank_count; i++) {
		if (log->banks[i].alg == alg)
			return &log->banks[i];
	}
	return NULL;
}

/* Compares with "sha256 0 <hex>" lines, as the guest read them from its TPM. PCR 10 is left out:
 * the kernel extends it after the firmware's log has ended. Returns the PCRs compared. */
static unsigned assert_pcrs(const struct eventlog *log, char *lines)
{
	unsigned compared = 0;

	for (char *alg = strtok(lines, " "); alg; alg = strtok(NULL, " ")) {
		unsigned long pcr = strtoul(strtok(NULL, " "), NULL, 10);
		const char *expected = strtok(NULL, "\n");
		const struct tcg_pcr_bank *bank =
			find_bank(log, (uint16_t)tcg_alg_parse(alg, TCG_ALG_NULL));
		char hex[2 * TCG_DIGEST_MAX + 1];

		assert_non_null(bank);
		assert_true(pcr < TCG_PCR_COUNT);
		if (pcr == 10) {
			assert_false(bank->pcrs & 1U << pcr);
			continue;
		}
		text_hex(bank->values[pcr], tcg_digest_size(bank->alg), hex, sizeof(hex));
		assert_string_equal(hex, expected);
		compared++;
	}
	return compared;
}

static void test_real_logs_replay_to_the_pcrs_of_the_guest(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(logs); i++) {
		size_t len;
		uint8_t *bytes = read_log(logs[i].name, "bin", &len);
		uint8_t *pcrs;
		struct eventlog log;
		struct error err;

		assert_int_equal(eventlog_replay(bytes, len, NULL, NULL, &log, &err), 0);
		free(bytes);
		assert_int_equal(log.format, logs[i].format);
		assert_int_equal(log.events, logs[i].events);
		assert_int_equal(log.startup_locality, 0);
		assert_int_equal(log.bank_count, logs[i].bank_count);
		for (size_t bank = 0; bank < log.bank_count; bank++)
			assert_int_equal(log.banks[bank].pcrs & 0xff, 0xff);
		pcrs = read_log(logs[i].name, "pcrs", &len);
		assert_int_equal(assert_pcrs(&log, (char *)pcrs), 23 * logs[i].bank_count);
		free(pcrs);
	}
}

/* A cut is an error that says where, or falls between two events or into what could be padding. */
static void test_every_prefix_is_an_error_or_a_shorter_log(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(logs); i++) {
		size_t len;
		uint8_t *bytes = read_log(logs[i].name, "bin", &len);
		uint32_t seen = 0;

		for (size_t cut = 0; cut < len; cut++) {
			uint8_t *copy = malloc(cut + 1);
			struct eventlog log = {.events = 7777};
			struct error err = {0};

			assert_non_null(copy);
			memcpy(copy + 1, bytes, cut);
			if (eventlog_replay(copy + 1, cut, NULL, NULL, &log, &err)) {
				assert_int_equal(err.code, ERROR_MALFORMED);
				assert_non_null(strstr(err.message, "event "));
				assert_non_null(strstr(err.message, " at offset "));
				assert_int_equal(log.events, 7777);
			} else {
				assert_true(log.events == seen || log.events == seen + 1);
				seen = log.events;
			}
			free(copy);
		}
		assert_int_equal(seen, logs[i].events - 1);
		free(bytes);
	}
}

static void test_log_without_events(void **state)
{
	static const uint8_t fills[] = {0x00, 0xff};
	struct eventlog log;
	struct error err;

	(void)state;
	assert_int_equal(eventlog_replay(NULL, 0, NULL, NULL, &log, &err), 0);
	assert_int_equal(log.events, 0);
	assert_int_equal(log.format, EVENTLOG_UNKNOWN);
	assert_int_equal(log.bank_count, 0);
	for (size_t i = 0; i < COUNT(fills); i++) {
		BUF_SCOPED buf = {0};

		events_append_bytes(&buf, fills[i], 65536);
		assert_int_equal(events_replay(&buf, &log, &err), 0);
		assert_int_equal(log.events, 0);
		assert_int_equal(log.format, EVENTLOG_UNKNOWN);
	}
}

static void test_padding_behind_the_last_event(void **state)
{
	static const uint8_t fills[] = {0x00, 0xff};
	static const size_t counts[] = {1, 3, 7, 31, 32, 1000};

	(void)state;
	for (size_t i = 0; i < COUNT(fills); i++) {
		for (size_t j = 0; j < COUNT(counts); j++) {
			struct eventlog plain, padded;
			size_t len;
			uint8_t *bytes = read_log("ovmf-sha256", "bin", &len);
			BUF_SCOPED buf = {0};
			struct error err;

			assert_int_equal(eventlog_replay(bytes, len, NULL, NULL, &plain, &err), 0);
			buf_append(&buf, bytes, len);
			free(bytes);
			events_append_bytes(&buf, fills[i], counts[j]);
			assert_int_equal(events_replay(&buf, &padded, &err), 0);
			assert_memory_equal(&plain, &padded, sizeof(plain));
			buf_append_u8(&buf, 0x5a);
			events_assert_refused(&buf, ERROR_MALFORMED, "event 25 at offset 1932");
		}
	}
}

/* What looks like padding and is not is read event by event, and at no more than that cost. */
static void test_zeros_with_something_behind_are_no_padding(void **state)
{
	BUF_SCOPED buf = {0};

	(void)state;
	events_append_bytes(&buf, 0, EVENTLOG_MAX_BYTES - 1);
	buf_append_u8(&buf, 1);
	events_assert_refused(&buf, ERROR_TOO_LARGE, "more than 32768 events");
}

static void test_formats_have_names(void **state)
{
	(void)state;
	assert_string_equal(eventlog_format_name(EVENTLOG_SHA1), "sha1");
	assert_string_equal(eventlog_format_name(EVENTLOG_CRYPTO_AGILE), "crypto-agile");
	assert_string_equal(eventlog_format_name(EVENTLOG_UNKNOWN), "unknown");
	assert_string_equal(eventlog_format_name((enum eventlog_format)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_logs_replay_to_the_pcrs_of_the_guest),
		cmocka_unit_test(test_every_prefix_is_an_error_or_a_shorter_log),
		cmocka_unit_test(test_log_without_events),
		cmocka_unit_test(test_padding_behind_the_last_event),
		cmocka_unit_test(test_zeros_with_something_behind_are_no_padding),
		cmocka_unit_test(test_formats_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

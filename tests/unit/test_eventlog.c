/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto.h"
#include "core/eventlog.h"
#include "core/text.h"
#include "tests/unit/data.h"

#define NO_ACTION   3U
#define SEPARATOR   4U
#define HCRTM       0x80000010U
#define HEADER_SIZE 28 /* of a Spec ID event before the algorithms */

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
		assert_in_range(pcr, 0, TCG_PCR_COUNT - 1);
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

		assert_int_equal(eventlog_replay(bytes, len, &log, &err), 0);
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
			if (eventlog_replay(copy + 1, cut, &log, &err)) {
				assert_int_equal(err.code, ERROR_MALFORMED);
				assert_non_null(strstr(err.message, "event log: event "));
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

static void append_u16le(struct buf *buf, uint32_t value)
{
	buf_append_u8(buf, (uint8_t)value);
	buf_append_u8(buf, (uint8_t)(value >> 8));
}

static void append_u32le(struct buf *buf, uint32_t value)
{
	append_u16le(buf, value & 0xffff);
	append_u16le(buf, value >> 16);
}

static void append_bytes(struct buf *buf, uint8_t byte, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_append_u8(buf, byte);
}

static void append_sha1_event(
	struct buf *buf, uint32_t pcr, uint32_t type, const void *data, size_t len)
{
	append_u32le(buf, pcr);
	append_u32le(buf, type);
	append_bytes(buf, 0xd1, 20);
	append_u32le(buf, (uint32_t)len);
	buf_append(buf, data, len);
}

struct declared {
	uint32_t alg, size;
};

static const struct declared sha256_only[] = {{TCG_ALG_SHA256, 32}};
static const struct declared with_unknown[] = {
	{0x0027, 32}, {TCG_ALG_SM3_256, 32}, {0x7abc, 5}, {TCG_ALG_SHA384, 48}};

static void append_spec_id(struct buf *buf, const struct declared *algs, size_t count)
{
	append_u32le(buf, 0);
	append_u32le(buf, NO_ACTION);
	append_bytes(buf, 0, 20);
	append_u32le(buf, (uint32_t)(HEADER_SIZE + 4 * count + 1));
	buf_append(buf, "Spec ID Event03", 16);
	append_u32le(buf, 0);
	buf_append(buf, "\x00\x02\x00\x02", 4);
	append_u32le(buf, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		append_u16le(buf, algs[i].alg);
		append_u16le(buf, algs[i].size);
	}
	buf_append_u8(buf, 0);
}

static void append_event(struct buf *buf, uint32_t pcr, uint32_t type, const struct declared *algs,
	size_t count, const void *data, size_t len)
{
	append_u32le(buf, pcr);
	append_u32le(buf, type);
	append_u32le(buf, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		append_u16le(buf, algs[i].alg);
		append_bytes(buf, 0xd2, algs[i].size);
	}
	append_u32le(buf, (uint32_t)len);
	buf_append(buf, data, len);
}

static int replay(const struct buf *buf, struct eventlog *ret_log, struct error *err)
{
	assert_false(buf->failed);
	return eventlog_replay(buf->data, buf->len, ret_log, err);
}

static void assert_refused(const struct buf *buf, enum error_code code, const char *message)
{
	struct eventlog log = {.events = 7777};
	struct error err;

	assert_int_equal(replay(buf, &log, &err), -(int)code);
	assert_non_null(strstr(err.message, message));
	assert_int_equal(log.events, 7777);
}

/* PCR `pcr` must hold H(start ‖ digest), the start being `fill` but for its last byte. */
static void assert_extended_once(const struct tcg_pcr_bank *bank, uint32_t pcr, uint8_t fill,
	uint8_t last, uint8_t digest_byte)
{
	uint8_t start[TCG_DIGEST_MAX], digest[TCG_DIGEST_MAX], value[TCG_DIGEST_MAX];
	size_t size = tcg_digest_size(bank->alg);
	const struct crypto_bytes parts[] = {{start, size}, {digest, size}};
	struct error err;

	memset(start, fill, size);
	start[size - 1] = last;
	memset(digest, digest_byte, size);
	assert_int_equal(crypto_digest(bank->alg, parts, 2, value, &err), 0);
	assert_memory_equal(bank->values[pcr], value, size);
	assert_true(bank->pcrs & 1U << pcr);
}

static void test_log_without_events(void **state)
{
	static const uint8_t fills[] = {0x00, 0xff};
	struct eventlog log;
	struct error err;

	(void)state;
	assert_int_equal(eventlog_replay(NULL, 0, &log, &err), 0);
	assert_int_equal(log.events, 0);
	assert_int_equal(log.format, EVENTLOG_UNKNOWN);
	assert_int_equal(log.bank_count, 0);
	for (size_t i = 0; i < COUNT(fills); i++) {
		BUF_SCOPED buf = {0};

		append_bytes(&buf, fills[i], 65536);
		assert_int_equal(replay(&buf, &log, &err), 0);
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

			assert_int_equal(eventlog_replay(bytes, len, &plain, &err), 0);
			buf_append(&buf, bytes, len);
			free(bytes);
			append_bytes(&buf, fills[i], counts[j]);
			assert_int_equal(replay(&buf, &padded, &err), 0);
			assert_memory_equal(&plain, &padded, sizeof(plain));
			buf_append_u8(&buf, 0x5a);
			assert_refused(&buf, ERROR_MALFORMED, "event 25 at offset 1932");
		}
	}
}

/* What looks like padding and is not is read event by event, and at no more than that cost. */
static void test_zeros_with_something_behind_are_no_padding(void **state)
{
	BUF_SCOPED buf = {0};

	(void)state;
	append_bytes(&buf, 0, EVENTLOG_MAX_BYTES - 1);
	buf_append_u8(&buf, 1);
	assert_refused(&buf, ERROR_TOO_LARGE, "more than 32768 events");
}

static void test_no_action_extends_nothing(void **state)
{
	BUF_SCOPED buf = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	append_spec_id(&buf, sha256_only, 1);
	append_event(&buf, 5, NO_ACTION, sha256_only, 1, "x", 1);
	append_event(&buf, 0xffffffff, NO_ACTION, sha256_only, 0, NULL, 0);
	append_event(&buf, 23, SEPARATOR, sha256_only, 1, "x", 1);
	assert_int_equal(replay(&buf, &log, &err), 0);
	assert_int_equal(log.events, 4);
	assert_int_equal(log.banks[0].pcrs, 1U << 23);
	assert_extended_once(&log.banks[0], 23, 0, 0, 0xd2);
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

		append_spec_id(&agile, with_unknown, COUNT(with_unknown));
		append_event(&agile, pcr, SEPARATOR, with_unknown, COUNT(with_unknown), "x", 1);
		assert_int_equal(replay(&agile, &log, &err), 0);
		assert_extended_once(&log.banks[0], pcr, fill, fill, 0xd2);
		append_sha1_event(&sha1, pcr, SEPARATOR, "x", 1);
		assert_int_equal(replay(&sha1, &log, &err), 0);
		assert_int_equal(log.format, EVENTLOG_SHA1);
		assert_extended_once(&log.banks[0], pcr, fill, fill, 0xd1);
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

		append_spec_id(&buf, with_unknown, COUNT(with_unknown));
		append_event(&buf, rows[i].pcr, NO_ACTION, with_unknown, 4, rows[i].data, 17);
		append_event(&buf, 0, rows[i].measurement, with_unknown, 4, "HCRTM", 5);
		append_event(&buf, 1, HCRTM, with_unknown, 4, "HCRTM", 5);
		assert_int_equal(replay(&buf, &log, &err), 0);
		assert_int_equal(log.startup_locality, rows[i].locality);
		assert_extended_once(&log.banks[0], 0, 0, rows[i].locality, 0xd2);
		assert_extended_once(&log.banks[0], 1, 0, 0, 0xd2);
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
		{1, NO_ACTION, "Spec ID Event03"},
		{0, SEPARATOR, "Spec ID Event03"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(sha1); i++) {
		BUF_SCOPED buf = {0};
		struct eventlog log;
		struct error err;

		append_sha1_event(&buf, sha1[i].pcr, sha1[i].type, sha1[i].data, 16);
		append_sha1_event(&buf, 1, SEPARATOR, "x", 1);
		assert_int_equal(replay(&buf, &log, &err), 0);
		assert_int_equal(log.format, EVENTLOG_SHA1);
		assert_int_equal(log.events, 2);
		assert_int_equal(log.bank_count, 1);
		assert_extended_once(&log.banks[0], 1, 0, 0, 0xd1);
	}
}

static void test_startup_locality_in_a_sha1_log(void **state)
{
	BUF_SCOPED buf = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	append_sha1_event(&buf, 0, NO_ACTION, "Spec ID Event02", 16);
	append_sha1_event(&buf, 0, NO_ACTION, "StartupLocality\0\x03", 17);
	append_sha1_event(&buf, 0, SEPARATOR, "x", 1);
	assert_int_equal(replay(&buf, &log, &err), 0);
	assert_int_equal(log.format, EVENTLOG_SHA1);
	assert_int_equal(log.startup_locality, 3);
	assert_extended_once(&log.banks[0], 0, 0, 3, 0xd1);
}

/* Only the first measurement can be the H-CRTM's. */
static void test_other_hcrtm_events_are_measurements_like_any(void **state)
{
	BUF_SCOPED buf = {0};
	BUF_SCOPED elsewhere = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	append_spec_id(&buf, sha256_only, 1);
	append_event(&buf, 0, SEPARATOR, sha256_only, 1, "x", 1);
	append_event(&buf, 0, HCRTM, sha256_only, 1, "HCRTM", 5);
	assert_int_equal(replay(&buf, &log, &err), 0);
	assert_int_equal(log.startup_locality, 0);
	append_spec_id(&elsewhere, sha256_only, 1);
	append_event(&elsewhere, 1, HCRTM, sha256_only, 1, "HCRTM", 5);
	append_event(&elsewhere, 0, SEPARATOR, sha256_only, 1, "x", 1);
	assert_int_equal(replay(&elsewhere, &log, &err), 0);
	assert_extended_once(&log.banks[0], 0, 0, 0, 0xd2);
}

static void test_unknown_algorithms_are_skipped(void **state)
{
	BUF_SCOPED buf = {0};
	BUF_SCOPED none = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	append_spec_id(&buf, with_unknown, 4);
	append_event(&buf, 7, SEPARATOR, with_unknown, 4, "x", 1);
	assert_int_equal(replay(&buf, &log, &err), 0);
	assert_int_equal(log.events, 2);
	assert_int_equal(log.bank_count, 1);
	assert_int_equal(log.banks[0].alg, TCG_ALG_SHA384);
	assert_extended_once(&log.banks[0], 7, 0, 0, 0xd2);
	append_spec_id(&none, with_unknown, 3);
	append_event(&none, 7, SEPARATOR, with_unknown, 3, "x", 1);
	assert_int_equal(replay(&none, &log, &err), 0);
	assert_int_equal(log.bank_count, 0);
	assert_int_equal(log.format, EVENTLOG_CRYPTO_AGILE);
}

static void test_bank_an_event_leaves_out_is_not_extended(void **state)
{
	static const struct declared both[] = {{TCG_ALG_SHA1, 20}, {TCG_ALG_SHA256, 32}};
	BUF_SCOPED buf = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	append_spec_id(&buf, both, 2);
	append_event(&buf, 7, SEPARATOR, both + 1, 1, "x", 1);
	assert_int_equal(replay(&buf, &log, &err), 0);
	assert_int_equal(log.bank_count, 2);
	assert_int_equal(log.banks[0].pcrs, 0);
	assert_int_equal(log.banks[0].values[7][0], 0);
	assert_extended_once(&log.banks[1], 7, 0, 0, 0xd2);
}

/* The order of the digests is the event's own. */
static void test_digests_in_another_order(void **state)
{
	static const struct declared declared[] = {{TCG_ALG_SHA1, 20}, {TCG_ALG_SHA256, 32}};
	static const struct declared used[] = {{TCG_ALG_SHA256, 32}, {TCG_ALG_SHA1, 20}};
	BUF_SCOPED buf = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	append_spec_id(&buf, declared, 2);
	append_event(&buf, 7, SEPARATOR, used, 2, "x", 1);
	assert_int_equal(replay(&buf, &log, &err), 0);
	assert_extended_once(&log.banks[0], 7, 0, 0, 0xd2);
	assert_extended_once(&log.banks[1], 7, 0, 0, 0xd2);
}

static void test_bad_algorithm_lists(void **state)
{
	static const struct declared sizes[][1] = {
		{{TCG_ALG_SHA256, 20}}, {{TCG_ALG_SHA1, 32}}, {{0x7abc, 0}}, {{TCG_ALG_SHA1, 0}}};
	static const struct declared twice[] = {{0x7abc, 5}, {TCG_ALG_SHA1, 20}, {0x7abc, 5}};
	struct declared many[EVENTLOG_MAX_ALGS + 1];
	BUF_SCOPED none = {0};
	BUF_SCOPED duplicate = {0};
	BUF_SCOPED full = {0};
	BUF_SCOPED over = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		BUF_SCOPED buf = {0};

		append_spec_id(&buf, sizes[i], 1);
		assert_refused(&buf, ERROR_MALFORMED, "event 0 at offset 0: Spec ID event");
	}
	append_spec_id(&none, NULL, 0);
	assert_refused(&none, ERROR_MALFORMED, "without algorithms");
	append_spec_id(&duplicate, twice, 3);
	assert_refused(&duplicate, ERROR_MALFORMED, "0x7abc twice");
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = (struct declared){(uint32_t)(0x7000 + i), 1};
	append_spec_id(&full, many, EVENTLOG_MAX_ALGS);
	assert_int_equal(replay(&full, &log, &err), 0);
	append_spec_id(&over, many, COUNT(many));
	assert_refused(&over, ERROR_TOO_LARGE, "17 algorithms");
}

/* The numbers of a Spec ID event, each changed where it stands. */
static void test_bad_spec_id_numbers(void **state)
{
	static const struct {
		size_t offset;
		const char *bytes;
		size_t len;
		enum error_code code;
		const char *message;
	} rows[] = {
		{28, "\xff\xff\xff\xff", 4, ERROR_MALFORMED, "4294967295 bytes of event data"},
		{28, "\x10\0\0\0", 4, ERROR_MALFORMED, "without algorithms"},
		{28, "\x1b\0\0\0", 4, ERROR_MALFORMED, "without algorithms"},
		{28, "\x1e\0\0\0", 4, ERROR_MALFORMED, "cut off in its algorithms"},
		{28, "\x20\0\0\0", 4, ERROR_MALFORMED, "cut off in its vendorInfo"},
		{32 + 24, "\xff\xff\xff\xff", 4, ERROR_TOO_LARGE, "4294967295 algorithms"},
		{32 + 24, "\x02\0\0\0", 4, ERROR_MALFORMED, "cut off in its algorithms"},
		{32 + 32, "\xff", 1, ERROR_MALFORMED, "cut off in its vendorInfo"},
		{32 + 13, "04", 2, ERROR_UNSUPPORTED, "Spec ID event of an unknown version"},
		{32 + 13, "10", 2, ERROR_UNSUPPORTED, "Spec ID event of an unknown version"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		BUF_SCOPED buf = {0};

		append_spec_id(&buf, sha256_only, 1);
		memcpy(buf.data + rows[i].offset, rows[i].bytes, rows[i].len);
		assert_refused(&buf, rows[i].code, rows[i].message);
	}
}

/* Bytes of an event of SHA-256 alone, each field changed where it stands: pcr 0, type 4, count 8,
 * algorithm 12, digest 14, size 46, data 50. The log's header is 65 bytes long. */
static void test_bad_events(void **state)
{
	static const struct {
		size_t offset;
		const char *bytes;
		size_t len;
		const char *message;
	} rows[] = {
		{0, "\x18", 1, "there is no PCR 24"},
		{0, "\xff\xff\xff\xff", 4, "there is no PCR 4294967295"},
		{8, "\0", 1, "cut off"}, /* its algorithm and digest are read as size and data */
		{8, "\2", 1, "2 digests, the Spec ID event lists 1"},
		{8, "\xff\xff\xff\xff", 4, "4294967295 digests, the Spec ID event lists 1"},
		{12, "\4", 1, "digest of algorithm 0x0004, which the Spec ID event does not list"},
		{12, "\xff\xff", 2, "0xffff"},
		{46, "\5", 1, "cut off: 5 bytes of event data, 4 are left"},
		{46, "\xff\xff\xff\xff", 4, "cut off: 4294967295 bytes of event data"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		BUF_SCOPED buf = {0};

		append_spec_id(&buf, sha256_only, 1);
		assert_int_equal(buf.len, 65);
		append_event(&buf, 2, SEPARATOR, sha256_only, 1, "data", 4);
		memcpy(buf.data + 65 + rows[i].offset, rows[i].bytes, rows[i].len);
		assert_refused(&buf, ERROR_MALFORMED, "event log: event 1 at offset 65: ");
		assert_refused(&buf, ERROR_MALFORMED, rows[i].message);
	}
}

static void test_inconsistent_events(void **state)
{
	static const struct declared twice[] = {{TCG_ALG_SHA256, 32}, {TCG_ALG_SHA256, 32}};
	static const struct declared both[] = {{TCG_ALG_SHA1, 20}, {TCG_ALG_SHA256, 32}};
	BUF_SCOPED duplicate = {0};
	BUF_SCOPED bare = {0};
	BUF_SCOPED late = {0};
	BUF_SCOPED nowhere = {0};
	BUF_SCOPED cut = {0};

	(void)state;
	append_spec_id(&duplicate, both, 2);
	append_event(&duplicate, 2, SEPARATOR, twice, 2, "x", 1);
	assert_refused(&duplicate, ERROR_MALFORMED, "two digests of algorithm 0x000b");
	append_spec_id(&bare, sha256_only, 1);
	append_event(&bare, 2, SEPARATOR, NULL, 0, "x", 1);
	assert_refused(&bare, ERROR_MALFORMED, "a measurement without a digest");
	append_spec_id(&late, sha256_only, 1);
	append_event(&late, 0, SEPARATOR, sha256_only, 1, "x", 1);
	append_event(&late, 0, NO_ACTION, sha256_only, 1, "StartupLocality\0\x03", 17);
	assert_refused(&late, ERROR_MALFORMED, "StartupLocality after a measurement to PCR 0");
	append_spec_id(&nowhere, sha256_only, 1);
	append_event(&nowhere, 0, NO_ACTION, sha256_only, 1, "StartupLocality\0\x01", 17);
	assert_refused(&nowhere, ERROR_MALFORMED, "no TPM starts at locality 1");
	append_spec_id(&cut, sha256_only, 1);
	append_event(&cut, 0, NO_ACTION, sha256_only, 1, "StartupLocality", 16);
	assert_refused(&cut, ERROR_MALFORMED, "without a locality");
}

static void test_sizes_have_limits(void **state)
{
	BUF_SCOPED full = {0};
	BUF_SCOPED large = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	for (unsigned i = 0; i < EVENTLOG_MAX_EVENTS; i++)
		append_sha1_event(&full, 4, SEPARATOR, "x", 1);
	assert_int_equal(replay(&full, &log, &err), 0);
	assert_int_equal(log.events, EVENTLOG_MAX_EVENTS);
	append_sha1_event(&full, 4, SEPARATOR, "x", 1);
	assert_refused(&full, ERROR_TOO_LARGE, "event 32768 at offset 1081344: more than");
	append_bytes(&large, 0, EVENTLOG_MAX_BYTES + 1);
	assert_refused(&large, ERROR_TOO_LARGE, "event log of 4194305 bytes");
	large.len--;
	assert_int_equal(replay(&large, &log, &err), 0);
}

static void test_formats_have_names(void **state)
{
	(void)state;
	assert_string_equal(eventlog_format_name(EVENTLOG_SHA1), "sha1");
	assert_string_equal(eventlog_format_name(EVENTLOG_CRYPTO_AGILE), "crypto-agile");
	assert_string_equal(eventlog_format_name(EVENTLOG_UNKNOWN), "unknown");
	assert_string_equal(eventlog_format_name((enum eventlog_format)99), "unknown");
	assert_int_equal(eventlog_format_parse("sha1"), EVENTLOG_SHA1);
	assert_int_equal(eventlog_format_parse("crypto-agile"), EVENTLOG_CRYPTO_AGILE);
	assert_int_equal(eventlog_format_parse(""), EVENTLOG_UNKNOWN);
	assert_int_equal(eventlog_format_parse("SHA1"), EVENTLOG_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_logs_replay_to_the_pcrs_of_the_guest),
		cmocka_unit_test(test_every_prefix_is_an_error_or_a_shorter_log),
		cmocka_unit_test(test_log_without_events),
		cmocka_unit_test(test_padding_behind_the_last_event),
		cmocka_unit_test(test_zeros_with_something_behind_are_no_padding),
		cmocka_unit_test(test_no_action_extends_nothing),
		cmocka_unit_test(test_drtm_pcrs_begin_as_ones),
		cmocka_unit_test(test_startup_locality_begins_pcr_0),
		cmocka_unit_test(test_first_event_tells_the_format),
		cmocka_unit_test(test_startup_locality_in_a_sha1_log),
		cmocka_unit_test(test_other_hcrtm_events_are_measurements_like_any),
		cmocka_unit_test(test_unknown_algorithms_are_skipped),
		cmocka_unit_test(test_bank_an_event_leaves_out_is_not_extended),
		cmocka_unit_test(test_digests_in_another_order),
		cmocka_unit_test(test_bad_algorithm_lists),
		cmocka_unit_test(test_bad_spec_id_numbers),
		cmocka_unit_test(test_bad_events),
		cmocka_unit_test(test_inconsistent_events),
		cmocka_unit_test(test_sizes_have_limits),
		cmocka_unit_test(test_formats_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

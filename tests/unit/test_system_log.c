/* SPDX-License-Identifier: BSD-2-Clause */
/* systemd's log, replayed after the firmware's. */
#include "core/measured/system_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "core/text.h"
#include "tests/unit/unit.h"

/* printf os-separator | sha1sum, | sha256sum */
#define SHA1   "0d3751a5a6707fb8918dfbe6b0d9853ca6c313c4"
#define SHA256 "ff5b9d73dad709633ae76adf444012b57e913a12ed7403c3931145862f35f841"
#define RS     "\x1e"

#define DIGEST(alg, hex)     "{\"hashAlg\":\"" alg "\",\"digest\":\"" hex "\"}"
#define RECORD(pcr, digests) RS "{\"pcr\":" pcr ",\"digests\":[" digests "],\"content\":{}}\n"
#define BOTH                 DIGEST("sha1", SHA1) "," DIGEST("sha256", SHA256)

static struct eventlog firmware_log(void)
{
	struct eventlog log = {.format = EVENTLOG_CRYPTO_AGILE, .events = 5, .bank_count = 2};

	log.banks[0].alg = TCG_ALG_SHA1;
	log.banks[1].alg = TCG_ALG_SHA256;
	for (size_t i = 0; i < 2; i++) {
		log.banks[i].pcrs = 0xff;
		memset(log.banks[i].values[7], 7, tcg_digest_size(log.banks[i].alg));
	}
	return log;
}

static void assert_extended(
	const struct tcg_pcr_bank *bank, unsigned pcr, uint8_t before, const char *hex)
{
	uint8_t start[TCG_DIGEST_MAX], digest[TCG_DIGEST_MAX], value[TCG_DIGEST_MAX];
	size_t size = tcg_digest_size(bank->alg);
	const struct crypto_bytes parts[] = {{start, size}, {digest, size}};
	struct error error;

	memset(start, before, sizeof(start));
	assert_int_equal(text_unhex(hex, strlen(hex), digest, sizeof(digest)), size);
	assert_int_equal(crypto_digest(bank->alg, parts, 2, value, &error), 0);
	assert_memory_equal(bank->values[pcr], value, size);
	assert_true(bank->pcrs & 1U << pcr);
}

static void test_replayed(void **state)
{
	static const char text[] =
		RECORD("7", BOTH) RECORD("11", BOTH) RS "{\"nv_index\":30474752,\"digests\":[" BOTH
							"]}\n" RECORD("11", DIGEST("sha384", "00"));
	struct eventlog log = firmware_log();
	struct error error;

	(void)state;
	assert_int_equal(system_log_replay(text, strlen(text), NULL, NULL, &log, &error), 0);
	assert_int_equal(log.events, 5 + 4);
	assert_int_equal(log.banks[0].pcrs, 0x8ff);
	assert_extended(&log.banks[0], 7, 7, SHA1);
	assert_extended(&log.banks[1], 7, 7, SHA256);
	assert_extended(&log.banks[0], 11, 0, SHA1);
	assert_extended(&log.banks[1], 11, 0, SHA256);
}

#define KIND(type, text)                                                                           \
	RS "{\"pcr\":11,\"digests\":[" BOTH "],\"content\":{\"eventType\":\"" type                 \
	   "\",\"string\":\"" text "\"}}\n"

/* What is measured after the disks are open is left out, and all that follows. */
static void test_initrd(void **state)
{
	static const char *const late[] = {KIND("volume-key", "cryptsetup:a:b"),
		KIND("keyslot", "a"), KIND("machine-id", "machine-id:1"),
		KIND("filesystem", "file-system:/"), KIND("phase", "leave-initrd"),
		KIND("phase", "sysinit"), KIND("phase", "ready")};
	static const char before[] = KIND("phase", "enter-initrd") RECORD("7", BOTH);

	(void)state;
	for (size_t i = 0; i < sizeof(late) / sizeof(late[0]); i++) {
		struct eventlog log = firmware_log();
		struct error error;
		char text[4096];

		snprintf(text, sizeof(text), "%s%s" KIND("phase", "enter-initrd"), before, late[i]);
		assert_int_equal(system_log_replay_initrd(text, strlen(text), &log, &error), 0);
		assert_extended(&log.banks[1], 7, 7, SHA256);
		assert_extended(&log.banks[1], 11, 0, SHA256);
	}
}

static void test_empty(void **state)
{
	struct eventlog log = firmware_log(), before = log;
	struct error error;

	(void)state;
	assert_int_equal(system_log_replay("", 0, NULL, NULL, &log, &error), 0);
	assert_memory_equal(&log, &before, sizeof(log));
}

static const struct {
	const char *text;
	enum error_code code;
	const char *message;
} refused[] = {
	{"{}", ERROR_MALFORMED, "does not begin with a record"},
	{RS, ERROR_MALFORMED, "record 1"},
	{RECORD("7", BOTH) RS "{\"pcr\":7,", ERROR_MALFORMED, "record 2"},
	{RECORD("24", BOTH), ERROR_MALFORMED, "record 1: pcr is no number of a PCR"},
	{RECORD("-1", BOTH), ERROR_MALFORMED, "pcr is no number"},
	{RECORD("\"7\"", BOTH), ERROR_MALFORMED, "pcr is no number"},
	{RECORD("7", ""), ERROR_MALFORMED, "a measurement without digests"},
	{RS "{\"pcr\":7}", ERROR_MALFORMED, "a measurement without digests"},
	{RS "{\"pcr\":7,\"digests\":{}}", ERROR_MALFORMED, "a measurement without digests"},
	{RECORD("7", "{}"), ERROR_MALFORMED, "without hashAlg or digest"},
	{RECORD("7", "1"), ERROR_MALFORMED, "without hashAlg or digest"},
	{RECORD("7", DIGEST("sha1", SHA1) "," DIGEST("sha1", SHA1)), ERROR_MALFORMED,
		"two digests of one algorithm"},
	{RECORD("7", DIGEST("sha1", SHA256)), ERROR_MALFORMED, "none of its algorithm"},
	{RECORD("7", DIGEST("sha1", "")), ERROR_MALFORMED, "none of its algorithm"},
	{RECORD("7", DIGEST("sha1", "x")), ERROR_MALFORMED, "none of its algorithm"},
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct eventlog log = firmware_log(), before = log;
		struct error error = {0};

		print_message("%s\n", refused[i].message);
		assert_int_equal(system_log_replay(refused[i].text, strlen(refused[i].text), NULL,
					 NULL, &log, &error),
			-(int)refused[i].code);
		assert_non_null(strstr(error.message, refused[i].message));
		assert_memory_equal(&log, &before, sizeof(log));
	}
}

static void test_bounds(void **state)
{
	struct eventlog log = firmware_log();
	char *text = calloc(1, SYSTEM_LOG_MAX_BYTES + 1);
	struct error error;

	(void)state;
	assert_non_null(text);
	assert_int_equal(
		system_log_replay(text, SYSTEM_LOG_MAX_BYTES + 1, NULL, NULL, &log, &error),
		-ERROR_TOO_LARGE);
	for (size_t i = 0; i <= SYSTEM_LOG_MAX_RECORDS; i++)
		memcpy(text + 3 * i, RS "{}", 3);
	assert_int_equal(system_log_replay(text, (size_t)3 * SYSTEM_LOG_MAX_RECORDS, NULL, NULL,
				 &log, &error),
		0);
	assert_int_equal(system_log_replay(text, (size_t)3 * (SYSTEM_LOG_MAX_RECORDS + 1), NULL,
				 NULL, &log, &error),
		-ERROR_TOO_LARGE);
	memset(text, ' ', SYSTEM_LOG_MAX_RECORD_BYTES + 2);
	memcpy(text, RS "{}", 3);
	assert_int_equal(
		system_log_replay(text, SYSTEM_LOG_MAX_RECORD_BYTES + 2, NULL, NULL, &log, &error),
		-ERROR_TOO_LARGE);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replayed),
		cmocka_unit_test(test_initrd),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

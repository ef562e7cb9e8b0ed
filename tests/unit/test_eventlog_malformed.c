/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs with one thing wrong are refused, and the message tells what and where. */
#include "core/measured/eventlog.h"

#include <string.h>

#include "tests/unit/fixture/events.h"
#include "tests/unit/unit.h"

static const struct events_alg sha256_only[] = {{TCG_ALG_SHA256, 32}};

static void test_bad_algorithm_lists(void **state)
{
	static const struct events_alg sizes[][1] = {
		{{TCG_ALG_SHA256, 20}}, {{TCG_ALG_SHA1, 32}}, {{0x7abc, 0}}, {{TCG_ALG_SHA1, 0}}};
	static const struct events_alg twice[] = {{0x7abc, 5}, {TCG_ALG_SHA1, 20}, {0x7abc, 5}};
	struct events_alg many[EVENTLOG_MAX_ALGS + 1];
	BUF_SCOPED none = {0};
	BUF_SCOPED duplicate = {0};
	BUF_SCOPED full = {0};
	BUF_SCOPED over = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		BUF_SCOPED buf = {0};

		events_append_spec_id(&buf, sizes[i], 1);
		events_assert_refused(&buf, ERROR_MALFORMED, "event 0 at offset 0: Spec ID event");
	}
	events_append_spec_id(&none, NULL, 0);
	events_assert_refused(&none, ERROR_MALFORMED, "without algorithms");
	events_append_spec_id(&duplicate, twice, 3);
	events_assert_refused(&duplicate, ERROR_MALFORMED, "0x7abc twice");
	for (size_t i = 0; i < COUNT(many); i++)
		many[i] = (struct events_alg){(uint32_t)(0x7000 + i), 1};
	events_append_spec_id(&full, many, EVENTLOG_MAX_ALGS);
	assert_int_equal(events_replay(&full, &log, &err), 0);
	events_append_spec_id(&over, many, COUNT(many));
	events_assert_refused(&over, ERROR_TOO_LARGE, "17 algorithms");
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

		events_append_spec_id(&buf, sha256_only, 1);
		memcpy(buf.data + rows[i].offset, rows[i].bytes, rows[i].len);
		events_assert_refused(&buf, rows[i].code, rows[i].message);
	}
}

/* Its registers are no PCRs: not one event of it is taken for one. */
static void test_log_of_a_confidential_vm(void **state)
{
	BUF_SCOPED buf = {0};

	(void)state;
	events_append_spec_id(&buf, sha256_only, 1);
	buf.data[0] = 1;
	events_assert_refused(&buf, ERROR_UNSUPPORTED,
		"a confidential VM's log (CC): of its own measurement registers");
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

		events_append_spec_id(&buf, sha256_only, 1);
		assert_int_equal(buf.len, 65);
		events_append(&buf, 2, SEPARATOR, sha256_only, 1, "data", 4);
		memcpy(buf.data + 65 + rows[i].offset, rows[i].bytes, rows[i].len);
		events_assert_refused(&buf, ERROR_MALFORMED, "event 1 at offset 65: ");
		events_assert_refused(&buf, ERROR_MALFORMED, rows[i].message);
	}
}

static void test_inconsistent_events(void **state)
{
	static const struct events_alg twice[] = {{TCG_ALG_SHA256, 32}, {TCG_ALG_SHA256, 32}};
	static const struct events_alg both[] = {{TCG_ALG_SHA1, 20}, {TCG_ALG_SHA256, 32}};
	BUF_SCOPED duplicate = {0};
	BUF_SCOPED bare = {0};
	BUF_SCOPED late = {0};
	BUF_SCOPED nowhere = {0};
	BUF_SCOPED cut = {0};

	(void)state;
	events_append_spec_id(&duplicate, both, 2);
	events_append(&duplicate, 2, SEPARATOR, twice, 2, "x", 1);
	events_assert_refused(&duplicate, ERROR_MALFORMED, "two digests of algorithm 0x000b");
	events_append_spec_id(&bare, sha256_only, 1);
	events_append(&bare, 2, SEPARATOR, NULL, 0, "x", 1);
	events_assert_refused(&bare, ERROR_MALFORMED, "a measurement without a digest");
	events_append_spec_id(&late, sha256_only, 1);
	events_append(&late, 0, SEPARATOR, sha256_only, 1, "x", 1);
	events_append(&late, 0, NO_ACTION, sha256_only, 1, "StartupLocality\0\x03", 17);
	events_assert_refused(
		&late, ERROR_MALFORMED, "StartupLocality after a measurement to PCR 0");
	events_append_spec_id(&nowhere, sha256_only, 1);
	events_append(&nowhere, 0, NO_ACTION, sha256_only, 1, "StartupLocality\0\x01", 17);
	events_assert_refused(&nowhere, ERROR_MALFORMED, "no TPM starts at locality 1");
	events_append_spec_id(&cut, sha256_only, 1);
	events_append(&cut, 0, NO_ACTION, sha256_only, 1, "StartupLocality", 16);
	events_assert_refused(&cut, ERROR_MALFORMED, "without a locality");
}

static void test_sizes_have_limits(void **state)
{
	BUF_SCOPED full = {0};
	BUF_SCOPED large = {0};
	struct eventlog log;
	struct error err;

	(void)state;
	for (unsigned i = 0; i < EVENTLOG_MAX_EVENTS; i++)
		events_append_sha1(&full, 4, SEPARATOR, "x", 1);
	assert_int_equal(events_replay(&full, &log, &err), 0);
	assert_int_equal(log.events, EVENTLOG_MAX_EVENTS);
	events_append_sha1(&full, 4, SEPARATOR, "x", 1);
	events_assert_refused(&full, ERROR_TOO_LARGE, "event 32768 at offset 1081344: more than");
	events_append_bytes(&large, 0, EVENTLOG_MAX_BYTES + 1);
	events_assert_refused(&large, ERROR_TOO_LARGE, "4194305 bytes");
	large.len--;
	assert_int_equal(events_replay(&large, &log, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_algorithm_lists),
		cmocka_unit_test(test_bad_spec_id_numbers),
		cmocka_unit_test(test_log_of_a_confidential_vm),
		cmocka_unit_test(test_bad_events),
		cmocka_unit_test(test_inconsistent_events),
		cmocka_unit_test(test_sizes_have_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

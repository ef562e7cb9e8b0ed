/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports that a database keeps packed come back as they were; what is damaged costs no more than
 * what needs it. */
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/store/pack/pack.h"
#include "tests/collector/fixture.h"

#define VM 1

static long ask_postgresql(const char *url, const char *sql)
{
	PGconn *connection = PQconnectdb(url);
	PGresult *result = PQexec(connection, sql);
	const ExecStatusType status = PQresultStatus(result);
	long number = 0;

	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(connection));
	if (PQntuples(result))
		number = strtol(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	PQfinish(connection);
	return number;
}

static long ask_sqlite(const char *path, const char *sql)
{
	sqlite3_stmt *statement;
	sqlite3 *db;
	long number = 0;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 30000);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(statement) == SQLITE_ROW)
		number = (long)sqlite3_column_int64(statement, 0);
	if (sqlite3_finalize(statement))
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
	return number;
}

/* What somebody with a shell does to the database; "@" stands for its schema. The first number of
 * the first row. */
static long ask(const struct fixture *fixture, const char *text)
{
	const char *schema = fixture->url ? "vtpm." : "";
	BUF_SCOPED sql = {0};

	while (*text) {
		const size_t plain = strcspn(text, "@");

		buf_append(&sql, text, plain);
		text += plain;
		if (*text)
			buf_append_text(&sql, schema);
		text += *text != 0;
	}
	return fixture->url ? ask_postgresql(fixture->url, (const char *)sql.data)
			    : ask_sqlite(fixture->path, (const char *)sql.data);
}

static void accept(struct store_vm *vm)
{
	vm->enrolment = STORE_ENROLMENT_ACCEPTED;
}

/* A text of 12 KiB in which only a number and a few bytes are of this report. */
static struct crypto_bytes steady(unsigned int kind, unsigned int number)
{
	static uint8_t text[12288];

	fixture_noise(text, sizeof(text), kind);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)('a' + text[i] % 16);
	snprintf((char *)text + 4000, 32, "report %u", number);
	fixture_noise(text + 8000, 64, 1000 + number);
	return (struct crypto_bytes){text, sizeof(text)};
}

static uint64_t write_bytes(struct fixture *fixture, struct order *order, struct crypto_bytes bytes)
{
	order->appraisal.evidence = bytes;
	order->edit = accept;
	return fixture_write(fixture, order, fixture_uuid(VM));
}

static uint64_t write_steady(struct fixture *fixture, unsigned int kind, unsigned int number)
{
	struct order order = order_make(number, "");

	return write_bytes(fixture, &order, steady(kind, number));
}

struct expected {
	struct crypto_bytes evidence;
	bool is_lost, was_seen;
};

static bool compare(const struct store_appraisal *appraisal, void *context)
{
	struct expected *expected = context;

	expected->was_seen = true;
	assert_int_equal(appraisal->lost != NULL, expected->is_lost);
	if (expected->is_lost) {
		assert_int_equal(appraisal->evidence.len, 0);
		return true;
	}
	assert_int_equal(appraisal->evidence.len, expected->evidence.len);
	assert_memory_equal(
		appraisal->evidence.bytes, expected->evidence.bytes, expected->evidence.len);
	assert_memory_equal(appraisal->verdict.bytes, "{}", 2);
	return true;
}

static void check_report(
	struct fixture *fixture, uint64_t report, struct crypto_bytes evidence, bool is_lost)
{
	struct expected expected = {evidence, is_lost, false};

	assert_int_equal(
		store_read_appraisal(fixture->store, report, compare, &expected, &fixture->err), 0);
	assert_true(expected.was_seen);
}

static void check_steady(
	struct fixture *fixture, uint64_t report, unsigned int kind, unsigned int number)
{
	check_report(fixture, report, steady(kind, number), false);
}

static void assert_whole(struct fixture *fixture, uint64_t reports)
{
	struct whole_check check;

	if (fixture_faults(fixture, &check))
		fail_msg("report %d: %s", (int)check.appraisal, check.what);
	assert_int_equal(check.appraisals, reports);
}

static void expire(struct fixture *fixture, uint64_t before_ms)
{
	uint64_t cursor = 0;
	size_t deleted;

	do
		assert_int_equal(store_expire_appraisals(fixture->store, before_ms, 3, &cursor,
					 &deleted, &fixture->err),
			0);
	while (cursor);
}

static long count_keyframes(const struct fixture *fixture)
{
	return ask(fixture, "SELECT count(*) FROM @keyframes");
}

static void test_steady_reports_take_little(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned int i = 1; i <= 6; i++)
		assert_int_equal(write_steady(fixture, 1, i), i);
	assert_int_equal(count_keyframes(fixture), 1);
	assert_int_equal(ask(fixture, "SELECT keyframe_uses FROM @vms"), 6);
	assert_in_range(ask(fixture, "SELECT sum(length(evidence)) FROM @reports"), 6 * 20, 1500);
	fixture_reopen(fixture);
	for (unsigned int i = 1; i <= 6; i++)
		check_steady(fixture, i, 1, i);
	assert_whole(fixture, 6);
}

/* Another text is packed with itself, and the next ones with that; what comes between them and is
 * small is not packed. */
static void test_keyframe_is_replaced(void **state)
{
	struct fixture *fixture = *state;

	write_steady(fixture, 1, 1);
	write_steady(fixture, 1, 2);
	write_steady(fixture, 2, 3);
	fixture_appraisal(fixture, VM, 4, "x");
	write_steady(fixture, 2, 5);
	assert_int_equal(count_keyframes(fixture), 2);
	assert_int_equal(ask(fixture, "SELECT count(DISTINCT keyframe) FROM @reports"), 3);
	assert_int_equal(ask(fixture, "SELECT packed_len FROM @reports WHERE id = 4"), 0);
	check_steady(fixture, 2, 1, 2);
	check_steady(fixture, 3, 2, 3);
	check_report(fixture, 4, (struct crypto_bytes){"x", 1}, false);
	check_steady(fixture, 5, 2, 5);
	assert_whole(fixture, 5);
}

/* A keyframe goes with the last report that was packed with it, and not before: the report that it
 * was made of may be gone, the baseline may be left. */
static void test_keyframe_lives_as_long_as_it_is_needed(void **state)
{
	struct fixture *fixture = *state;
	struct order order = order_make(2, "");
	size_t deleted = 0;

	write_steady(fixture, 1, 1);
	order.is_baseline = true;
	write_bytes(fixture, &order, steady(1, 2));
	write_steady(fixture, 1, 3);
	write_steady(fixture, 2, 4);
	expire(fixture, 4);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM @reports"), 2);
	assert_int_equal(count_keyframes(fixture), 2);
	check_steady(fixture, 2, 1, 2);
	assert_whole(fixture, 1);
	order = order_make(5, "");
	order.is_baseline = true;
	write_bytes(fixture, &order, steady(2, 5));
	expire(fixture, 4);
	assert_int_equal(count_keyframes(fixture), 1);
	expire(fixture, 100);
	assert_int_equal(ask(fixture, "SELECT count(*) FROM @reports"), 1);
	assert_int_equal(count_keyframes(fixture), 1);
	write_steady(fixture, 2, 6);
	assert_int_equal(count_keyframes(fixture), 1);
	check_steady(fixture, 5, 2, 5);
	check_steady(fixture, 6, 2, 6);
	assert_whole(fixture, 2);
	fixture_appraisal(fixture, VM + 1, 7, "x");
	ask(fixture, "UPDATE @vms SET enrolment = 'pending', seen_ms = 1 WHERE keyframe > 0");
	assert_int_equal(store_expire_pending(fixture->store, 2, 10, &deleted, &fixture->err), 0);
	assert_int_equal(deleted, 1);
	assert_int_equal(count_keyframes(fixture), 0);
}

/* What nobody has accepted is packed by itself: the next report takes its place. */
static void test_before_acceptance(void **state)
{
	struct fixture *fixture = *state;
	struct order order = order_make(1, "");

	order.appraisal.evidence = steady(1, 1);
	order.drops = true;
	for (int i = 0; i < 2; i++)
		fixture_write(fixture, &order, fixture_uuid(VM));
	assert_int_equal(count_keyframes(fixture), 0);
	assert_in_range(ask(fixture, "SELECT length(evidence) FROM @reports"), 1000, 9000);
	check_steady(fixture, 2, 1, 1);
	write_steady(fixture, 1, 3);
	assert_int_equal(count_keyframes(fixture), 1);
	order.edit = accept;
	fixture_write(fixture, &order, fixture_uuid(VM));
	assert_int_equal(count_keyframes(fixture), 0);
	assert_whole(fixture, 1);
}

static void test_two_writers(void **state)
{
	struct fixture *fixture = *state;
	struct fixture other = *fixture;

	fixture_open(&other);
	for (unsigned int i = 1; i <= 8; i++)
		write_steady(i % 2 ? fixture : &other, i > 4 ? 2 : 1, i);
	assert_int_equal(count_keyframes(fixture), 2);
	for (unsigned int i = 1; i <= 8; i++)
		check_steady(i % 3 ? fixture : &other, i, i > 4 ? 2 : 1, i);
	assert_whole(fixture, 8);
	store_close(other.store);
}

static void break_vm(struct store_vm *vm)
{
	vm->enrolment = STORE_ENROLMENT_COUNT;
}

/* The keyframe that a batch made and did not commit is none, although its number is given again. */
static void test_batch_that_is_rolled_back(void **state)
{
	struct fixture *fixture = *state;
	struct order good = order_make(1, ""), bad = order_make(1, "y");
	struct store_item items[2] = {
		order_item(&good, fixture_uuid(VM)), order_item(&bad, fixture_uuid(VM + 1))};
	struct store_batch batch = {.items = items, .item_count = 2};

	good.appraisal.evidence = steady(1, 1);
	good.edit = accept;
	bad.edit = break_vm;
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), -ERROR_INTERNAL);
	assert_int_equal(count_keyframes(fixture), 0);
	write_steady(fixture, 2, 2);
	write_steady(fixture, 2, 3);
	check_steady(fixture, 1, 2, 2);
	check_steady(fixture, 2, 2, 3);
	assert_whole(fixture, 2);
}

/* Its reports are a finding each and can still be listed; a new report gets a new one. */
static void check_lost(struct fixture *fixture, const char *why)
{
	struct expected expected = {.is_lost = true};
	struct whole_check check;
	char what[128];

	fixture_reopen(fixture);
	assert_int_equal(
		store_list_appraisals(fixture->store, 0, 2, compare, &expected, &fixture->err), 0);
	assert_true(expected.was_seen);
	assert_int_equal(fixture_faults(fixture, &check), 2);
	snprintf(what, sizeof(what), "the report cannot be unpacked: %s", why);
	assert_string_equal(check.what, what);
	assert_int_equal(check.appraisals, 1);
	write_steady(fixture, 1, 4);
	check_steady(fixture, 4, 1, 4);
	assert_int_equal(fixture_faults(fixture, &check), 2);
	assert_int_equal(check.appraisals, 2);
}

static void write_three(struct fixture *fixture)
{
	write_steady(fixture, 1, 1);
	write_steady(fixture, 1, 2);
	fixture_appraisal(fixture, VM, 3, "x");
}

static void test_keyframe_is_damaged(void **state)
{
	struct fixture *fixture = *state;

	write_three(fixture);
	ask(fixture, fixture->url ? "UPDATE @keyframes SET key_bytes = set_byte(key_bytes, 3000, "
				    "get_byte(key_bytes, 3000) # 1)"
				  : "UPDATE keyframes SET key_bytes = CAST(substr(key_bytes, 1, "
				    "3000) || x'00' || substr(key_bytes, 3002) AS BLOB)");
	check_lost(fixture, "its keyframe is damaged");
}

static void test_keyframe_is_missing(void **state)
{
	struct fixture *fixture = *state;

	write_three(fixture);
	ask(fixture, "DELETE FROM @keyframes");
	check_lost(fixture, "its keyframe is missing");
}

static void test_report_is_damaged(void **state)
{
	struct fixture *fixture = *state;
	struct whole_check check;

	for (unsigned int i = 1; i <= 3; i++)
		write_steady(fixture, 1, i);
	ask(fixture, fixture->url ? "UPDATE @reports SET evidence = '\\x28b52ffd00' WHERE id = 2"
				  : "UPDATE reports SET evidence = x'28b52ffd00' WHERE id = 2");
	check_report(fixture, 2, (struct crypto_bytes){NULL, 0}, true);
	check_steady(fixture, 3, 1, 3);
	assert_int_equal(fixture_faults(fixture, &check), 1);
	assert_int_equal(check.appraisal, 2);
	assert_string_equal(
		check.what, "the report cannot be unpacked: what was packed is damaged");
}

/* As `head -c 1G /dev/zero | zstd` has it for 2 GiB: 19 bytes of a frame for each 128 KiB block
 * that follows. Nothing of it is unpacked, whatever the row says of its size. */
static void test_bomb(void **state)
{
	static const char *const sizes[] = {"1073741824", "262144", "330000"};
	struct fixture *fixture = *state;
	struct whole_check check;
	char sql[256];

	write_steady(fixture, 1, 1);
	write_steady(fixture, 1, 2);
	ask(fixture, fixture->url ? "UPDATE @reports SET keyframe = 0, evidence = "
				    "'\\x28b52ffda00000004054000010000001' WHERE id = 2"
				  : "UPDATE reports SET keyframe = 0, evidence = "
				    "x'28b52ffda00000004054000010000001' WHERE id = 2");
	for (size_t i = 0; i < COUNT(sizes); i++) {
		snprintf(sql, sizeof(sql), "UPDATE @reports SET packed_len = %s WHERE id = 2",
			sizes[i]);
		ask(fixture, sql);
		check_report(fixture, 2, (struct crypto_bytes){NULL, 0}, true);
		assert_int_equal(fixture_faults(fixture, &check), 1);
	}
}

static void test_smallest_and_largest(void **state)
{
	static uint8_t evidence[EVIDENCE_MAX_BYTES], verdict[STORE_VERDICT_MAX];
	struct fixture *fixture = *state;
	struct order order = order_make(1, "");

	fixture_noise(evidence, sizeof(evidence), 5);
	fixture_noise(verdict, sizeof(verdict), 6);
	verdict[0] = '{';
	verdict[1] = '}';
	write_bytes(fixture, &order, (struct crypto_bytes){"1", 1});
	write_bytes(fixture, &order, (struct crypto_bytes){"", 0});
	order.appraisal.verdict = (struct crypto_bytes){verdict, sizeof(verdict)};
	for (int i = 0; i < 2; i++)
		write_bytes(fixture, &order, (struct crypto_bytes){evidence, sizeof(evidence)});
	check_report(fixture, 1, (struct crypto_bytes){"1", 1}, false);
	check_report(fixture, 2, (struct crypto_bytes){"", 0}, false);
	check_report(fixture, 3, (struct crypto_bytes){evidence, sizeof(evidence)}, false);
	check_report(fixture, 4, (struct crypto_bytes){evidence, sizeof(evidence)}, false);
	assert_int_equal(count_keyframes(fixture), 1);
	assert_whole(fixture, 4);
}

#define ON_BOTH(test)                                                                              \
	{"sqlite: " #test, test, fixture_sqlite, fixture_end, NULL},                               \
	{                                                                                          \
		"postgresql: " #test, test, fixture_postgresql, fixture_end, NULL                  \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(test_steady_reports_take_little),
		ON_BOTH(test_keyframe_is_replaced),
		ON_BOTH(test_keyframe_lives_as_long_as_it_is_needed),
		ON_BOTH(test_before_acceptance),
		ON_BOTH(test_two_writers),
		ON_BOTH(test_batch_that_is_rolled_back),
		ON_BOTH(test_keyframe_is_damaged),
		ON_BOTH(test_keyframe_is_missing),
		ON_BOTH(test_report_is_damaged),
		ON_BOTH(test_bomb),
		ON_BOTH(test_smallest_and_largest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

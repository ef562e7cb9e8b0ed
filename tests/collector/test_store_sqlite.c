/* SPDX-License-Identifier: BSD-2-Clause */
/* What only a store in a file can suffer: a full disk, a file that is read-only, of another program
 * or a newer version, or changed by hand; a second process; a log that grows. */
#include <linux/capability.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/collector/fixture.h"

static uint8_t large[8192];

/* What somebody with a shell does to the database. */
static void run_sql(const struct fixture *fixture, const char *sql)
{
	sqlite3 *db;
	char *message = NULL;

	assert_int_equal(sqlite3_open(fixture->path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &message))
		fail_msg("%s: %s", sql, message);
	sqlite3_close(db);
}

/* Writes a batch of 64 reports; returns what store_write() does. */
static int write_large(struct fixture *fixture)
{
	struct order order = order_make(1, "");
	struct store_item items[64];
	struct store_batch batch = {.items = items, .item_count = COUNT(items)};

	fixture_noise(large, sizeof(large), 1);
	order.appraisal.evidence = (struct crypto_bytes){large, sizeof(large)};
	for (unsigned int i = 0; i < COUNT(items); i++)
		items[i] = order_item(&order, fixture_uuid(i));
	return store_write(fixture->store, &batch, &fixture->err);
}

static void assert_intact(struct fixture *fixture, uint64_t appraisals)
{
	struct whole_check check;

	if (fixture_faults(fixture, &check))
		fail_msg("%s: report %d: %s", check.uuid, (int)check.appraisal, check.what);
	assert_int_equal(check.appraisals, appraisals);
}

/* Writes until it fails for good: a first failure may make room in the write-ahead log. Returns the
 * number of batches that were written. */
static uint64_t fill(struct fixture *fixture)
{
	uint64_t batches = 0, failures = 0;

	while (failures < 2) {
		int rc = write_large(fixture);

		failures = rc ? failures + 1 : 0;
		batches += !rc;
		assert_true(!rc || rc == -ERROR_IO);
		assert_true(batches < 100);
		if (rc)
			assert_non_null(strstr(fixture->err.message, "full"));
	}
	assert_intact(fixture, batches * 64);
	return batches;
}

static void test_full_by_its_limit(void **state)
{
	struct fixture *fixture = *state;
	uint64_t batches;

	assert_int_equal(
		store_sqlite_open(fixture->path, 4 << 20, &fixture->store, &fixture->err), 0);
	batches = fill(fixture);
	assert_true(batches >= 3);
	fixture_reopen(fixture);
	assert_int_equal(write_large(fixture), 0);
	assert_intact(fixture, (batches + 1) * 64);
}

/* The limit of a file's size stands for a disk without room: the same error at the same place. */
static void test_full_disk_and_room_again(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit limit, before;
	uint64_t batches;

	fixture_open(fixture);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = 3 << 20;
	setrlimit(RLIMIT_FSIZE, &limit);
	batches = fill(fixture);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(write_large(fixture), 0);
	assert_intact(fixture, (batches + 1) * 64);
}

/* The database and its log, which SQLite gives the same mode. */
static void set_mode(const struct fixture *fixture, mode_t mode)
{
	static const char *const ends[] = {"", "-wal", "-shm"};
	char path[128];

	for (size_t i = 0; i < COUNT(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", fixture->path, ends[i]);
		chmod(path, mode);
	}
}

/* Root may write a read-only file by a capability: leaves it out of what is effective (else it is
 * put back), in this thread. Another user would not do: the folder may stand where only root may
 * look. */
static void respect_modes(bool respect)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	for (size_t i = 0; i < COUNT(data); i++)
		data[i].effective = data[i].permitted;
	if (respect)
		data[0].effective &= ~(1u << CAP_DAC_OVERRIDE);
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

/* The database as a crash leaves it, with its log. */
static void leave_crashed(struct fixture *fixture)
{
	pid_t child = fork();
	int status;

	if (!child) {
		fixture_open(fixture);
		fixture_appraisal(fixture, 1, 1, "a");
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void test_read_only(void **state)
{
	struct fixture *fixture = *state;
	struct store_vm vm;
	int rc_open, rc_read = -1, rc_write = -1, rc_write_again = -1;

	leave_crashed(fixture);
	set_mode(fixture, 0400);
	respect_modes(true);
	rc_open = store_sqlite_open(fixture->path, 0, &fixture->store, &fixture->err);
	if (!rc_open) {
		rc_read = store_read_vm(fixture->store, fixture_uuid(1), &vm, &fixture->err);
		rc_write = write_large(fixture);
		set_mode(fixture, 0600);
		rc_write_again = write_large(fixture);
	}
	respect_modes(false);
	assert_int_equal(rc_open, 0);
	assert_int_equal(rc_read, 0);
	assert_int_equal(rc_write, -ERROR_PERMISSION);
	assert_int_equal(rc_write_again, 0);
	assert_intact(fixture, 65);
}

static void assert_open_fails(struct fixture *fixture, int rc, const char *word)
{
	assert_int_equal(store_sqlite_open(fixture->path, 0, &fixture->store, &fixture->err), rc);
	assert_null(fixture->store);
	assert_non_null(strstr(fixture->err.message, word));
}

static void test_other_files_are_refused(void **state)
{
	struct fixture *fixture = *state;
	struct stat status;
	FILE *file;

	fixture_open(fixture);
	assert_int_equal(stat(fixture->path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	store_close(fixture->store);
	fixture->store = NULL;
	run_sql(fixture, "PRAGMA user_version = 99");
	assert_open_fails(fixture, -ERROR_UNSUPPORTED, "schema 99");
	unlink(fixture->path);
	run_sql(fixture, "CREATE TABLE theirs (a)");
	assert_open_fails(fixture, -ERROR_MALFORMED, "another program");
	file = fopen(fixture->path, "w");
	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		fputs("no database\n", file);
	fclose(file);
	assert_open_fails(fixture, -ERROR_MALFORMED, "no SQLite database");
	snprintf(fixture->path, sizeof(fixture->path), "%s/none/vtpm.db", fixture->folder);
	assert_open_fails(fixture, -ERROR_NOT_FOUND, "No such file");
}

/* A schema whose creation was interrupted is no schema: the next start makes it. */
static void test_empty_file_is_set_up(void **state)
{
	struct fixture *fixture = *state;

	fclose(fopen(fixture->path, "w"));
	fixture_open(fixture);
	fixture_appraisal(fixture, 1, 1, "a");
	assert_intact(fixture, 1);
}

static void test_two_handles(void **state)
{
	struct fixture *fixture = *state;
	struct fixture other = *fixture;

	fixture_open(fixture);
	fixture_open(&other);
	for (unsigned int i = 0; i < 10; i++) {
		fixture_appraisal(fixture, 1, i, "a");
		fixture_appraisal(&other, 1, i, "b");
	}
	assert_string_equal(fixture_timeline(fixture, 1, 0, 4), "b,a,b,a");
	store_close(other.store);
	fixture_appraisal(fixture, 1, 10, "c");
	assert_intact(fixture, 21);
}

/* A database that vanishes under the program is not silently replaced by an empty one. */
static void test_no_second_creation(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit limit, before;
	char moved[128];
	int rc;

	fixture_open(fixture);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	limit = before;
	limit.rlim_cur = 1024;
	setrlimit(RLIMIT_FSIZE, &limit);
	rc = write_large(fixture); /* gives up its connection */
	setrlimit(RLIMIT_FSIZE, &before);
	assert_int_equal(rc, -ERROR_IO);
	snprintf(moved, sizeof(moved), "%s.away", fixture->path);
	assert_int_equal(rename(fixture->path, moved), 0);
	assert_int_not_equal(write_large(fixture), 0);
	assert_int_not_equal(access(fixture->path, F_OK), 0);
	assert_int_equal(rename(moved, fixture->path), 0);
	assert_int_equal(write_large(fixture), 0);
	assert_intact(fixture, 64);
}

static void test_tampering_is_found(void **state)
{
	static const struct {
		const char *sql;
		int appraisal;
		const char *what;
	} rows[] = {
		{"UPDATE reports SET evidence = x'00' WHERE id = 2", 2, "was changed"},
		{"UPDATE reports SET status = 'warning' WHERE id = 2", 2, "was changed"},
		{"UPDATE reports SET received_ms = 9 WHERE id = 1", 1, "was changed"},
		{"UPDATE reports SET secret = x'' WHERE id = 4", 4, "was changed"},
		{"UPDATE reports SET ek = x'' WHERE id = 4", 4, "was changed"},
		{"UPDATE reports SET hash = zeroblob(32) WHERE id = 3", 3, "was changed"},
		{"UPDATE reports SET prev_hash = zeroblob(32) WHERE id = 3", 3, "was changed"},
		{"UPDATE reports SET prev = 1 WHERE id = 3", 1, "not the one that was linked"},
		{"UPDATE reports SET prev = 0 WHERE id = 3", 0, "does not lead to its tail"},
		{"UPDATE reports SET vm = 2 WHERE id = 2", 2, "missing"},
		{"DELETE FROM reports WHERE id = 3", 3, "missing"},
		{"DELETE FROM reports WHERE id = 1", 1, "missing"},
		{"DELETE FROM reports WHERE id = 4", 4, "missing"},
		{"UPDATE vms SET head = 3 WHERE row = 1", 3, "not the one that was linked"},
		{"UPDATE vms SET tail = 2 WHERE row = 1", 2, "does not lead to its tail"},
		{"UPDATE vms SET baseline = 3 WHERE row = 1", 3, "not the one that was linked"},
		{"UPDATE vms SET baseline = 9 WHERE row = 1", 9, "missing"},
		{"UPDATE reports SET status = 'fine' WHERE id = 3", 3, "cannot be read"},
		{"UPDATE reports SET hash = x'00' WHERE id = 1", 1, "cannot be read"},
	};
	struct fixture *fixture = *state;
	struct whole_check check;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct order order = order_make(2, "b");
		bool is_told;

		unlink(fixture->path);
		fixture_open(fixture);
		fixture_appraisal(fixture, 1, 1, "a");
		order.is_baseline = true;
		fixture_write(fixture, &order, fixture_uuid(1));
		fixture_appraisal(fixture, 1, 3, "c");
		fixture_appraisal(fixture, 1, 4, "d");
		fixture_appraisal(fixture, 2, 5, "e");
		assert_intact(fixture, 5);
		run_sql(fixture, rows[i].sql);
		is_told = fixture_faults(fixture, &check) &&
			  check.appraisal == (uint64_t)rows[i].appraisal &&
			  strstr(check.what, rows[i].what);
		if (!is_told)
			fail_msg("%s: %d: \"%s\"", rows[i].sql, (int)check.appraisal, check.what);
		assert_string_equal(check.uuid, fixture_uuid(1));
		assert_true(check.faults >= 1 && check.faults <= 8);
		store_close(fixture->store);
		fixture->store = NULL;
	}
}

static void test_tampering_with_the_audit_log_is_found(void **state)
{
	static const struct {
		const char *sql;
		int event;
		const char *what;
	} rows[] = {
		{"UPDATE audit SET at_ms = 9 WHERE id = 2", 2, "was changed"},
		{"UPDATE audit SET uuid = '' WHERE id = 2", 2, "was changed"},
		{"UPDATE audit SET action = 'announce' WHERE id = 1", 1, "was changed"},
		{"UPDATE audit SET actor = 'mallory' WHERE id = 3", 3, "was changed"},
		{"UPDATE audit SET detail = '' WHERE id = 3", 3, "was changed"},
		{"UPDATE audit SET hash = zeroblob(32) WHERE id = 2", 2, "was changed"},
		{"UPDATE audit SET prev = 0 WHERE id = 3", 3, "before this one"},
		{"UPDATE audit SET prev_hash = zeroblob(32) WHERE id = 3", 3, "was changed"},
		{"DELETE FROM audit WHERE id = 1", 2, "before this one is missing"},
		{"DELETE FROM audit WHERE id = 2", 3, "before this one is missing"},
		{"DELETE FROM audit WHERE id = 3", 3, "newest audit events are missing"},
		{"DELETE FROM audit", 3, "newest audit events are missing"},
		{"UPDATE audit_head SET hash = zeroblob(32)", 3, "not the one that was linked"},
		{"UPDATE audit SET id = 9 WHERE id = 2", 3, "before this one is missing"},
		{"UPDATE audit SET prev_hash = x'00' WHERE id = 3", 2, "cannot be read after"},
		{"DELETE FROM audit_head", 0, "cannot be read after"},
	};
	struct fixture *fixture = *state;
	struct whole_check check;

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool is_told;

		unlink(fixture->path);
		fixture_open(fixture);
		for (unsigned int event = 1; event <= 3; event++) {
			struct order order = {.is_silent = true,
				.audit = {.action = "accept",
					.actor = "bob",
					.detail = "why",
					.at_ms = event}};

			snprintf(order.audit.uuid, TEXT_UUID_SIZE, "%s", fixture_uuid(event));
			fixture_write(fixture, &order, fixture_uuid(event));
		}
		assert_int_equal(fixture_faults(fixture, &check), 0);
		assert_int_equal(check.events, 3);
		run_sql(fixture, rows[i].sql);
		is_told = fixture_faults(fixture, &check) == 1 &&
			  check.appraisal == (uint64_t)rows[i].event &&
			  strstr(check.what, rows[i].what);
		if (!is_told)
			fail_msg("%s: %d: \"%s\"", rows[i].sql, (int)check.appraisal, check.what);
		assert_string_equal(check.uuid, "");
		store_close(fixture->store);
		fixture->store = NULL;
	}
}

static off_t size_of(const char *path)
{
	struct stat status;

	return stat(path, &status) ? 0 : status.st_size;
}

/* How often the write-ahead log has begun anew: https://sqlite.org/fileformat2.html#walformat */
static uint32_t log_round(const struct fixture *fixture)
{
	uint8_t header[16] = {0};
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s-wal", fixture->path);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_int_equal(fread(header, 1, sizeof(header), file), sizeof(header));
	fclose(file);
	return (uint32_t)header[12] << 24 | (uint32_t)header[13] << 16 | (uint32_t)header[14] << 8 |
	       header[15];
}

static void pause_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* What was written goes into the database while the store is open and nobody waits for it; and then
 * the log begins anew, in place of growing for ever. */
static void test_log_stays_short(void **state)
{
	static uint8_t evidence[EVIDENCE_MAX_BYTES];
	struct fixture *fixture = *state;
	struct order order = order_make(1, "");
	uint32_t before;
	off_t wanted = 200 * (off_t)sizeof(evidence);
	int tries = 0;

	fixture_open(fixture);
	fixture_appraisal(fixture, 1, 1, "x");
	before = log_round(fixture);
	fixture_noise(evidence, sizeof(evidence), 1);
	order.appraisal.evidence = (struct crypto_bytes){evidence, sizeof(evidence)};
	for (unsigned int i = 0; i < 300; i++)
		fixture_write(fixture, &order, fixture_uuid(i));
	while (size_of(fixture->path) < wanted && tries++ < 1000)
		pause_ms(20);
	assert_true(size_of(fixture->path) >= wanted);
	while (log_round(fixture) == before && tries++ < 1000) {
		fixture_appraisal(fixture, 1, 1, "x");
		pause_ms(20);
	}
	assert_true(log_round(fixture) > before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_full_by_its_limit, fixture_folder, fixture_end),
		cmocka_unit_test_setup_teardown(
			test_full_disk_and_room_again, fixture_folder, fixture_end),
		cmocka_unit_test_setup_teardown(test_read_only, fixture_folder, fixture_end),
		cmocka_unit_test_setup_teardown(
			test_other_files_are_refused, fixture_folder, fixture_end),
		cmocka_unit_test_setup_teardown(
			test_empty_file_is_set_up, fixture_folder, fixture_end),
		cmocka_unit_test_setup_teardown(test_two_handles, fixture_folder, fixture_end),
		cmocka_unit_test_setup_teardown(test_log_stays_short, fixture_folder, fixture_end),
		cmocka_unit_test_setup_teardown(
			test_no_second_creation, fixture_folder, fixture_end),
		cmocka_unit_test_setup_teardown(
			test_tampering_is_found, fixture_folder, fixture_end),
		cmocka_unit_test_setup_teardown(
			test_tampering_with_the_audit_log_is_found, fixture_folder, fixture_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A store that was full has room again when what filled it has expired. */
#include <libpq-fe.h>
#include <stdlib.h>
#include <time.h>

#include "platform/system.h"
#include "tests/collector/fixture.h"

#define MIB      UINT64_C(1048576)
#define MAX      (24 * MIB)
#define REPORT   200000
#define MOST     (2 * MAX / REPORT)
#define DEADLINE 60000

static uint64_t read_free(struct fixture *fixture)
{
	struct store_room room;

	if (store_read_room(fixture->store, &room, &fixture->err))
		fail_msg("%s", fixture->err.message);
	return room.free_bytes;
}

/* The first value of the answer, 0 without one. */
static long ask(struct fixture *fixture, const char *sql)
{
	PGconn *connection = PQconnectdb(fixture->url);
	PGresult *done = PQexec(connection, sql);
	ExecStatusType status = PQresultStatus(done);
	long value = PQntuples(done) ? strtol(PQgetvalue(done, 0, 0), NULL, 10) : 0;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(connection));
	PQclear(done);
	PQfinish(connection);
	return value;
}

/* A report whose evidence cannot be compressed. */
static void write_report(struct fixture *fixture, uint64_t ms)
{
	static uint8_t bytes[REPORT];
	static uint32_t noise = 1;
	struct order order = order_make(ms, "");

	for (size_t i = 0; i < sizeof(bytes); i++) {
		noise = noise * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(noise >> 24);
	}
	order.appraisal.evidence.bytes = bytes;
	order.appraisal.evidence.len = sizeof(bytes);
	fixture_write(fixture, &order, fixture_uuid(1));
}

/* Until less than a MiB is free. */
static size_t fill(struct fixture *fixture, uint64_t ms)
{
	size_t count = 0;

	while (read_free(fixture) >= MIB && count < MOST) {
		write_report(fixture, ms);
		count++;
	}
	return count;
}

static void expire(struct fixture *fixture, uint64_t before_ms)
{
	uint64_t cursor = 0;
	size_t deleted;

	do {
		assert_int_equal(store_expire_appraisals(fixture->store, before_ms, 100, &cursor,
					 &deleted, &fixture->err),
			0);
	} while (cursor);
}

/* A session tells the server's statistics of its rows when it does something a second later. */
static void wait_for_statistics(struct fixture *fixture)
{
	const struct timespec pause = {.tv_nsec = 100000000};
	uint64_t end = platform_monotonic_ms() + DEADLINE;
	size_t none;

	while (ask(fixture, "SELECT pg_stat_get_dead_tuples(reltoastrelid) FROM pg_class "
			    "WHERE oid = 'vtpm.reports'::regclass") < 5000) {
		assert_true(platform_monotonic_ms() < end);
		nanosleep(&pause, NULL);
		assert_int_equal(
			store_expire_challenges(fixture->store, 1, 1, &none, &fixture->err), 0);
	}
}

static void a_postgresql_store_has_room_again(void **state)
{
	struct fixture *fixture = *state;

	/* It may do so at any time; here nobody is to vacuum but the test. */
	ask(fixture, "ALTER TABLE vtpm.reports SET (autovacuum_enabled = off, "
		     "toast.autovacuum_enabled = off)");
	store_close(fixture->store);
	if (store_postgresql_open(fixture->url, MAX, &fixture->store, &fixture->err))
		fail_msg("%s", fixture->err.message);
	for (uint64_t round = 0; round < 3; round++) {
		size_t count = fill(fixture, 2 * round);

		assert_in_range(count, 50, MOST - 1);
		/* The last one stays, at the end of the file. */
		write_report(fixture, 2 * round + 1);
		expire(fixture, 2 * round + 1);
		/* Nothing is written where the deleted rows are before somebody vacuumed. */
		ask(fixture, "ANALYZE vtpm.reports");
		wait_for_statistics(fixture);
		assert_true(read_free(fixture) < MIB);
		ask(fixture, "VACUUM vtpm.reports");
		assert_in_range(read_free(fixture), 10 * MIB, MAX);
	}
	ask(fixture, "VACUUM (FULL) vtpm.reports");
	assert_in_range(read_free(fixture), 10 * MIB, MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"postgresql: a_postgresql_store_has_room_again", a_postgresql_store_has_room_again,
			fixture_postgresql, fixture_end, NULL},
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

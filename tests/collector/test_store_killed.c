/* SPDX-License-Identifier: BSD-2-Clause */
/* kill -9 in the middle of writing: whatever was acknowledged is there, and the chains are whole.
 * (What a power failure does is SQLite's own to test; synchronous=FULL is what it asks for.) */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/collector/fixture.h"

#define ROUNDS 20
#define BATCH  32

/* Writes batches and acknowledges each report to `to` after its commit; until it is killed. */
static _Noreturn void write_on(const char *path, int to)
{
	static char evidence[4096];
	struct store *store;
	struct error err;
	struct order order = order_make(1, "");
	struct store_item items[BATCH];
	struct store_batch batch = {.items = items, .item_count = BATCH};

	if (store_sqlite_open(path, 0, &store, &err))
		_exit(2);
	order.appraisal.evidence = (struct crypto_bytes){evidence, sizeof(evidence)};
	for (;;) {
		for (unsigned int i = 0; i < BATCH; i++)
			items[i] = order_item(&order, fixture_uuid(i % 20));
		if (store_write(store, &batch, &err))
			_exit(3);
		for (unsigned int i = 0; i < BATCH; i++) {
			if (write(to, &items[i].written, sizeof(items[i].written)) < 0)
				_exit(4);
		}
	}
}

static void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static bool check_hash(const struct store_appraisal *appraisal, void *context)
{
	assert_memory_equal(appraisal->link.hash, context, STORE_HASH_SIZE);
	return true;
}

static uint64_t read_acknowledged(struct fixture *fixture, int from)
{
	struct store_link link;
	uint64_t count = 0;

	while (read(from, &link, sizeof(link)) == sizeof(link)) {
		if (store_read_appraisal(
			    fixture->store, link.id, check_hash, link.hash, &fixture->err))
			fail_msg("report %d: %s", (int)link.id, fixture->err.message);
		count++;
	}
	return count;
}

/* One life of a writer. Returns how many reports it acknowledged. */
static uint64_t live_and_die(struct fixture *fixture, int round)
{
	uint64_t acknowledged;
	int pipes[2], status;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	/* So that the writer never waits for the reader, who comes after its death. */
	fcntl(pipes[1], F_SETPIPE_SZ, 1 << 20);
	child = fork();
	if (!child) {
		close(pipes[0]);
		write_on(fixture->path, pipes[1]);
	}
	close(pipes[1]);
	/* At moments that differ; from before it opened the file on. */
	sleep_ms(5 + round * 7919 % 40 + round * 5);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	assert_true(WIFSIGNALED(status));
	fixture_open(fixture);
	acknowledged = read_acknowledged(fixture, pipes[0]);
	close(pipes[0]);
	return acknowledged;
}

static void test_killed_while_writing(void **state)
{
	struct fixture *fixture = *state;
	uint64_t acknowledged = 0;

	for (int round = 0; round < ROUNDS; round++) {
		struct whole_check check;

		acknowledged += live_and_die(fixture, round);
		if (fixture_faults(fixture, &check))
			fail_msg("%s: report %d: %s", check.uuid, (int)check.appraisal, check.what);
		assert_true(check.appraisals >= acknowledged);
		assert_int_equal(check.appraisals % BATCH, 0); /* no half batch */
		assert_true(check.appraisals <= acknowledged + BATCH * ((uint64_t)round + 1));
		store_close(fixture->store);
		fixture->store = NULL;
	}
	assert_true(acknowledged > (uint64_t)ROUNDS * BATCH);
	print_message("%d reports acknowledged\n", (int)acknowledged);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_killed_while_writing, fixture_folder, fixture_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/collector/fixture.h"

#include <dirent.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int fixture_memory(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	return !fixture || store_memory_open(&fixture->store, &fixture->err);
}

int fixture_folder(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	const char *parent = getenv("TMPDIR");

	*state = fixture;
	if (!fixture)
		return -1;
	snprintf(fixture->folder, sizeof(fixture->folder), "%s/store.XXXXXX",
		parent ? parent : "/tmp");
	if (!mkdtemp(fixture->folder))
		return -1;
	snprintf(fixture->path, sizeof(fixture->path), "%s/vtpm.db", fixture->folder);
	return 0;
}

int fixture_sqlite(void **state)
{
	int rc = fixture_folder(state);
	struct fixture *fixture = *state;

	return rc ? rc : store_sqlite_open(fixture->path, 0, &fixture->store, &fixture->err);
}

/* The same database for each test, without what the one before left in it. */
static int empty_database(const char *url)
{
	PGconn *connection = PQconnectdb(url);
	PGresult *done = PQexec(connection, "SET client_min_messages = warning;"
					    "DROP SCHEMA IF EXISTS vtpm CASCADE");
	int rc = PQresultStatus(done) == PGRES_COMMAND_OK ? 0 : -1;

	if (rc)
		print_error("%s", PQerrorMessage(connection));
	PQclear(done);
	PQfinish(connection);
	return rc;
}

int fixture_postgresql(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	if (!fixture)
		return -1;
	fixture->url = getenv("VTPM_TEST_POSTGRESQL");
	if (!fixture->url) {
		print_error("no server: python3 tests/lib/postgresql.py PROGRAM\n");
		return -1;
	}
	if (empty_database(fixture->url))
		return -1;
	return store_postgresql_open(fixture->url, 0, &fixture->store, &fixture->err);
}

static void remove_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(folder);
}

int fixture_end(void **state)
{
	struct fixture *fixture = *state;

	store_close(fixture->store);
	if (*fixture->folder)
		remove_folder(fixture->folder);
	free(fixture);
	return 0;
}

void fixture_open(struct fixture *fixture)
{
	int rc = fixture->url
			 ? store_postgresql_open(fixture->url, 0, &fixture->store, &fixture->err)
			 : store_sqlite_open(fixture->path, 0, &fixture->store, &fixture->err);

	if (rc)
		fail_msg("%s", fixture->err.message);
}

void fixture_reopen(struct fixture *fixture)
{
	if (!*fixture->folder && !fixture->url)
		return;
	store_close(fixture->store);
	fixture->store = NULL;
	fixture_open(fixture);
}

const char *fixture_uuid(unsigned int number)
{
	static char uuids[8][TEXT_UUID_SIZE];
	static unsigned int next;
	char *uuid = uuids[next++ % COUNT(uuids)];

	snprintf(uuid, TEXT_UUID_SIZE, "00000000-0000-4000-8000-%012u", number);
	return uuid;
}

static void judge(struct store_change *change, void *context)
{
	struct order *order = context;

	order->revision = change->vm.revision;
	order->head = change->vm.head;
	order->spend = change->spend;
	order->saw_baseline = change->baseline != NULL;
	if (change->baseline)
		snprintf(order->baseline, sizeof(order->baseline), "%.*s",
			(int)change->baseline->evidence.len,
			(const char *)change->baseline->evidence.bytes);
	if (order->needs_spend && change->spend != STORE_SPEND_DONE)
		return;
	if (order->edit) {
		order->edit(&change->vm);
		change->writes_vm = true;
	}
	if (*order->audit.action)
		change->audit = &order->audit;
	if (order->is_silent)
		return;
	change->appraisal = &order->appraisal;
	change->drops_appraisals = order->drops;
	change->is_baseline = order->is_baseline;
	change->vm.status = order->appraisal.status;
	change->vm.received_ms = order->appraisal.received_ms;
}

struct order order_make(uint64_t ms, const char *evidence)
{
	return (struct order){.appraisal = {
				      .received_ms = ms,
				      .status = VERDICT_AFFIRMING,
				      .continuity = CONTINUITY_CONTINUOUS,
				      .event = EVENT_LIVE_MIGRATION,
				      .reason = "same-tpm",
				      .evidence = {evidence, strlen(evidence)},
				      .verdict = {"{}", 2},
				      .attest = {"att\0est", 7},
				      .signature = {"sig", 3},
				      .nonce = {"nonce", 5},
				      .secret = {"secret", 6},
				      .ek = {"ek", 2},
				      .challenged_ms = 4000,
				      .sender = {"agent", "web-1", "192.0.2.1"},
			      }};
}

struct store_item order_item(struct order *order, const char *uuid)
{
	struct store_item item = {.judge = judge, .context = order, .wants_baseline = true};

	snprintf(item.uuid, sizeof(item.uuid), "%s", uuid);
	return item;
}

void fixture_noise(uint8_t *bytes, size_t len, uint32_t seed)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(seed >> 24);
	}
}

uint64_t fixture_write(struct fixture *fixture, struct order *order, const char *uuid)
{
	struct store_item item = order_item(order, uuid);
	struct store_batch batch = {.items = &item, .item_count = 1};

	if (store_write(fixture->store, &batch, &fixture->err))
		fail_msg("%s", fixture->err.message);
	return item.written.id;
}

uint64_t fixture_appraisal(
	struct fixture *fixture, unsigned int vm, uint64_t ms, const char *evidence)
{
	struct order order = order_make(ms, evidence);

	return fixture_write(fixture, &order, fixture_uuid(vm));
}

struct store_vm fixture_vm(struct fixture *fixture, unsigned int vm)
{
	struct store_vm record = {0};

	if (store_read_vm(fixture->store, fixture_uuid(vm), &record, &fixture->err))
		fail_msg("%s", fixture->err.message);
	return record;
}

static bool append_evidence(const struct store_appraisal *appraisal, void *context)
{
	struct buf *text = context;

	buf_printf(text, "%s%.*s", text->len ? "," : "", (int)appraisal->evidence.len,
		(const char *)appraisal->evidence.bytes);
	return true;
}

const char *fixture_timeline(struct fixture *fixture, unsigned int vm, uint64_t from, size_t limit)
{
	static char out[1024];
	BUF_SCOPED text = {0};
	int rc = store_read_timeline(fixture->store, fixture_uuid(vm), from, limit, append_evidence,
		&text, &fixture->err);

	assert_int_equal(rc, 0);
	snprintf(out, sizeof(out), "%s", text.data ? (char *)text.data : "");
	return out;
}

uint64_t fixture_faults(struct fixture *fixture, struct whole_check *ret_check)
{
	if (whole_verify(fixture->store, NULL, ret_check, &fixture->err))
		fail_msg("%s", fixture->err.message);
	return ret_check->faults;
}

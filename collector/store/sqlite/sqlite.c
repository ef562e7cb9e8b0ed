/* SPDX-License-Identifier: BSD-2-Clause */
/* The store in SQLite: one connection that writes, one that reads. */
#include "collector/store/sqlite/private.h"
#include "collector/store/store.h"
#include "collector/store/store_copy.h"

#include <stdlib.h>
#include <string.h>

#define WRITER_CACHE_KIB (128 * 1024)
#define READER_CACHE_KIB (16 * 1024)

static struct sqlite_connection *reader_in(struct store *store)
{
	return &((struct sqlite_store *)store)->reader;
}

static int read_vm(
	struct store *store, const char *uuid, struct store_vm *ret_vm, struct error *err)
{
	struct sqlite_connection *reader = reader_in(store);
	uint64_t row;
	int rc = sqlite_connection_enter(reader, err);

	if (rc)
		return rc;
	rc = sqlite_find_vm(reader, uuid, &row, ret_vm, err);
	return sqlite_connection_leave(reader, rc);
}

/* A record, and behind it who sent its newest report. */
static int column_shown(struct sqlite_run *run, struct store_vm *ret_vm, struct error *err)
{
	uint64_t row;
	int rc = sqlite_column_vm(run, &row, ret_vm, err);

	return rc ? rc : sqlite_column_sender(run, &ret_vm->sender, err);
}

static int show_vm(
	struct store *store, const char *uuid, struct store_vm *ret_vm, struct error *err)
{
	struct sqlite_run run;
	int rc = sqlite_read_begin(store, STATEMENT_VM_SHOW, &run, err);

	if (rc)
		return rc;
	sqlite_bind_text(&run, uuid);
	if (sqlite_run_step(&run))
		rc = column_shown(&run, ret_vm, err);
	else if (!run.code)
		rc = error_set(err, ERROR_NOT_FOUND, "no such VM: %s", uuid);
	return sqlite_read_end(&run, rc, err);
}

static enum sqlite_statement choose_list(const struct store_query *query)
{
	if (query->is_silent)
		return STATEMENT_VM_LIST_SILENT;
	if (query->has_failing_disks)
		return STATEMENT_VM_LIST_DISKS;
	if (*query->search)
		return STATEMENT_VM_SEARCH;
	return query->has_status ? STATEMENT_VM_LIST_STATUS : STATEMENT_VM_LIST;
}

static int list_vms(struct store *store, const struct store_query *query, store_vm_visit *visit,
	void *context, struct error *err)
{
	const enum sqlite_statement statement = choose_list(query);
	struct sqlite_run run;
	struct store_vm vm;
	bool goes_on = true;
	int rc = sqlite_read_begin(store, statement, &run, err);

	if (rc)
		return rc;
	sqlite_bind_text(&run, query->after);
	sqlite_bind_number(&run, query->limit);
	if (statement != STATEMENT_VM_LIST)
		sqlite_bind_text(&run, query->has_status ? verdict_status_name(query->status) : "");
	if (statement != STATEMENT_VM_LIST && statement != STATEMENT_VM_LIST_STATUS)
		sqlite_bind_text(&run, query->search);
	if (statement == STATEMENT_VM_LIST_SILENT)
		sqlite_bind_number(&run, query->has_failing_disks);
	while (goes_on && !rc && sqlite_run_step(&run)) {
		rc = column_shown(&run, &vm, err);
		goes_on = !rc && visit(&vm, context);
	}
	return sqlite_read_end(&run, rc, err);
}

static int column_count(struct sqlite_run *run, struct store_counts *counts, struct error *err)
{
	enum verdict_status status;
	enum continuity continuity;
	uint64_t seen_ms;
	int rc = store_status_parse(sqlite_column_word(run), &status, err);

	if (!rc)
		rc = store_continuity_parse(sqlite_column_word(run), &continuity, err);
	if (rc)
		return rc;
	counts->vms[status][continuity] = sqlite_column_number(run);
	seen_ms = sqlite_column_number(run);
	if (!counts->oldest_ms || seen_ms < counts->oldest_ms)
		counts->oldest_ms = seen_ms;
	return 0;
}

static int count_disks(struct store *store, struct store_counts *counts, struct error *err)
{
	struct sqlite_run run;
	int rc = sqlite_read_begin(store, STATEMENT_VM_COUNT_DISKS, &run, err);

	if (rc)
		return rc;
	if (sqlite_run_step(&run)) {
		counts->disks_vms = sqlite_column_number(&run);
		counts->disks_failing = sqlite_column_number(&run);
	}
	return sqlite_read_end(&run, 0, err);
}

static int count_silent(struct store *store, struct store_counts *counts, struct error *err)
{
	struct sqlite_run run;
	int rc = sqlite_read_begin(store, STATEMENT_VM_COUNT_SILENT, &run, err);

	if (rc)
		return rc;
	if (sqlite_run_step(&run))
		counts->silent = sqlite_column_number(&run);
	return sqlite_read_end(&run, 0, err);
}

static int count_vms(struct store *store, struct store_counts *counts, struct error *err)
{
	struct sqlite_run run;
	int rc = sqlite_read_begin(store, STATEMENT_VM_COUNT, &run, err);

	if (rc)
		return rc;
	while (!rc && sqlite_run_step(&run))
		rc = column_count(&run, counts, err);
	rc = sqlite_read_end(&run, rc, err);
	if (!rc)
		rc = count_disks(store, counts, err);
	return rc ? rc : count_silent(store, counts, err);
}

static int list_appraisals(struct store *store, uint64_t after, size_t limit,
	store_appraisal_visit *visit, void *context, struct error *err)
{
	struct store_appraisal appraisal;
	struct sqlite_run run;
	bool goes_on = true;
	int rc = sqlite_read_begin(store, STATEMENT_APPRAISAL_LIST, &run, err);

	if (rc)
		return rc;
	sqlite_bind_number(&run, after);
	sqlite_bind_number(&run, limit);
	while (goes_on && !rc && sqlite_run_step(&run)) {
		rc = sqlite_column_appraisal(&run, &appraisal, err);
		goes_on = !rc && visit(&appraisal, context);
	}
	return sqlite_read_end(&run, rc, err);
}

/* Visits a report, if `uuid` is NULL or its VM's. *ret_prev: the one to visit next, 0 for none. */
static int visit_appraisal(struct sqlite_connection *connection, uint64_t id, const char *uuid,
	store_appraisal_visit *visit, void *context, uint64_t *ret_prev, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_APPRAISAL_READ);
	struct store_appraisal appraisal;
	uint64_t prev = 0;
	int rc = 0;

	sqlite_bind_number(&run, id);
	if (sqlite_run_step(&run)) {
		bool is_asked;

		rc = sqlite_column_appraisal(&run, &appraisal, err);
		is_asked = !rc && (!uuid || !strcmp(appraisal.uuid, uuid));
		if (is_asked && visit(&appraisal, context) && appraisal.prev.id < id)
			prev = appraisal.prev.id;
	} else if (!run.code) {
		rc = error_set(err, ERROR_NOT_FOUND, "no such report");
	}
	*ret_prev = prev;
	return sqlite_run_end_after(&run, rc, err);
}

static int read_appraisal(struct store *store, uint64_t id, store_appraisal_visit *visit,
	void *context, struct error *err)
{
	struct sqlite_connection *reader = reader_in(store);
	uint64_t prev;
	int rc = sqlite_connection_enter(reader, err);

	if (rc)
		return rc;
	rc = visit_appraisal(reader, id, NULL, visit, context, &prev, err);
	return sqlite_connection_leave(reader, rc);
}

static int read_timeline(struct store *store, const char *uuid, uint64_t from, size_t limit,
	store_appraisal_visit *visit, void *context, struct error *err)
{
	struct sqlite_connection *reader = reader_in(store);
	struct store_vm vm = {0};
	uint64_t row, id;
	int rc = sqlite_connection_enter(reader, err);

	if (rc)
		return rc;
	rc = sqlite_find_vm(reader, uuid, &row, &vm, err);
	if (rc)
		return sqlite_connection_leave(reader, rc);
	id = from ? from : vm.head.id;
	for (size_t i = 0; !rc && i < limit && id > vm.tail.id; i++)
		rc = visit_appraisal(reader, id, uuid, visit, context, &id, err);
	return sqlite_connection_leave(reader, rc == -ERROR_NOT_FOUND ? 0 : rc);
}

static int list_audit(struct store *store, uint64_t after, size_t limit, store_audit_visit *visit,
	void *context, struct error *err)
{
	struct sqlite_run run;
	struct store_audit audit;
	bool goes_on = true;
	int rc = sqlite_read_begin(store, STATEMENT_AUDIT_LIST, &run, err);

	if (rc)
		return rc;
	sqlite_bind_number(&run, after);
	sqlite_bind_number(&run, limit);
	while (goes_on && !rc && sqlite_run_step(&run)) {
		rc = sqlite_column_audit(&run, &audit, err);
		goes_on = !rc && visit(&audit, context);
	}
	return sqlite_read_end(&run, rc, err);
}

static int read_audit_head(struct store *store, struct store_link *ret_head, struct error *err)
{
	struct sqlite_connection *reader = reader_in(store);
	int rc = sqlite_connection_enter(reader, err);

	if (rc)
		return rc;
	rc = sqlite_find_audit_head(reader, ret_head, err);
	return sqlite_connection_leave(reader, rc);
}

static int read_last_challenge(struct store *store, uint64_t *ret_expires_ms, struct error *err)
{
	struct sqlite_connection *reader = reader_in(store);
	int rc = sqlite_connection_enter(reader, err);

	if (rc)
		return rc;
	rc = sqlite_find_last_challenge(reader, ret_expires_ms, err);
	return sqlite_connection_leave(reader, rc);
}

/* The writer last: it then empties the write-ahead log. */
static void sqlite_close(struct store *store)
{
	struct sqlite_store *sqlite = (struct sqlite_store *)store;

	sqlite_checkpoint_stop(&sqlite->checkpoint);
	sqlite_connection_close(&sqlite->reader);
	sqlite_connection_close(&sqlite->writer);
	pthread_mutex_destroy(&sqlite->checkpoint.connection.lock);
	pthread_mutex_destroy(&sqlite->reader.lock);
	pthread_mutex_destroy(&sqlite->writer.lock);
	free(sqlite);
}

static const struct store_ops sqlite_ops = {
	.close = sqlite_close,
	.write = sqlite_write,
	.read_vm = read_vm,
	.show_vm = show_vm,
	.list_vms = list_vms,
	.count_vms = count_vms,
	.list_appraisals = list_appraisals,
	.read_appraisal = read_appraisal,
	.read_timeline = read_timeline,
	.read_log = sqlite_read_log,
	.list_logs = sqlite_list_logs,
	.list_claims = sqlite_list_claims,
	.list_new_claims = sqlite_list_new_claims,
	.expire_pending = sqlite_expire_pending,
	.read_room = sqlite_read_room,
	.expire_claims = sqlite_expire_claims,
	.find_token = sqlite_find_token,
	.list_tokens = sqlite_list_tokens,
	.list_result_keys = sqlite_list_result_keys,
	.share_key = sqlite_share_key,
	.list_audit = list_audit,
	.read_audit_head = read_audit_head,
	.read_last_challenge = read_last_challenge,
	.read_last_number = sqlite_read_last_number,
	.read_last_claim = sqlite_read_last_claim,
	.read_prev = sqlite_read_prev,
	.list_uuids = sqlite_list_uuids,
	.read_record_event = sqlite_read_record_event,
	.find_older = sqlite_find_older,
	.find_owner = sqlite_find_owner,
	.list_stray_keys = sqlite_list_stray_keys,
	.list_owners = sqlite_list_owners,
	.list_due = sqlite_list_due,
	.read_watch = sqlite_read_watch,
	.write_watch = sqlite_write_watch,
	.list_tails = sqlite_list_tails,
	.expire_challenges = sqlite_expire_challenges,
	.expire_appraisals = sqlite_expire_appraisals,
};

static void set_up(
	struct sqlite_connection *connection, const char *path, uint64_t max_bytes, int cache_kib)
{
	pthread_mutex_init(&connection->lock, NULL);
	connection->path = path;
	connection->max_bytes = max_bytes;
	connection->cache_kib = cache_kib;
}

static int open_store(const char *path, uint64_t max_bytes, bool may_be_unfinished,
	struct store **ret_store, struct error *err)
{
	struct sqlite_store *sqlite = calloc(1, sizeof(*sqlite) + strlen(path) + 1);
	int rc;

	if (!sqlite)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a store");
	memcpy(sqlite->path, path, strlen(path));
	sqlite->store.ops = &sqlite_ops;
	set_up(&sqlite->writer, sqlite->path, max_bytes, WRITER_CACHE_KIB);
	set_up(&sqlite->reader, sqlite->path, max_bytes, READER_CACHE_KIB);
	set_up(&sqlite->checkpoint.connection, sqlite->path, max_bytes, 0);
	sqlite_checkpoint_watch(&sqlite->checkpoint, &sqlite->writer);
	sqlite->writer.may_be_unfinished = sqlite->reader.may_be_unfinished = may_be_unfinished;
	sqlite->checkpoint.connection.may_be_unfinished = may_be_unfinished;
	sqlite->writer.store = &sqlite->store;
	sqlite->writer.may_create = !may_be_unfinished;
	rc = sqlite_connection_enter(&sqlite->writer, err);
	sqlite->writer.may_create = false;
	if (!rc)
		sqlite_connection_leave(&sqlite->writer, 0);
	if (!rc)
		rc = sqlite_checkpoint_start(sqlite, err);
	if (rc) {
		sqlite_close(&sqlite->store);
		return rc;
	}
	store_clock_start(&sqlite->store);
	*ret_store = &sqlite->store;
	return 0;
}

int store_sqlite_open(
	const char *path, uint64_t max_bytes, struct store **ret_store, struct error *err)
{
	return open_store(path, max_bytes, false, ret_store, err);
}

int store_sqlite_copy_read(const char *path, struct store **ret_store, struct error *err)
{
	return open_store(path, 0, true, ret_store, err);
}

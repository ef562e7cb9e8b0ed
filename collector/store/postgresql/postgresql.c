/* SPDX-License-Identifier: BSD-2-Clause */
/* The store in PostgreSQL: one connection that writes, one that reads, and one
 * that is there. */
#include "collector/store/store.h"

#include <stdlib.h>
#include <string.h>

#include "collector/store/postgresql/private.h"
#include "collector/store/store_copy.h"
#include "platform/system.h"

#define PAGE 64 /* reports in one answer: they may be large */

static struct pg_connection *reader_in(struct store *store)
{
	return &((struct pg_store *)store)->reader;
}

static int read_vm(
	struct store *store, const char *uuid, struct store_vm *ret_vm, struct error *err)
{
	struct pg_connection *reader = reader_in(store);
	uint64_t row;
	int rc = pg_connection_enter(reader, err);

	if (rc)
		return rc;
	rc = pg_find_vm(reader, PG_VM_READ, uuid, &row, ret_vm, err);
	return pg_connection_leave(reader, rc);
}

static int show_vm(
	struct store *store, const char *uuid, struct store_vm *ret_vm, struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_VM_SHOW, &run, err);

	if (rc)
		return rc;
	pg_bind_text(&run, uuid);
	if (pg_run_step(&run))
		rc = pg_column_shown(&run, ret_vm, err);
	else if (!run.connection->has_failed)
		rc = error_set(err, ERROR_NOT_FOUND, "no such VM: %s", uuid);
	return pg_read_end(&run, rc, err);
}

static enum pg_statement choose_list(const struct store_query *query)
{
	if (query->is_silent)
		return PG_VM_LIST_SILENT;
	if (query->has_failing_disks)
		return PG_VM_LIST_DISKS;
	if (*query->search)
		return PG_VM_SEARCH;
	return query->has_status ? PG_VM_LIST_STATUS : PG_VM_LIST;
}

static int list_vms(struct store *store, const struct store_query *query, store_vm_visit *visit,
	void *context, struct error *err)
{
	const enum pg_statement statement = choose_list(query);
	struct pg_run run;
	struct store_vm vm;
	bool goes_on = true;
	int rc = pg_read_begin(store, statement, &run, err);

	if (rc)
		return rc;
	pg_bind_text(&run, query->after);
	pg_bind_number(&run, query->limit);
	if (statement != PG_VM_LIST)
		pg_bind_text(&run, query->has_status ? verdict_status_name(query->status) : "");
	if (statement != PG_VM_LIST && statement != PG_VM_LIST_STATUS)
		pg_bind_text(&run, query->search);
	if (statement == PG_VM_LIST_SILENT)
		pg_bind_number(&run, query->has_failing_disks);
	while (goes_on && !rc && pg_run_step(&run)) {
		rc = pg_column_shown(&run, &vm, err);
		goes_on = !rc && visit(&vm, context);
	}
	return pg_read_end(&run, rc, err);
}

static int column_count(struct pg_run *run, struct store_counts *counts, struct error *err)
{
	char word[STORE_REASON_SIZE];
	enum verdict_status status;
	enum continuity continuity;
	uint64_t seen_ms;
	int rc = pg_column_text(run, word, sizeof(word), err);

	if (!rc)
		rc = store_status_parse(word, &status, err);
	if (!rc)
		rc = pg_column_text(run, word, sizeof(word), err);
	if (!rc)
		rc = store_continuity_parse(word, &continuity, err);
	if (rc)
		return rc;
	counts->vms[status][continuity] = pg_column_number(run);
	seen_ms = pg_column_number(run);
	if (!counts->oldest_ms || seen_ms < counts->oldest_ms)
		counts->oldest_ms = seen_ms;
	return 0;
}

static int count_disks(struct store *store, struct store_counts *counts, struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_VM_COUNT_DISKS, &run, err);

	if (rc)
		return rc;
	if (pg_run_step(&run)) {
		counts->disks_vms = pg_column_number(&run);
		counts->disks_failing = pg_column_number(&run);
	}
	return pg_read_end(&run, 0, err);
}

static int count_silent(struct store *store, struct store_counts *counts, struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_VM_COUNT_SILENT, &run, err);

	if (rc)
		return rc;
	if (pg_run_step(&run))
		counts->silent = pg_column_number(&run);
	return pg_read_end(&run, 0, err);
}

static int count_vms(struct store *store, struct store_counts *counts, struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_VM_COUNT, &run, err);

	if (rc)
		return rc;
	while (!rc && pg_run_step(&run))
		rc = column_count(&run, counts, err);
	rc = pg_read_end(&run, rc, err);
	if (!rc)
		rc = count_disks(store, counts, err);
	return rc ? rc : count_silent(store, counts, err);
}

struct page {
	uint64_t after;
	size_t count;
	bool goes_on;
};

static int visit_page(struct store *store, struct page *page, size_t limit,
	store_appraisal_visit *visit, void *context, struct error *err)
{
	struct store_appraisal appraisal;
	struct pg_run run;
	int rc = pg_read_begin(store, PG_APPRAISAL_LIST, &run, err);

	if (rc)
		return rc;
	page->count = 0;
	pg_bind_number(&run, page->after);
	pg_bind_number(&run, limit);
	while (page->goes_on && !rc && pg_run_step(&run)) {
		rc = pg_column_appraisal(&run, &appraisal, err);
		page->goes_on = !rc && visit(&appraisal, context);
		page->after = rc ? page->after : appraisal.link.id;
		page->count++;
	}
	return pg_read_end(&run, rc, err);
}

static int list_appraisals(struct store *store, uint64_t after, size_t limit,
	store_appraisal_visit *visit, void *context, struct error *err)
{
	struct page page = {.after = after, .goes_on = true};
	int rc = 0;

	while (!rc && page.goes_on && limit) {
		size_t asked = limit < PAGE ? limit : PAGE;

		rc = visit_page(store, &page, asked, visit, context, err);
		page.goes_on &= page.count == asked;
		limit -= asked;
	}
	return rc;
}

/* Visits a report, if `uuid` is NULL or its VM's. *ret_prev: the one to visit next, 0 for none. */
static int visit_appraisal(struct pg_connection *connection, uint64_t id, const char *uuid,
	store_appraisal_visit *visit, void *context, uint64_t *ret_prev, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_APPRAISAL_READ);
	struct store_appraisal appraisal;
	uint64_t prev = 0;
	int rc = 0;

	pg_bind_number(&run, id);
	if (pg_run_step(&run)) {
		bool is_asked;

		rc = pg_column_appraisal(&run, &appraisal, err);
		is_asked = !rc && (!uuid || !strcmp(appraisal.uuid, uuid));
		if (is_asked && visit(&appraisal, context) && appraisal.prev.id < id)
			prev = appraisal.prev.id;
	} else if (!connection->has_failed) {
		rc = error_set(err, ERROR_NOT_FOUND, "no such report");
	}
	*ret_prev = prev;
	return pg_run_end(&run, rc, err);
}

static int read_appraisal(struct store *store, uint64_t id, store_appraisal_visit *visit,
	void *context, struct error *err)
{
	struct pg_connection *reader = reader_in(store);
	uint64_t prev;
	int rc = pg_connection_enter(reader, err);

	if (rc)
		return rc;
	rc = visit_appraisal(reader, id, NULL, visit, context, &prev, err);
	return pg_connection_leave(reader, rc);
}

static int read_timeline(struct store *store, const char *uuid, uint64_t from, size_t limit,
	store_appraisal_visit *visit, void *context, struct error *err)
{
	struct pg_connection *reader = reader_in(store);
	struct store_vm vm = {0};
	uint64_t row, id;
	int rc = pg_connection_enter(reader, err);

	if (rc)
		return rc;
	rc = pg_find_vm(reader, PG_VM_READ, uuid, &row, &vm, err);
	if (rc)
		return pg_connection_leave(reader, rc);
	id = from ? from : vm.head.id;
	for (size_t i = 0; !rc && i < limit && id > vm.tail.id; i++)
		rc = visit_appraisal(reader, id, uuid, visit, context, &id, err);
	return pg_connection_leave(reader, rc == -ERROR_NOT_FOUND ? 0 : rc);
}

static int list_audit(struct store *store, uint64_t after, size_t limit, store_audit_visit *visit,
	void *context, struct error *err)
{
	struct pg_run run;
	struct store_audit audit;
	bool goes_on = true;
	int rc = pg_read_begin(store, PG_AUDIT_LIST, &run, err);

	if (rc)
		return rc;
	pg_bind_number(&run, after);
	pg_bind_number(&run, limit);
	while (goes_on && !rc && pg_run_step(&run)) {
		rc = pg_column_audit(&run, &audit, err);
		goes_on = !rc && visit(&audit, context);
	}
	return pg_read_end(&run, rc, err);
}

static int read_audit_head(struct store *store, struct store_link *ret_head, struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_AUDIT_HEAD, &run, err);

	if (rc)
		return rc;
	if (pg_run_step(&run))
		rc = pg_column_link(&run, ret_head, err);
	else if (!run.connection->has_failed)
		rc = error_set(
			err, ERROR_MALFORMED, "the database has lost the end of its audit log");
	return pg_read_end(&run, rc, err);
}

static int read_last_challenge(struct store *store, uint64_t *ret_expires_ms, struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_SPENT_LAST, &run, err);

	if (rc)
		return rc;
	if (pg_run_step(&run))
		*ret_expires_ms = pg_column_number(&run);
	return pg_read_end(&run, 0, err);
}

static void pg_close(struct store *store)
{
	struct pg_store *pg = (struct pg_store *)store;

	pg_connection_close(&pg->duty);
	pg_connection_close(&pg->reader);
	pg_connection_close(&pg->writer);
	pthread_mutex_destroy(&pg->duty.lock);
	pthread_mutex_destroy(&pg->reader.lock);
	pthread_mutex_destroy(&pg->writer.lock);
	free(pg);
}

static const struct store_ops pg_ops = {
	.close = pg_close,
	.write = pg_write,
	.read_vm = read_vm,
	.show_vm = show_vm,
	.list_vms = list_vms,
	.count_vms = count_vms,
	.list_appraisals = list_appraisals,
	.read_appraisal = read_appraisal,
	.read_timeline = read_timeline,
	.read_log = pg_read_log,
	.list_logs = pg_list_logs,
	.list_claims = pg_list_claims,
	.list_new_claims = pg_list_new_claims,
	.expire_claims = pg_expire_claims,
	.find_token = pg_find_token,
	.list_tokens = pg_list_tokens,
	.expire_pending = pg_expire_pending,
	.read_room = pg_read_room,
	.list_result_keys = pg_list_result_keys,
	.share_key = pg_share_key,
	.list_audit = list_audit,
	.read_audit_head = read_audit_head,
	.read_last_challenge = read_last_challenge,
	.read_last_number = pg_read_last_number,
	.read_last_claim = pg_read_last_claim,
	.read_prev = pg_read_prev,
	.list_uuids = pg_list_uuids,
	.read_record_event = pg_read_record_event,
	.find_older = pg_find_older,
	.find_owner = pg_find_owner,
	.list_stray_keys = pg_list_stray_keys,
	.list_owners = pg_list_owners,
	.list_due = pg_list_due,
	.read_watch = pg_read_watch,
	.write_watch = pg_write_watch,
	.list_tails = pg_list_tails,
	.expire_challenges = pg_expire_challenges,
	.expire_appraisals = pg_expire_appraisals,
	.has_duty = pg_has_duty,
	.read_document = pg_read_document,
	.keep_document = pg_keep_document,
};

static int set_up(struct pg_store *pg, const char *url, uint64_t max_bytes, struct error *err)
{
	memcpy(pg->url, url, strlen(url));
	pg->store.ops = &pg_ops;
	pg->max_bytes = max_bytes;
	pg->writer.url = pg->reader.url = pg->duty.url = pg->url;
	pthread_mutex_init(&pg->writer.lock, NULL);
	pthread_mutex_init(&pg->reader.lock, NULL);
	pthread_mutex_init(&pg->duty.lock, NULL);
	return platform_random(pg->instance, sizeof(pg->instance), err);
}

static int open_store(const char *url, uint64_t max_bytes, bool may_be_unfinished,
	struct store **ret_store, struct error *err)
{
	struct pg_store *pg = calloc(1, sizeof(*pg) + strlen(url) + 1);
	int rc;

	if (!pg)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a store");
	rc = set_up(pg, url, max_bytes, err);
	pg->writer.may_be_unfinished = pg->reader.may_be_unfinished = may_be_unfinished;
	if (!rc)
		rc = pg_connection_enter(&pg->writer, err);
	if (rc) {
		pg_close(&pg->store);
		return rc;
	}
	pg_connection_leave(&pg->writer, 0);
	store_clock_start(&pg->store);
	*ret_store = &pg->store;
	return 0;
}

int store_postgresql_open(
	const char *url, uint64_t max_bytes, struct store **ret_store, struct error *err)
{
	return open_store(url, max_bytes, false, ret_store, err);
}

int store_postgresql_copy_read(const char *url, struct store **ret_store, struct error *err)
{
	return open_store(url, 0, true, ret_store, err);
}

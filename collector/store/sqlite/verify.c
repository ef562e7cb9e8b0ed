/* SPDX-License-Identifier: BSD-2-Clause */
/* What only a verification asks for. */
#include <string.h>

#include "collector/store/sqlite/private.h"

static struct sqlite_connection *reader_of(struct store *store)
{
	return &((struct sqlite_store *)store)->reader;
}

int sqlite_read_last_number(struct store *store, uint64_t *ret_number, struct error *err)
{
	struct sqlite_run run;
	int rc = sqlite_read_begin(store, STATEMENT_APPRAISAL_LAST, &run, err);

	if (rc)
		return rc;
	*ret_number = sqlite_run_step(&run) ? sqlite_column_number(&run) : 0;
	return sqlite_read_end(&run, 0, err);
}

/* Without the evidence, which continues on other pages. */
int sqlite_read_prev(struct store *store, const char *uuid, uint64_t report,
	struct store_link *ret_prev, struct error *err)
{
	struct sqlite_run run;
	int rc = sqlite_read_begin(store, STATEMENT_APPRAISAL_PREV, &run, err);

	if (rc)
		return rc;
	sqlite_bind_number(&run, report);
	sqlite_bind_text(&run, uuid);
	if (sqlite_run_step(&run))
		rc = sqlite_column_link(&run, ret_prev, err);
	else if (!run.code)
		rc = error_set(err, ERROR_NOT_FOUND, "no such report");
	rc = sqlite_run_end_after(&run, rc, err);
	/* A hash of a wrong size leads nowhere. */
	if (rc == -ERROR_MALFORMED)
		rc = error_set(err, ERROR_NOT_FOUND, "no such report");
	return sqlite_connection_leave(run.connection, rc);
}

int sqlite_list_uuids(struct store *store, const char *after, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err)
{
	char uuid[TEXT_UUID_SIZE];
	struct sqlite_run run;
	bool goes_on = true;
	int rc = sqlite_read_begin(store, STATEMENT_VM_UUIDS, &run, err);

	if (rc)
		return rc;
	sqlite_bind_text(&run, after);
	sqlite_bind_number(&run, limit);
	while (goes_on && !rc && sqlite_run_step(&run)) {
		rc = sqlite_column_text(&run, uuid, sizeof(uuid), err);
		goes_on = !rc && visit(uuid, context);
	}
	return sqlite_read_end(&run, rc, err);
}

int sqlite_read_record_event(struct store *store, const char *uuid, uint64_t before,
	struct store_audit *ret_audit, struct error *err)
{
	struct sqlite_run run;
	int rc = sqlite_read_begin(store, STATEMENT_AUDIT_RECORD, &run, err);

	if (rc)
		return rc;
	sqlite_bind_text(&run, uuid);
	sqlite_bind_number(&run, before);
	if (sqlite_run_step(&run))
		rc = sqlite_column_audit(&run, ret_audit, err);
	else if (!run.code)
		rc = error_set(err, ERROR_NOT_FOUND, "no such audit event");
	return sqlite_read_end(&run, rc, err);
}

int sqlite_find_older(
	struct store *store, const char *uuid, uint64_t before, uint64_t *ret_id, struct error *err)
{
	struct sqlite_run run;
	int rc = sqlite_read_begin(store, STATEMENT_APPRAISAL_OLDER, &run, err);

	if (rc)
		return rc;
	sqlite_bind_number(&run, before);
	sqlite_bind_text(&run, uuid);
	*ret_id = sqlite_run_step(&run) ? sqlite_column_number(&run) : 0;
	return sqlite_read_end(&run, 0, err);
}

int sqlite_find_owner(struct store *store, const struct crypto_bytes *key,
	char ret_uuid[TEXT_UUID_SIZE], struct error *err)
{
	struct sqlite_connection *reader = reader_of(store);
	uint64_t row = 0;
	int rc = sqlite_connection_enter(reader, err);

	if (rc)
		return rc;
	*ret_uuid = 0;
	rc = sqlite_find_key(reader, key, &row, err);
	if (!rc && row)
		rc = sqlite_find_uuid(reader, row, ret_uuid, err);
	return sqlite_connection_leave(reader, rc);
}

int sqlite_list_stray_keys(
	struct store *store, size_t limit, store_key_visit *visit, void *context, struct error *err)
{
	char uuid[TEXT_UUID_SIZE];
	struct sqlite_run run;
	bool goes_on = true;
	int rc = sqlite_read_begin(store, STATEMENT_KEY_STRAY, &run, err);

	if (rc)
		return rc;
	sqlite_bind_number(&run, limit);
	while (goes_on && !rc && sqlite_run_step(&run)) {
		struct crypto_bytes key = sqlite_column_bytes(&run);

		rc = sqlite_column_text(&run, uuid, sizeof(uuid), err);
		goes_on = !rc && visit(&key, uuid, context);
	}
	return sqlite_read_end(&run, rc, err);
}

int sqlite_list_owners(struct store *store, uint64_t after, size_t limit, store_owner_visit *visit,
	void *context, struct error *err)
{
	struct sqlite_run run;
	bool goes_on = true;
	int rc = sqlite_read_begin(store, STATEMENT_APPRAISAL_OWNERS, &run, err);

	if (rc)
		return rc;
	sqlite_bind_number(&run, after);
	sqlite_bind_number(&run, limit);
	while (goes_on && !rc && sqlite_run_step(&run)) {
		struct store_owned row = {.report = sqlite_column_number(&run)};

		row.prev = sqlite_column_number(&run);
		rc = sqlite_column_text(&run, row.uuid, sizeof(row.uuid), err);
		row.head = sqlite_column_number(&run);
		row.tail = sqlite_column_number(&run);
		goes_on = !rc && visit(&row, context);
	}
	return sqlite_read_end(&run, rc, err);
}

/* Few come before it: former baselines, and the newest of VMs that are gone. *ret_id: 0 without
 * one. */
static int find_young(struct sqlite_connection *reader, const struct store_tails *tails,
	uint64_t *ret_id, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(reader, STATEMENT_APPRAISAL_YOUNG);

	sqlite_bind_number(&run, tails->after);
	sqlite_bind_number(&run, tails->since_ms);
	sqlite_bind_number(&run, tails->until_ms);
	*ret_id = sqlite_run_step(&run) ? sqlite_column_number(&run) : 0;
	return sqlite_run_end(&run, err);
}

int sqlite_list_tails(struct store *store, const struct store_tails *tails, size_t limit,
	store_tail_visit *visit, void *context, struct error *err)
{
	struct sqlite_connection *reader = reader_of(store);
	char uuid[TEXT_UUID_SIZE];
	struct sqlite_run run;
	uint64_t young = 0;
	bool goes_on = true;
	int rc = sqlite_connection_enter(reader, err);

	if (rc)
		return rc;
	if (tails->since_ms)
		rc = find_young(reader, tails, &young, err);
	if (rc || (tails->since_ms && !young))
		return sqlite_connection_leave(reader, rc);
	run = sqlite_run_start(reader, STATEMENT_VM_TAILS);
	sqlite_bind_number(&run, young ? young : tails->after);
	sqlite_bind_number(&run, limit);
	while (goes_on && !rc && sqlite_run_step(&run)) {
		rc = sqlite_column_text(&run, uuid, sizeof(uuid), err);
		goes_on = !rc && visit(uuid, sqlite_column_number(&run), young, context);
	}
	return sqlite_read_end(&run, rc, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What only a verification asks for. */
#include "collector/store/postgresql/private.h"

static struct pg_connection *reader_of(struct store *store)
{
	return &((struct pg_store *)store)->reader;
}

int pg_read_last_number(struct store *store, uint64_t *ret_number, struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_APPRAISAL_LAST, &run, err);

	if (rc)
		return rc;
	*ret_number = pg_run_step(&run) ? pg_column_number(&run) : 0;
	return pg_read_end(&run, 0, err);
}

/* Without the evidence, which continues on other pages. */
int pg_read_prev(struct store *store, const char *uuid, uint64_t report,
	struct store_link *ret_prev, struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_APPRAISAL_PREV, &run, err);

	if (rc)
		return rc;
	pg_bind_number(&run, report);
	pg_bind_text(&run, uuid);
	if (pg_run_step(&run))
		rc = pg_column_link(&run, ret_prev, err);
	else if (!run.connection->has_failed)
		rc = error_set(err, ERROR_NOT_FOUND, "no such report");
	rc = pg_run_end(&run, rc, err);
	/* A hash of a wrong size leads nowhere. */
	if (rc == -ERROR_MALFORMED)
		rc = error_set(err, ERROR_NOT_FOUND, "no such report");
	return pg_connection_leave(run.connection, rc);
}

int pg_list_uuids(struct store *store, const char *after, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err)
{
	char uuid[TEXT_UUID_SIZE];
	struct pg_run run;
	bool goes_on = true;
	int rc = pg_read_begin(store, PG_VM_UUIDS, &run, err);

	if (rc)
		return rc;
	pg_bind_text(&run, after);
	pg_bind_number(&run, limit);
	while (goes_on && !rc && pg_run_step(&run)) {
		rc = pg_column_text(&run, uuid, sizeof(uuid), err);
		goes_on = !rc && visit(uuid, context);
	}
	return pg_read_end(&run, rc, err);
}

int pg_read_record_event(struct store *store, const char *uuid, uint64_t before,
	struct store_audit *ret_audit, struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_AUDIT_RECORD, &run, err);

	if (rc)
		return rc;
	pg_bind_text(&run, uuid);
	pg_bind_number(&run, before);
	if (pg_run_step(&run))
		rc = pg_column_audit(&run, ret_audit, err);
	else if (!run.connection->has_failed)
		rc = error_set(err, ERROR_NOT_FOUND, "no such audit event");
	return pg_read_end(&run, rc, err);
}

int pg_find_older(
	struct store *store, const char *uuid, uint64_t before, uint64_t *ret_id, struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_APPRAISAL_OLDER, &run, err);

	if (rc)
		return rc;
	pg_bind_number(&run, before);
	pg_bind_text(&run, uuid);
	*ret_id = pg_run_step(&run) ? pg_column_number(&run) : 0;
	return pg_read_end(&run, 0, err);
}

int pg_find_owner(struct store *store, const struct crypto_bytes *key,
	char ret_uuid[TEXT_UUID_SIZE], struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_KEY_OWNER, &run, err);

	if (rc)
		return rc;
	*ret_uuid = 0;
	pg_bind_bytes(&run, key->bytes, key->len);
	if (pg_run_step(&run))
		rc = pg_column_text(&run, ret_uuid, TEXT_UUID_SIZE, err);
	return pg_read_end(&run, rc, err);
}

int pg_list_stray_keys(
	struct store *store, size_t limit, store_key_visit *visit, void *context, struct error *err)
{
	char uuid[TEXT_UUID_SIZE];
	struct pg_run run;
	bool goes_on = true;
	int rc = pg_read_begin(store, PG_KEY_STRAY, &run, err);

	if (rc)
		return rc;
	pg_bind_number(&run, limit);
	while (goes_on && !rc && pg_run_step(&run)) {
		struct crypto_bytes key = pg_column_bytes(&run);

		rc = pg_column_text(&run, uuid, sizeof(uuid), err);
		goes_on = !rc && visit(&key, uuid, context);
	}
	return pg_read_end(&run, rc, err);
}

int pg_list_owners(struct store *store, uint64_t after, size_t limit, store_owner_visit *visit,
	void *context, struct error *err)
{
	struct pg_run run;
	bool goes_on = true;
	int rc = pg_read_begin(store, PG_APPRAISAL_OWNERS, &run, err);

	if (rc)
		return rc;
	pg_bind_number(&run, after);
	pg_bind_number(&run, limit);
	while (goes_on && !rc && pg_run_step(&run)) {
		struct store_owned row = {.report = pg_column_number(&run)};

		row.prev = pg_column_number(&run);
		rc = pg_column_text(&run, row.uuid, sizeof(row.uuid), err);
		row.head = pg_column_number(&run);
		row.tail = pg_column_number(&run);
		goes_on = !rc && visit(&row, context);
	}
	return pg_read_end(&run, rc, err);
}

/* Few come before it: former baselines, and the newest of VMs that are gone. *ret_id: 0 without
 * one. */
static int find_young(struct pg_connection *reader, const struct store_tails *tails,
	uint64_t *ret_id, struct error *err)
{
	struct pg_run run = pg_run_start(reader, PG_APPRAISAL_YOUNG);

	pg_bind_number(&run, tails->after);
	pg_bind_number(&run, tails->since_ms);
	pg_bind_number(&run, tails->until_ms);
	*ret_id = pg_run_step(&run) ? pg_column_number(&run) : 0;
	return pg_run_end(&run, 0, err);
}

int pg_list_tails(struct store *store, const struct store_tails *tails, size_t limit,
	store_tail_visit *visit, void *context, struct error *err)
{
	struct pg_connection *reader = reader_of(store);
	char uuid[TEXT_UUID_SIZE];
	struct pg_run run;
	uint64_t young = 0;
	bool goes_on = true;
	int rc = pg_connection_enter(reader, err);

	if (rc)
		return rc;
	if (tails->since_ms)
		rc = find_young(reader, tails, &young, err);
	if (rc || (tails->since_ms && !young))
		return pg_connection_leave(reader, rc);
	run = pg_run_start(reader, PG_VM_TAILS);
	pg_bind_number(&run, young ? young : tails->after);
	pg_bind_number(&run, limit);
	while (goes_on && !rc && pg_run_step(&run)) {
		rc = pg_column_text(&run, uuid, sizeof(uuid), err);
		goes_on = !rc && visit(uuid, pg_column_number(&run), young, context);
	}
	return pg_read_end(&run, rc, err);
}

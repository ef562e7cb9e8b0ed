/* SPDX-License-Identifier: BSD-2-Clause */
/* Claims in PostgreSQL: the newest of each VM and sender, and the oldest senders. */
#include "collector/store/postgresql/private.h"

static void bind_sender_of(struct pg_run *run, uint64_t row, const struct store_claim *claim)
{
	pg_bind_number(run, row);
	pg_bind_text(run, claim->sender.role);
	pg_bind_text(run, claim->sender.name);
	pg_bind_text(run, claim->sender.address);
	pg_bind_number(run, claim->has_authority);
}

/* The number under which this sender claims the same already; 0: none. */
static int find_same(struct pg_connection *connection, uint64_t row,
	const struct store_claim *claim, uint64_t *ret_id, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_CLAIM_SAME);

	bind_sender_of(&run, row, claim);
	pg_bind_bytes(&run, claim->ek, claim->has_ek ? sizeof(claim->ek) : 0);
	pg_bind_bytes(&run, claim->ak_name.data, claim->ak_name.len);
	*ret_id = pg_run_step(&run) ? pg_column_number(&run) : 0;
	return pg_run_end(&run, 0, err);
}

static int replace_last(struct pg_connection *connection, uint64_t row,
	const struct store_claim *claim, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_CLAIM_REPLACED);

	bind_sender_of(&run, row, claim);
	return pg_run_finish(&run, err);
}

static int insert(struct pg_connection *connection, uint64_t id, uint64_t row,
	const struct store_claim *claim, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_CLAIM_INSERT);

	pg_bind_number(&run, id);
	pg_bind_number(&run, row);
	pg_bind_record(&run, &pg_record_claim, claim);
	return pg_run_finish(&run, err);
}

int pg_write_claim(struct pg_store *pg, uint64_t row, const struct store_claim *claim,
	uint64_t *ret_id, struct error *err)
{
	struct pg_run run = pg_run_start(&pg->writer, PG_CLAIM_CROWDED);
	uint64_t id = 0;
	int rc = find_same(&pg->writer, row, claim, &id, err);

	if (!rc)
		rc = replace_last(&pg->writer, row, claim, err);
	if (!rc && !id)
		id = ++pg->heads.claims;
	if (!rc)
		rc = insert(&pg->writer, id, row, claim, err);
	if (rc)
		return rc;
	*ret_id = id;
	pg_bind_number(&run, row);
	pg_bind_number(&run, STORE_CLAIMS_MAX);
	return pg_run_finish(&run, err);
}

int pg_drop_claims(struct pg_connection *connection, uint64_t row, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_CLAIM_DROP);

	pg_bind_number(&run, row);
	return pg_run_finish(&run, err);
}

static int column_claim(struct pg_run *run, struct store_claim *ret_claim, struct error *err)
{
	struct store_claim claim = {.id = pg_column_number(run)};
	int rc = pg_column_text(run, claim.uuid, sizeof(claim.uuid), err);

	if (!rc)
		rc = pg_column_record(run, &pg_record_claim, &claim, err);
	if (!rc)
		*ret_claim = claim;
	return rc;
}

/* To the end of what was begun. */
static int visit_claims(
	struct pg_run *run, store_claim_visit *visit, void *context, struct error *err)
{
	struct store_claim claim;
	bool goes_on = true;
	int rc = 0;

	while (goes_on && !rc && pg_run_step(run)) {
		rc = column_claim(run, &claim, err);
		goes_on = !rc && visit(&claim, context);
	}
	return pg_read_end(run, rc, err);
}

int pg_list_claims(struct store *store, const char *uuid, store_claim_visit *visit, void *context,
	struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_CLAIM_LIST, &run, err);

	if (rc)
		return rc;
	pg_bind_text(&run, uuid);
	return visit_claims(&run, visit, context, err);
}

int pg_list_new_claims(struct store *store, uint64_t after, size_t limit, store_claim_visit *visit,
	void *context, struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_CLAIM_LIST_NEW, &run, err);

	if (rc)
		return rc;
	pg_bind_number(&run, after);
	pg_bind_number(&run, limit);
	return visit_claims(&run, visit, context, err);
}

struct expiry {
	uint64_t before_ms;
	size_t limit, deleted;
};

static int expire(struct pg_store *pg, void *context, struct error *err)
{
	struct expiry *expiry = context;
	struct pg_run run = pg_run_start(&pg->writer, PG_CLAIM_EXPIRE);

	pg_bind_number(&run, expiry->before_ms);
	pg_bind_number(&run, expiry->limit);
	pg_run_step(&run);
	expiry->deleted = pg_run_changed(&run);
	return pg_run_end(&run, 0, err);
}

int pg_expire_claims(struct store *store, uint64_t before_ms, size_t limit, size_t *ret_deleted,
	struct error *err)
{
	struct expiry expiry = {.before_ms = before_ms, .limit = limit};
	int rc = pg_transact((struct pg_store *)store, expire, &expiry, err);

	if (!rc)
		*ret_deleted = expiry.deleted;
	return rc;
}

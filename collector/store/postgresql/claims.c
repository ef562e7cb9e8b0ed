/* SPDX-License-Identifier: BSD-2-Clause */
/* Claims in PostgreSQL: the newest of each VM and sender, and the oldest senders. */
#include "collector/store/postgresql/private.h"
#include "collector/store/store_claims.h"

static int insert(struct pg_connection *connection, uint64_t id, uint64_t row,
	const struct store_claim *claim, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_CLAIM_INSERT);

	pg_bind_number(&run, id);
	pg_bind_number(&run, row);
	pg_bind_record(&run, &pg_record_claim, claim);
	return pg_run_finish(&run, err);
}

static int column_claim(struct pg_run *run, struct store_claim *ret_claim, struct error *err)
{
	struct store_claim claim = {.id = pg_column_number(run)};
	int rc = pg_column_text(run, claim.uuid, sizeof(claim.uuid), err);

	if (!rc)
		rc = pg_column_record(run, &pg_record_claim, &claim, err);
	if (!rc)
		rc = pg_column_text(run, claim.owner, sizeof(claim.owner), err);
	if (!rc)
		*ret_claim = claim;
	return rc;
}

/* A sender's claims about a VM until now: there is one, or several that a credential for this VM
 * made at several addresses. */
struct earlier {
	uint64_t ids[STORE_CLAIMS_MAX];
	size_t count;
	uint64_t same; /* the number under which he claims the same already; 0: none */
};

static int find_earlier(struct pg_connection *connection, const char *uuid,
	const struct store_claim *claim, struct earlier *ret_earlier, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_CLAIM_LIST);
	struct store_claim old;
	int rc = 0;

	pg_bind_text(&run, uuid);
	while (!rc && ret_earlier->count < STORE_CLAIMS_MAX && pg_run_step(&run)) {
		rc = column_claim(&run, &old, err);
		if (rc || !store_sender_is_same(&old.sender, &claim->sender, claim->is_bound))
			continue;
		ret_earlier->ids[ret_earlier->count++] = old.id;
		if (store_claim_has_same_keys(&old, claim))
			ret_earlier->same = old.id;
	}
	return pg_run_end(&run, rc, err);
}

static int remove_earlier(
	struct pg_connection *connection, const struct earlier *earlier, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < earlier->count; i++) {
		struct pg_run run = pg_run_start(connection, PG_CLAIM_REMOVE);

		pg_bind_number(&run, earlier->ids[i]);
		rc = pg_run_finish(&run, err);
	}
	return rc;
}

int pg_write_claim(struct pg_store *pg, uint64_t row, const char *uuid,
	const struct store_claim *claim, uint64_t *ret_id, struct error *err)
{
	struct earlier earlier = {0};
	struct pg_run run;
	int rc = find_earlier(&pg->writer, uuid, claim, &earlier, err);

	if (!rc)
		rc = remove_earlier(&pg->writer, &earlier, err);
	if (rc)
		return rc;
	*ret_id = earlier.same ? earlier.same : ++pg->heads.claims;
	rc = insert(&pg->writer, *ret_id, row, claim, err);
	if (rc)
		return rc;
	run = pg_run_start(&pg->writer, PG_CLAIM_CROWDED);
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

int pg_read_last_claim(struct store *store, uint64_t *ret_number, struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_CLAIM_LAST, &run, err);

	if (rc)
		return rc;
	*ret_number = pg_run_step(&run) ? pg_column_number(&run) : 0;
	return pg_read_end(&run, 0, err);
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* Claims in SQLite: the newest of each VM and sender, and the oldest senders. */
#include <string.h>

#include "collector/store/sqlite/private.h"
#include "collector/store/store_claims.h"

static void bind_keys(struct sqlite_run *run, const struct store_claim *claim)
{
	sqlite_bind_bytes(run, claim->ek, claim->has_ek ? sizeof(claim->ek) : 0);
	sqlite_bind_bytes(run, claim->ak_name.data, claim->ak_name.len);
}

static int insert(struct sqlite_connection *connection, uint64_t id, uint64_t row,
	const struct store_claim *claim, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_CLAIM_INSERT);

	sqlite_bind_number(&run, id);
	sqlite_bind_number(&run, row);
	sqlite_bind_sender(&run, &claim->sender);
	sqlite_bind_number(&run, claim->received_ms);
	sqlite_bind_number(&run, claim->challenged_ms);
	sqlite_bind_text(&run, continuity_name(claim->continuity));
	sqlite_bind_text(&run, claim->reason);
	sqlite_bind_text(&run, claim->hostname);
	bind_keys(&run, claim);
	return sqlite_run_finish(&run, err);
}

static int column_keys(struct sqlite_run *run, struct store_claim *claim, struct error *err)
{
	struct crypto_bytes ek = sqlite_column_bytes(run);
	struct crypto_bytes ak = sqlite_column_bytes(run);

	if ((ek.len && ek.len != sizeof(claim->ek)) || ak.len > sizeof(claim->ak_name.data))
		return error_set(err, ERROR_MALFORMED, "%s has a claim with wrong keys",
			run->connection->path);
	claim->has_ek = ek.len != 0;
	if (ek.len)
		memcpy(claim->ek, ek.bytes, ek.len);
	claim->ak_name.len = ak.len;
	if (ak.len)
		memcpy(claim->ak_name.data, ak.bytes, ak.len);
	return 0;
}

static int column_claim(struct sqlite_run *run, struct store_claim *ret_claim, struct error *err)
{
	struct store_claim claim = {.id = sqlite_column_number(run)};
	int rc = sqlite_column_text(run, claim.uuid, sizeof(claim.uuid), err);

	if (!rc)
		rc = sqlite_column_sender(run, &claim.sender, err);
	claim.received_ms = sqlite_column_number(run);
	claim.challenged_ms = sqlite_column_number(run);
	if (!rc)
		rc = store_continuity_parse(sqlite_column_word(run), &claim.continuity, err);
	if (!rc)
		rc = sqlite_column_text(run, claim.reason, sizeof(claim.reason), err);
	if (!rc)
		rc = sqlite_column_text(run, claim.hostname, sizeof(claim.hostname), err);
	if (!rc)
		rc = column_keys(run, &claim, err);
	if (!rc)
		rc = sqlite_column_text(run, claim.owner, sizeof(claim.owner), err);
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

static int find_earlier(struct sqlite_connection *connection, const char *uuid,
	const struct store_claim *claim, struct earlier *ret_earlier, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_CLAIM_LIST);
	struct store_claim old;
	int rc = 0;

	sqlite_bind_text(&run, uuid);
	while (!rc && ret_earlier->count < STORE_CLAIMS_MAX && sqlite_run_step(&run)) {
		rc = column_claim(&run, &old, err);
		if (rc || !store_sender_is_same(&old.sender, &claim->sender, claim->is_bound))
			continue;
		ret_earlier->ids[ret_earlier->count++] = old.id;
		if (store_claim_has_same_keys(&old, claim))
			ret_earlier->same = old.id;
	}
	return sqlite_run_end_after(&run, rc, err);
}

static int remove_earlier(
	struct sqlite_connection *connection, const struct earlier *earlier, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < earlier->count; i++) {
		struct sqlite_run run = sqlite_run_start(connection, STATEMENT_CLAIM_REMOVE);

		sqlite_bind_number(&run, earlier->ids[i]);
		rc = sqlite_run_finish(&run, err);
	}
	return rc;
}

int sqlite_write_claim(struct sqlite_connection *connection, uint64_t row, const char *uuid,
	const struct store_claim *claim, uint64_t *ret_id, struct error *err)
{
	struct sqlite_run run;
	struct earlier earlier = {0};
	int rc = find_earlier(connection, uuid, claim, &earlier, err);

	if (!rc)
		rc = remove_earlier(connection, &earlier, err);
	if (!rc)
		rc = insert(connection, earlier.same, row, claim, err);
	if (rc)
		return rc;
	*ret_id = (uint64_t)sqlite3_last_insert_rowid(connection->db);
	run = sqlite_run_start(connection, STATEMENT_CLAIM_CROWDED);
	sqlite_bind_number(&run, row);
	sqlite_bind_number(&run, STORE_CLAIMS_MAX);
	return sqlite_run_finish(&run, err);
}

int sqlite_drop_claims(struct sqlite_connection *connection, uint64_t row, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_CLAIM_DROP);

	sqlite_bind_number(&run, row);
	return sqlite_run_finish(&run, err);
}

/* To the end of what was begun. */
static int visit_claims(
	struct sqlite_run *run, store_claim_visit *visit, void *context, struct error *err)
{
	struct store_claim claim;
	bool goes_on = true;
	int rc = 0;

	while (goes_on && !rc && sqlite_run_step(run)) {
		rc = column_claim(run, &claim, err);
		goes_on = !rc && visit(&claim, context);
	}
	return sqlite_read_end(run, rc, err);
}

int sqlite_list_claims(struct store *store, const char *uuid, store_claim_visit *visit,
	void *context, struct error *err)
{
	struct sqlite_run run;
	int rc = sqlite_read_begin(store, STATEMENT_CLAIM_LIST, &run, err);

	if (rc)
		return rc;
	sqlite_bind_text(&run, uuid);
	return visit_claims(&run, visit, context, err);
}

int sqlite_list_new_claims(struct store *store, uint64_t after, size_t limit,
	store_claim_visit *visit, void *context, struct error *err)
{
	struct sqlite_run run;
	int rc = sqlite_read_begin(store, STATEMENT_CLAIM_LIST_NEW, &run, err);

	if (rc)
		return rc;
	sqlite_bind_number(&run, after);
	sqlite_bind_number(&run, limit);
	return visit_claims(&run, visit, context, err);
}

int sqlite_read_last_claim(struct store *store, uint64_t *ret_number, struct error *err)
{
	struct sqlite_run run;
	int rc = sqlite_read_begin(store, STATEMENT_CLAIM_LAST, &run, err);

	if (rc)
		return rc;
	*ret_number = sqlite_run_step(&run) ? sqlite_column_number(&run) : 0;
	return sqlite_read_end(&run, 0, err);
}

struct expiry {
	uint64_t before_ms;
	size_t limit, deleted;
};

static int expire(struct sqlite_connection *connection, void *context, struct error *err)
{
	struct expiry *expiry = context;
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_CLAIM_EXPIRE);
	int rc;

	sqlite_bind_number(&run, expiry->before_ms);
	sqlite_bind_number(&run, expiry->limit);
	rc = sqlite_run_finish(&run, err);
	expiry->deleted = (size_t)sqlite3_changes(connection->db);
	return rc;
}

int sqlite_expire_claims(struct store *store, uint64_t before_ms, size_t limit, size_t *ret_deleted,
	struct error *err)
{
	struct expiry expiry = {.before_ms = before_ms, .limit = limit};
	int rc = sqlite_transact((struct sqlite_store *)store, expire, &expiry, err);

	if (!rc)
		*ret_deleted = expiry.deleted;
	return rc;
}

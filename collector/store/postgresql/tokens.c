/* SPDX-License-Identifier: BSD-2-Clause */
/* VMs' tokens in PostgreSQL. */
#include "collector/store/postgresql/private.h"

int pg_write_tokens(
	struct pg_store *pg, const struct store_token *tokens, size_t count, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i++) {
		struct pg_run run = pg_run_start(&pg->writer, PG_TOKEN_INSERT);

		pg_bind_number(&run, ++pg->heads.tokens);
		pg_bind_record(&run, &pg_record_token, &tokens[i]);
		rc = pg_run_finish(&run, err);
	}
	return rc;
}

int pg_drop_token(struct pg_connection *connection, uint64_t id, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_TOKEN_DROP);

	pg_bind_number(&run, id);
	return pg_run_finish(&run, err);
}

static int column_token(struct pg_run *run, struct store_token *ret_token, struct error *err)
{
	struct store_token token = {.id = pg_column_number(run)};
	int rc = pg_column_record(run, &pg_record_token, &token, err);

	if (!rc)
		*ret_token = token;
	return rc;
}

int pg_find_token(struct store *store, const uint8_t digest[STORE_HASH_SIZE],
	struct store_token *ret_token, struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_TOKEN_FIND, &run, err);

	if (rc)
		return rc;
	pg_bind_bytes(&run, digest, STORE_HASH_SIZE);
	if (pg_run_step(&run))
		rc = column_token(&run, ret_token, err);
	else if (!run.connection->has_failed)
		rc = error_set(err, ERROR_NOT_FOUND, "no such token");
	return pg_read_end(&run, rc, err);
}

int pg_list_tokens(struct store *store, const char *uuid, uint64_t after, size_t limit,
	store_token_visit *visit, void *context, struct error *err)
{
	struct store_token token;
	struct pg_run run;
	bool goes_on = true;
	int rc = pg_read_begin(store, *uuid ? PG_TOKEN_LIST_VM : PG_TOKEN_LIST, &run, err);

	if (rc)
		return rc;
	pg_bind_number(&run, after);
	pg_bind_number(&run, limit);
	if (*uuid)
		pg_bind_text(&run, uuid);
	while (goes_on && !rc && pg_run_step(&run)) {
		rc = column_token(&run, &token, err);
		goes_on = !rc && visit(&token, context);
	}
	return pg_read_end(&run, rc, err);
}

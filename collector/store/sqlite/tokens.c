/* SPDX-License-Identifier: BSD-2-Clause */
/* VMs' tokens in SQLite. */
#include <string.h>

#include "collector/store/sqlite/private.h"

int sqlite_write_tokens(struct sqlite_connection *connection, const struct store_token *tokens,
	size_t count, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i++) {
		struct sqlite_run run = sqlite_run_start(connection, STATEMENT_TOKEN_INSERT);

		sqlite_bind_bytes(&run, tokens[i].digest, sizeof(tokens[i].digest));
		sqlite_bind_text(&run, tokens[i].uuid);
		sqlite_bind_number(&run, tokens[i].made_ms);
		sqlite_bind_text(&run, tokens[i].made_by);
		rc = sqlite_run_finish(&run, err);
	}
	return rc;
}

int sqlite_drop_token(struct sqlite_connection *connection, uint64_t id, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_TOKEN_DROP);

	sqlite_bind_number(&run, id);
	return sqlite_run_finish(&run, err);
}

static int column_token(struct sqlite_run *run, struct store_token *ret_token, struct error *err)
{
	struct store_token token = {.id = sqlite_column_number(run)};
	struct crypto_bytes digest = sqlite_column_bytes(run);
	int rc = sqlite_column_text(run, token.uuid, sizeof(token.uuid), err);

	token.made_ms = sqlite_column_number(run);
	if (!rc)
		rc = sqlite_column_text(run, token.made_by, sizeof(token.made_by), err);
	if (!rc && digest.len != sizeof(token.digest))
		rc = error_set(err, ERROR_MALFORMED, "%s has a token of a wrong size",
			run->connection->path);
	if (rc)
		return rc;
	memcpy(token.digest, digest.bytes, digest.len);
	*ret_token = token;
	return 0;
}

int sqlite_find_token(struct store *store, const uint8_t digest[STORE_HASH_SIZE],
	struct store_token *ret_token, struct error *err)
{
	struct sqlite_run run;
	int rc = sqlite_read_begin(store, STATEMENT_TOKEN_FIND, &run, err);

	if (rc)
		return rc;
	sqlite_bind_bytes(&run, digest, STORE_HASH_SIZE);
	if (sqlite_run_step(&run))
		rc = column_token(&run, ret_token, err);
	else if (run.code == SQLITE_OK)
		rc = error_set(err, ERROR_NOT_FOUND, "no such token");
	return sqlite_read_end(&run, rc, err);
}

int sqlite_list_tokens(struct store *store, const char *uuid, uint64_t after, size_t limit,
	store_token_visit *visit, void *context, struct error *err)
{
	struct store_token token;
	struct sqlite_run run;
	bool goes_on = true;
	int rc = sqlite_read_begin(
		store, *uuid ? STATEMENT_TOKEN_LIST_VM : STATEMENT_TOKEN_LIST, &run, err);

	if (rc)
		return rc;
	sqlite_bind_number(&run, after);
	sqlite_bind_number(&run, limit);
	if (*uuid)
		sqlite_bind_text(&run, uuid);
	while (goes_on && !rc && sqlite_run_step(&run)) {
		rc = column_token(&run, &token, err);
		goes_on = !rc && visit(&token, context);
	}
	return sqlite_read_end(&run, rc, err);
}

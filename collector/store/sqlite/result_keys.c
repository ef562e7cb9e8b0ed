/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys that sign attestation results, in SQLite. */
#include <string.h>

#include "collector/store/sqlite/private.h"

int sqlite_write_result_key(
	struct sqlite_connection *connection, const struct store_change *change, struct error *err)
{
	const struct store_result_key *key = change->result_key;
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_RESULT_KEY_RETIRE);
	int rc;

	sqlite_bind_number(&run, change->others_until_ms);
	rc = sqlite_run_finish(&run, err);
	if (rc)
		return rc;
	run = sqlite_run_start(connection, STATEMENT_RESULT_KEY_INSERT);
	sqlite_bind_bytes(&run, key->kid, sizeof(key->kid));
	sqlite_bind_number(&run, key->made_ms);
	sqlite_bind_number(&run, key->until_ms);
	sqlite_bind_bytes(&run, key->x, sizeof(key->x));
	sqlite_bind_bytes(&run, key->y, sizeof(key->y));
	sqlite_bind_bytes(&run, key->secret, key->has_secret ? sizeof(key->secret) : 0);
	return sqlite_run_finish(&run, err);
}

static bool take(struct sqlite_run *run, uint8_t to[STORE_HASH_SIZE])
{
	const struct crypto_bytes bytes = sqlite_column_bytes(run);

	if (bytes.len == STORE_HASH_SIZE)
		memcpy(to, bytes.bytes, STORE_HASH_SIZE);
	return bytes.len == STORE_HASH_SIZE;
}

static int column_key(struct sqlite_run *run, struct store_result_key *ret_key, struct error *err)
{
	struct store_result_key key = {0};
	bool is_whole = take(run, key.kid);
	struct crypto_bytes secret;

	key.made_ms = sqlite_column_number(run);
	key.until_ms = sqlite_column_number(run);
	is_whole = take(run, key.x) && is_whole;
	is_whole = take(run, key.y) && is_whole;
	secret = sqlite_column_bytes(run);
	key.has_secret = secret.len == sizeof(key.secret);
	if (!is_whole || (secret.len && !key.has_secret))
		return error_set(err, ERROR_MALFORMED, "%s has a result key of a wrong size",
			run->connection->path);
	if (key.has_secret)
		memcpy(key.secret, secret.bytes, secret.len);
	*ret_key = key;
	explicit_bzero(&key, sizeof(key));
	return 0;
}

/* The newest one signs: it is the first. */
int sqlite_find_result_key(
	struct sqlite_connection *connection, bool *ret_is_there, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_RESULT_KEY_LIST);
	struct store_result_key key = {0};
	int rc = 0;

	sqlite_bind_number(&run, STORE_BATCH_MAX);
	*ret_is_there = false;
	while (!rc && !*ret_is_there && sqlite_run_step(&run)) {
		rc = column_key(&run, &key, err);
		*ret_is_there = !rc && !key.until_ms;
	}
	explicit_bzero(&key, sizeof(key));
	return sqlite_run_end_after(&run, rc, err);
}

int sqlite_list_result_keys(struct store *store, size_t limit, store_result_key_visit *visit,
	void *context, struct error *err)
{
	struct store_result_key key = {0};
	struct sqlite_run run;
	bool goes_on = true;
	int rc = sqlite_read_begin(store, STATEMENT_RESULT_KEY_LIST, &run, err);

	if (rc)
		return rc;
	sqlite_bind_number(&run, limit);
	while (goes_on && !rc && sqlite_run_step(&run)) {
		rc = column_key(&run, &key, err);
		goes_on = !rc && visit(&key, context);
	}
	explicit_bzero(&key, sizeof(key));
	return sqlite_read_end(&run, rc, err);
}

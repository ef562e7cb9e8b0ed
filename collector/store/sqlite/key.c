/* SPDX-License-Identifier: BSD-2-Clause */
/* The secret that all who use the database share. */
#include <string.h>

#include "collector/store/sqlite/private.h"

struct sharing {
	uint8_t *key;
	bool is_kept;
};

static int read_shared_key(
	struct sqlite_connection *connection, struct sharing *sharing, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_SHARED_KEY_READ);
	int rc = 0;

	sharing->is_kept = sqlite_run_step(&run);
	if (sharing->is_kept) {
		struct crypto_bytes key = sqlite_column_bytes(&run);

		if (key.len == STORE_KEY_SIZE)
			memcpy(sharing->key, key.bytes, key.len);
		else
			rc = error_set(err, ERROR_MALFORMED, "%s has a key of a wrong size",
				connection->path);
	}
	return sqlite_run_end_after(&run, rc, err);
}

/* Another process may have kept one since it was looked for. */
static int keep_shared_key(struct sqlite_connection *connection, void *context, struct error *err)
{
	struct sharing *sharing = context;
	struct sqlite_run run;
	int rc = read_shared_key(connection, sharing, err);

	if (rc || sharing->is_kept)
		return rc;
	run = sqlite_run_start(connection, STATEMENT_SHARED_KEY_KEEP);
	sqlite_bind_bytes(&run, sharing->key, STORE_KEY_SIZE);
	return sqlite_run_finish(&run, err);
}

/* Looks without a transaction first: a database that may only be read may hold the key, too. */
int sqlite_share_key(struct store *store, uint8_t *key, struct error *err)
{
	struct sqlite_store *sqlite = (struct sqlite_store *)store;
	struct sharing sharing = {.key = key};
	int rc = sqlite_connection_enter(&sqlite->reader, err);

	if (rc)
		return rc;
	rc = read_shared_key(&sqlite->reader, &sharing, err);
	rc = sqlite_connection_leave(&sqlite->reader, rc);
	return rc || sharing.is_kept ? rc : sqlite_transact(sqlite, keep_shared_key, &sharing, err);
}

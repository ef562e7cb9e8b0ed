/* SPDX-License-Identifier: BSD-2-Clause */
/* The secret that all who use the database share. */
#include <string.h>

#include "collector/store/postgresql/private.h"

struct sharing {
	uint8_t *key;
	bool is_kept;
};

static int read_shared_key(
	struct pg_connection *connection, struct sharing *sharing, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_SHARED_KEY_READ);
	int rc = 0;

	sharing->is_kept = pg_run_step(&run);
	if (sharing->is_kept) {
		struct crypto_bytes key = pg_column_bytes(&run);

		if (key.len == STORE_KEY_SIZE)
			memcpy(sharing->key, key.bytes, key.len);
		else
			rc = error_set(
				err, ERROR_MALFORMED, "the database has a key of a wrong size");
	}
	return pg_run_end(&run, rc, err);
}

/* Another instance may have kept one since it was looked for. */
static int keep_shared_key(struct pg_store *pg, void *context, struct error *err)
{
	struct sharing *sharing = context;
	struct pg_run run = pg_run_start(&pg->writer, PG_SHARED_KEY_KEEP);
	int rc = read_shared_key(&pg->writer, sharing, err);

	if (rc || sharing->is_kept)
		return rc;
	pg_bind_bytes(&run, sharing->key, STORE_KEY_SIZE);
	return pg_run_finish(&run, err);
}

int pg_share_key(struct store *store, uint8_t *key, struct error *err)
{
	struct sharing sharing = {.key = key};

	return pg_transact((struct pg_store *)store, keep_shared_key, &sharing, err);
}

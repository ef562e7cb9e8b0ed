/* SPDX-License-Identifier: BSD-2-Clause */
/* What collectors of one database share beside what they keep: small documents, and who does what
 * one of them does for all. */
#include "collector/store/postgresql/private.h"
#include "core/buf.h"

/* PostgreSQL gives the lock to one session at a time, and takes it back when that ends. */
bool pg_has_duty(struct store *store)
{
	struct pg_connection *connection = &((struct pg_store *)store)->duty;
	struct error ignored;
	struct pg_run run;
	bool has = false;

	if (pg_connection_enter(connection, &ignored))
		return false;
	run = pg_run_start(connection, PG_DUTY);
	if (pg_run_step(&run))
		has = pg_column_number(&run) != 0;
	return pg_read_end(&run, 0, &ignored) == 0 && has;
}

int pg_read_document(struct store *store, const char *name, struct buf *to, struct error *err)
{
	struct pg_run run;
	int rc = pg_read_begin(store, PG_DOCUMENT_READ, &run, err);

	if (rc)
		return rc;
	pg_bind_text(&run, name);
	if (pg_run_step(&run)) {
		const struct crypto_bytes value = pg_column_bytes(&run);

		buf_append(to, value.bytes, value.len);
		if (to->failed)
			rc = error_set(err, ERROR_NO_MEMORY, "no memory for %s", name);
	} else if (!run.connection->has_failed) {
		rc = error_set(err, ERROR_NOT_FOUND, "no %s", name);
	}
	return pg_read_end(&run, rc, err);
}

struct keeping {
	const char *name;
	const struct crypto_bytes *value;
};

static int keep(struct pg_store *pg, void *context, struct error *err)
{
	const struct keeping *keeping = context;
	struct pg_run run = pg_run_start(&pg->writer, PG_DOCUMENT_KEEP);

	pg_bind_text(&run, keeping->name);
	pg_bind_bytes(&run, keeping->value->bytes, keeping->value->len);
	return pg_run_finish(&run, err);
}

int pg_keep_document(
	struct store *store, const char *name, const struct crypto_bytes *value, struct error *err)
{
	struct keeping keeping = {name, value};

	return pg_transact((struct pg_store *)store, keep, &keeping, err);
}

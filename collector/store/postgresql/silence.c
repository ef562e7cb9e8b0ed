/* SPDX-License-Identifier: BSD-2-Clause */
/* Which VMs may be silent by now, and since when that is looked at. */
#include "collector/store/postgresql/private.h"

int pg_list_due(struct store *store, uint64_t now_ms, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err)
{
	char uuid[TEXT_UUID_SIZE];
	struct pg_run run;
	bool goes_on = true;
	int rc = pg_read_begin(store, PG_VM_DUE, &run, err);

	if (rc)
		return rc;
	pg_bind_number(&run, now_ms);
	pg_bind_number(&run, limit);
	while (goes_on && !rc && pg_run_step(&run)) {
		rc = pg_column_text(&run, uuid, sizeof(uuid), err);
		goes_on = !rc && visit(uuid, context);
	}
	return pg_read_end(&run, rc, err);
}

int pg_read_watch(struct store *store, struct store_watch *ret_watch, struct error *err)
{
	struct store_watch watch = {0};
	struct pg_run run;
	int rc = pg_read_begin(store, PG_WATCH_READ, &run, err);

	if (rc)
		return rc;
	if (pg_run_step(&run)) {
		watch.since_ms = pg_column_number(&run);
		watch.ran_ms = pg_column_number(&run);
	}
	rc = pg_read_end(&run, 0, err);
	if (!rc)
		*ret_watch = watch;
	return rc;
}

static int write_watch(struct pg_store *pg, void *context, struct error *err)
{
	const struct store_watch *watch = context;
	struct pg_run run = pg_run_start(&pg->writer, PG_WATCH_WRITE);

	pg_bind_number(&run, watch->since_ms);
	pg_bind_number(&run, watch->ran_ms);
	return pg_run_finish(&run, err);
}

int pg_write_watch(struct store *store, const struct store_watch *watch, struct error *err)
{
	struct store_watch copy = *watch;

	return pg_transact((struct pg_store *)store, write_watch, &copy, err);
}

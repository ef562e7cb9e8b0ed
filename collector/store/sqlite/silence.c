/* SPDX-License-Identifier: BSD-2-Clause */
/* Which VMs may be silent by now, and since when that is looked at. */
#include "collector/store/sqlite/private.h"

int sqlite_list_due(struct store *store, uint64_t now_ms, size_t limit, store_uuid_visit *visit,
	void *context, struct error *err)
{
	char uuid[TEXT_UUID_SIZE];
	struct sqlite_run run;
	bool goes_on = true;
	int rc = sqlite_read_begin(store, STATEMENT_VM_DUE, &run, err);

	if (rc)
		return rc;
	sqlite_bind_number(&run, now_ms);
	sqlite_bind_number(&run, limit);
	while (goes_on && !rc && sqlite_run_step(&run)) {
		rc = sqlite_column_text(&run, uuid, sizeof(uuid), err);
		goes_on = !rc && visit(uuid, context);
	}
	return sqlite_read_end(&run, rc, err);
}

int sqlite_read_watch(struct store *store, struct store_watch *ret_watch, struct error *err)
{
	struct store_watch watch = {0};
	struct sqlite_run run;
	int rc = sqlite_read_begin(store, STATEMENT_WATCH_READ, &run, err);

	if (rc)
		return rc;
	if (sqlite_run_step(&run)) {
		watch.since_ms = sqlite_column_number(&run);
		watch.ran_ms = sqlite_column_number(&run);
	}
	rc = sqlite_read_end(&run, 0, err);
	if (!rc)
		*ret_watch = watch;
	return rc;
}

static int write_watch(struct sqlite_connection *connection, void *context, struct error *err)
{
	const struct store_watch *watch = context;
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_WATCH_WRITE);

	sqlite_bind_number(&run, watch->since_ms);
	sqlite_bind_number(&run, watch->ran_ms);
	return sqlite_run_finish(&run, err);
}

int sqlite_write_watch(struct store *store, const struct store_watch *watch, struct error *err)
{
	struct store_watch copy = *watch;

	return sqlite_transact((struct sqlite_store *)store, write_watch, &copy, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys that sign attestation results, in PostgreSQL. */
#include <string.h>

#include "collector/store/postgresql/private.h"

int pg_write_result_key(
	struct pg_connection *connection, const struct store_change *change, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_RESULT_KEY_RETIRE);
	int rc;

	pg_bind_number(&run, change->others_until_ms);
	rc = pg_run_finish(&run, err);
	if (rc)
		return rc;
	run = pg_run_start(connection, PG_RESULT_KEY_INSERT);
	pg_bind_record(&run, &pg_record_result_key, change->result_key);
	return pg_run_finish(&run, err);
}

/* The newest one signs: it is the first. */
int pg_find_result_key(struct pg_connection *connection, bool *ret_is_there, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_RESULT_KEY_LIST);
	struct store_result_key key = {0};
	int rc = 0;

	pg_bind_number(&run, STORE_BATCH_MAX);
	*ret_is_there = false;
	while (!rc && !*ret_is_there && pg_run_step(&run)) {
		rc = pg_column_record(&run, &pg_record_result_key, &key, err);
		*ret_is_there = !rc && !key.until_ms;
	}
	explicit_bzero(&key, sizeof(key));
	return pg_run_end(&run, rc, err);
}

int pg_list_result_keys(struct store *store, size_t limit, store_result_key_visit *visit,
	void *context, struct error *err)
{
	struct pg_run run;
	bool goes_on = true;
	int rc = pg_read_begin(store, PG_RESULT_KEY_LIST, &run, err);

	if (rc)
		return rc;
	pg_bind_number(&run, limit);
	while (goes_on && !rc && pg_run_step(&run)) {
		struct store_result_key key = {0};

		rc = pg_column_record(&run, &pg_record_result_key, &key, err);
		goes_on = !rc && visit(&key, context);
		explicit_bzero(&key, sizeof(key));
	}
	return pg_read_end(&run, rc, err);
}

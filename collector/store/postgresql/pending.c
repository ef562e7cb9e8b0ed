/* SPDX-License-Identifier: BSD-2-Clause */
/* VMs that nobody accepted: what they take, and their end; and how much room there is for others.
 */
#include <stdlib.h>

#include "collector/store/postgresql/private.h"
#include "platform/system.h"

struct forgotten {
	uint64_t row, head;
};

struct expiry {
	uint64_t before_ms;
	size_t limit, count;
	struct forgotten *vms;
};

static int read_forgotten(
	struct pg_connection *connection, struct expiry *expiry, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_VM_FORGOTTEN);

	expiry->count = 0;
	pg_bind_number(&run, expiry->before_ms);
	pg_bind_number(&run, expiry->limit);
	while (expiry->count < expiry->limit && pg_run_step(&run)) {
		struct forgotten *vm = &expiry->vms[expiry->count++];

		vm->row = pg_column_number(&run);
		vm->head = pg_column_number(&run);
	}
	return pg_run_end(&run, 0, err);
}

static int forget(struct pg_connection *connection, const struct forgotten *vm, struct error *err)
{
	struct pg_run run = pg_run_start(connection, PG_VM_DELETE);
	int rc = pg_drop_claims(connection, vm->row, err);

	if (!rc)
		rc = pg_drop_appraisals(connection, vm->head, err);
	if (rc)
		return rc;
	pg_bind_number(&run, vm->row);
	return pg_run_finish(&run, err);
}

static int expire(struct pg_store *pg, void *context, struct error *err)
{
	struct expiry *expiry = context;
	struct store_audit audit;
	int rc = read_forgotten(&pg->writer, expiry, err);

	for (size_t i = 0; !rc && i < expiry->count; i++)
		rc = forget(&pg->writer, &expiry->vms[i], err);
	if (rc || !expiry->count)
		return rc;
	audit = store_pending_audit(expiry->count, platform_wall_clock_ms());
	return pg_write_audit(pg, &(struct store_change){.audit = &audit}, err);
}

int pg_expire_pending(struct store *store, uint64_t before_ms, size_t limit, size_t *ret_deleted,
	struct error *err)
{
	struct expiry expiry = {.before_ms = before_ms, .limit = limit};
	int rc;

	expiry.vms = calloc(limit, sizeof(*expiry.vms));
	if (!expiry.vms)
		return error_set(err, ERROR_NO_MEMORY, "no memory for VMs that wait");
	rc = pg_transact((struct pg_store *)store, expire, &expiry, err);
	free(expiry.vms);
	if (!rc)
		*ret_deleted = expiry.count;
	return rc;
}

/* The server's disk is out of sight: only what was allowed is known. Of that, what is free inside
 * the tables is left as well. */
static int read_free(
	struct pg_connection *reader, uint64_t max_bytes, uint64_t *ret_bytes, struct error *err)
{
	struct pg_run run = pg_run_start(reader, PG_SIZE);
	uint64_t taken;

	*ret_bytes = UINT64_MAX;
	if (!max_bytes)
		return 0;
	if (pg_run_step(&run)) {
		taken = pg_column_number(&run);
		*ret_bytes = max_bytes > taken ? max_bytes - taken : 0;
	}
	return pg_run_end(&run, 0, err);
}

int pg_read_room(struct store *store, struct store_room *ret_room, struct error *err)
{
	struct pg_connection *reader = &((struct pg_store *)store)->reader;
	struct store_room room = {0};
	struct pg_run run;
	int rc = pg_connection_enter(reader, err);

	if (rc)
		return rc;
	run = pg_run_start(reader, PG_VM_PENDING);
	if (pg_run_step(&run)) {
		room.pending = pg_column_number(&run);
		room.pending_bytes = pg_column_number(&run);
	}
	rc = pg_run_end(&run, 0, err);
	if (!rc)
		rc = read_free(
			reader, ((struct pg_store *)store)->max_bytes, &room.free_bytes, err);
	if (!rc)
		*ret_room = room;
	return pg_connection_leave(reader, rc);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* VMs that nobody accepted: what they take, and their end; and how much room there is for others.
 */
#include <stdlib.h>
#include <sys/statvfs.h>

#include "collector/store/sqlite/private.h"
#include "collector/store/store.h"
#include "platform/system.h"

struct forgotten {
	uint64_t row, head;
};

struct expiry {
	uint64_t before_ms;
	size_t limit, count;
	struct forgotten *vms;
};

/* Reads all before it changes one: a query on a table that changes is undefined. */
static int read_forgotten(
	struct sqlite_connection *connection, struct expiry *expiry, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_VM_FORGOTTEN);

	expiry->count = 0;
	sqlite_bind_number(&run, expiry->before_ms);
	sqlite_bind_number(&run, expiry->limit);
	while (expiry->count < expiry->limit && sqlite_run_step(&run)) {
		struct forgotten *vm = &expiry->vms[expiry->count++];

		vm->row = sqlite_column_number(&run);
		vm->head = sqlite_column_number(&run);
	}
	return sqlite_run_end(&run, err);
}

static int forget(
	struct sqlite_connection *connection, const struct forgotten *vm, struct error *err)
{
	struct sqlite_run run;
	int rc = sqlite_drop_claims(connection, vm->row, err);

	if (!rc)
		rc = sqlite_drop_appraisals(connection, vm->head, err);
	if (rc)
		return rc;
	run = sqlite_run_start(connection, STATEMENT_VM_DELETE);
	sqlite_bind_number(&run, vm->row);
	return sqlite_run_finish(&run, err);
}

static int expire(struct sqlite_connection *connection, void *context, struct error *err)
{
	struct expiry *expiry = context;
	struct store_audit audit;
	int rc = read_forgotten(connection, expiry, err);

	for (size_t i = 0; !rc && i < expiry->count; i++)
		rc = forget(connection, &expiry->vms[i], err);
	if (rc || !expiry->count)
		return rc;
	audit = store_pending_audit(expiry->count, platform_wall_clock_ms());
	return sqlite_write_audit(connection, &(struct store_change){.audit = &audit}, err);
}

int sqlite_expire_pending(struct store *store, uint64_t before_ms, size_t limit,
	size_t *ret_deleted, struct error *err)
{
	struct expiry expiry = {.before_ms = before_ms, .limit = limit};
	int rc;

	expiry.vms = calloc(limit, sizeof(*expiry.vms));
	if (!expiry.vms)
		return error_set(err, ERROR_NO_MEMORY, "no memory for VMs that wait");
	rc = sqlite_transact((struct sqlite_store *)store, expire, &expiry, err);
	free(expiry.vms);
	if (!rc)
		*ret_deleted = expiry.count;
	return rc;
}

/* What may still be written into the file: pages that are free in it, and those that it may get. */
static int read_free(struct sqlite_connection *connection, uint64_t max_bytes, uint64_t *ret_bytes,
	struct error *err)
{
	struct statvfs disk;
	int page = 0, used = 0, unused = 0;
	uint64_t bytes = UINT64_MAX, taken;
	int rc = sqlite_run_number(connection, "PRAGMA page_size", &page, err);

	if (!rc)
		rc = sqlite_run_number(connection, "PRAGMA page_count", &used, err);
	if (!rc)
		rc = sqlite_run_number(connection, "PRAGMA freelist_count", &unused, err);
	if (rc)
		return rc;
	taken = (uint64_t)(used - unused) * (uint64_t)page;
	if (max_bytes)
		bytes = max_bytes > taken ? max_bytes - taken : 0;
	if (statvfs(connection->path, &disk) == 0 && disk.f_bavail * disk.f_frsize < bytes)
		bytes = disk.f_bavail * disk.f_frsize;
	*ret_bytes = bytes;
	return 0;
}

int sqlite_read_room(struct store *store, struct store_room *ret_room, struct error *err)
{
	struct sqlite_connection *reader = &((struct sqlite_store *)store)->reader;
	struct store_room room = {0};
	struct sqlite_run run;
	int rc = sqlite_connection_enter(reader, err);

	if (rc)
		return rc;
	run = sqlite_run_start(reader, STATEMENT_VM_PENDING);
	if (sqlite_run_step(&run)) {
		room.pending = sqlite_column_number(&run);
		room.pending_bytes = sqlite_column_number(&run);
	}
	rc = sqlite_run_end(&run, err);
	if (!rc)
		rc = read_free(reader, ((struct sqlite_store *)store)->writer.max_bytes,
			&room.free_bytes, err);
	if (!rc)
		*ret_room = room;
	return sqlite_connection_leave(reader, rc);
}

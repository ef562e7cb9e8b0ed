/* SPDX-License-Identifier: BSD-2-Clause */
/* Records that readers and writers look for. */
#include "collector/store/sqlite/private.h"

int sqlite_find_vm(struct sqlite_connection *connection, const char *uuid, uint64_t *ret_row,
	struct store_vm *ret_vm, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_VM_READ);
	int rc = 0;

	sqlite_bind_text(&run, uuid);
	if (sqlite_run_step(&run))
		rc = sqlite_column_vm(&run, ret_row, ret_vm, err);
	else if (!run.code)
		rc = error_set(err, ERROR_NOT_FOUND, "no such VM: %s", uuid);
	return sqlite_run_end_after(&run, rc, err);
}

int sqlite_find_last_challenge(
	struct sqlite_connection *connection, uint64_t *ret_expires_ms, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_SPENT_LAST);

	if (sqlite_run_step(&run))
		*ret_expires_ms = sqlite_column_number(&run);
	return sqlite_run_end(&run, err);
}

int sqlite_find_audit_head(
	struct sqlite_connection *connection, struct store_link *ret_head, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_AUDIT_HEAD);
	int rc = 0;

	if (sqlite_run_step(&run))
		rc = sqlite_column_link(&run, ret_head, err);
	else if (!run.code)
		rc = error_set(err, ERROR_MALFORMED, "%s has lost the end of its audit log",
			connection->path);
	return sqlite_run_end_after(&run, rc, err);
}

int sqlite_find_key(struct sqlite_connection *connection, const struct crypto_bytes *key,
	uint64_t *ret_row, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_KEY_OWNER);

	sqlite_bind_bytes(&run, key->bytes, key->len);
	*ret_row = sqlite_run_step(&run) ? sqlite_column_number(&run) : 0;
	return sqlite_run_end(&run, err);
}

int sqlite_find_uuid(struct sqlite_connection *connection, uint64_t row,
	char ret_uuid[TEXT_UUID_SIZE], struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_VM_UUID);
	int rc = 0;

	sqlite_bind_number(&run, row);
	if (sqlite_run_step(&run))
		rc = sqlite_column_text(&run, ret_uuid, TEXT_UUID_SIZE, err);
	return sqlite_run_end_after(&run, rc, err);
}

int sqlite_drop_appraisals(struct sqlite_connection *connection, uint64_t head, struct error *err)
{
	struct sqlite_run run = sqlite_run_start(connection, STATEMENT_APPRAISAL_DROP);

	sqlite_bind_number(&run, head);
	return sqlite_run_finish(&run, err);
}

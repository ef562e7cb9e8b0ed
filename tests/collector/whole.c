/* SPDX-License-Identifier: BSD-2-Clause */
#include "whole.h"

#include <string.h>

static void add_fault(
	struct whole_check *check, const char *uuid, const struct store_verification *found)
{
	if (!found->fault || check->faults++)
		return;
	memcpy(check->uuid, uuid, strlen(uuid) + 1);
	check->appraisal = found->where;
	check->what = found->fault;
}

static int verify_vm(
	struct store *store, const char *uuid, struct whole_check *check, struct error *err)
{
	struct store_verification found = {0};
	int rc = 0;

	while (!rc && !found.is_done)
		rc = store_verify_history(store, uuid, &found, err);
	check->vms++;
	check->appraisals += found.count;
	add_fault(check, uuid, &found);
	return rc;
}

static int verify_audit(struct store *store, struct whole_check *check, struct error *err)
{
	struct store_verification found = {0};
	int rc = 0;

	while (!rc && !found.is_done)
		rc = store_verify_audit(store, &found, err);
	check->events = found.count;
	add_fault(check, "", &found);
	return rc;
}

static bool keep_uuid(const struct store_vm *vm, void *context)
{
	memcpy(context, vm->uuid, sizeof(vm->uuid));
	return false;
}

static int verify_all(struct store *store, struct whole_check *check, struct error *err)
{
	struct store_query query = {.limit = 1};
	char uuid[TEXT_UUID_SIZE];
	int rc;

	do {
		*uuid = 0;
		rc = store_list_vms(store, &query, keep_uuid, uuid, err);
		if (!rc && *uuid)
			rc = verify_vm(store, uuid, check, err);
		memcpy(query.after, uuid, sizeof(uuid));
	} while (!rc && *uuid);
	return rc ? rc : verify_audit(store, check, err);
}

int whole_verify(
	struct store *store, const char *uuid, struct whole_check *ret_check, struct error *err)
{
	struct whole_check check = {0};
	int rc = uuid ? verify_vm(store, uuid, &check, err) : verify_all(store, &check, err);

	if (!rc)
		*ret_check = check;
	return rc;
}

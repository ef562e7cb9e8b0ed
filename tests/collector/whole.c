/* SPDX-License-Identifier: BSD-2-Clause */
#include "whole.h"

#include <stdio.h>
#include <string.h>

static void add_fault(
	struct whole_check *check, const char *uuid, const struct store_verification *found)
{
	for (size_t i = 0; i < found->fault_count; i++) {
		if (check->faults++)
			continue;
		memcpy(check->uuid, uuid, strlen(uuid) + 1);
		check->appraisal = found->faults[i].where;
		snprintf(check->what, sizeof(check->what), "%s", found->faults[i].what);
	}
}

static int verify_vm(
	struct store *store, const char *uuid, struct whole_check *check, struct error *err)
{
	struct store_verification found = {0};
	int rc = 0;

	while (!rc && !found.is_done) {
		rc = store_verify_history(store, uuid, &found, err);
		if (!rc)
			add_fault(check, uuid, &found);
	}
	check->vms++;
	check->appraisals += found.count;
	return rc;
}

static int verify_audit(struct store *store, struct whole_check *check, struct error *err)
{
	struct store_verification found = {0};
	int rc = 0;

	while (!rc && !found.is_done) {
		rc = store_verify_audit(store, &found, err);
		if (!rc)
			add_fault(check, "", &found);
	}
	check->events = found.count;
	return rc;
}

static int verify_owners(struct store *store, struct whole_check *check, struct error *err)
{
	struct store_verification found = {0};
	int rc = 0;

	while (!rc && !found.is_done) {
		rc = store_verify_owners(store, &found, err);
		if (!rc)
			add_fault(check, "", &found);
	}
	return rc;
}

static bool keep_uuid(const char *uuid, void *context)
{
	memcpy(context, uuid, TEXT_UUID_SIZE);
	return false;
}

static int verify_all(struct store *store, struct whole_check *check, struct error *err)
{
	char uuid[TEXT_UUID_SIZE], last[TEXT_UUID_SIZE] = "";
	int rc;

	do {
		*uuid = 0;
		rc = store_list_uuids(store, last, 1, keep_uuid, uuid, err);
		if (!rc && *uuid)
			rc = verify_vm(store, uuid, check, err);
		memcpy(last, uuid, sizeof(uuid));
	} while (!rc && *uuid);
	if (!rc)
		rc = verify_owners(store, check, err);
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

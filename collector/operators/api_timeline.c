/* SPDX-License-Identifier: BSD-2-Clause */
/* The reports of one VM, newest first. */
#include "collector/operators/api_private.h"

#include <jansson.h>

struct timeline {
	json_t *rows;
	uint64_t newer;
	uint64_t next; /* the report the next page begins with; 0: none */
	size_t count;
};

static bool add_appraisal(const struct store_appraisal *appraisal, void *context)
{
	struct timeline *timeline = context;

	timeline->next = 0;
	if (appraisal->link.id <= timeline->newer)
		return false;
	timeline->count++;
	timeline->next = appraisal->prev.id;
	return json_array_append_new(timeline->rows, api_appraisal_json(appraisal, false)) == 0;
}

int api_timeline(struct api *api, const char *uuid, uint64_t from, uint64_t newer, size_t limit,
	json_t **ret_json, size_t *ret_count, struct error *err)
{
	struct timeline timeline = {.rows = json_array(), .newer = newer};
	struct store_vm vm;
	json_t *json;
	int rc = store_read_vm(api->store, uuid, &vm, err);

	if (!rc)
		rc = store_read_timeline(
			api->store, uuid, from, limit, add_appraisal, &timeline, err);
	if (rc) {
		json_decref(timeline.rows);
		return rc;
	}
	json = json_pack("{s:o}", "reports", timeline.rows);
	if (json && timeline.next > vm.tail.id && timeline.next > newer)
		json_object_set_new(json, "next", json_integer((json_int_t)timeline.next));
	*ret_json = json;
	*ret_count = timeline.count;
	return 0;
}

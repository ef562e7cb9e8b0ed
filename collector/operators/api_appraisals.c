/* SPDX-License-Identifier: BSD-2-Clause */
/* Single reports. */
#include <stdio.h>

#include "collector/operators/api_private.h"

static bool take_appraisal(const struct store_appraisal *appraisal, void *context)
{
	*(json_t **)context = api_appraisal_json(appraisal, true);
	return false;
}

void api_read_appraisal(struct http_request *request, void *context)
{
	struct api *api = context;
	json_t *json = NULL;
	struct error err;
	uint64_t id;

	if (!api_read_id(request, &id))
		return;
	if (store_read_appraisal(api->store, id, take_appraisal, &json, &err))
		api_reply_error(request, &err);
	else
		http_reply_json(request, 200, json);
}

struct taking {
	struct buf *to;
	char lost[128]; /* why there is nothing */
};

static bool take_evidence(const struct store_appraisal *appraisal, void *context)
{
	struct taking *taking = context;

	buf_append(taking->to, appraisal->evidence.bytes, appraisal->evidence.len);
	if (appraisal->lost)
		snprintf(taking->lost, sizeof(taking->lost), "the report cannot be unpacked: %s",
			appraisal->lost);
	return false;
}

void api_read_evidence(struct http_request *request, void *context)
{
	struct api *api = context;
	struct http_response response = {.status = 200, .content_type = "application/json"};
	struct taking taking = {.to = &response.body};
	struct error err;
	uint64_t id;

	if (!api_read_id(request, &id))
		return;
	if (store_read_appraisal(api->store, id, take_evidence, &taking, &err)) {
		buf_free(&response.body);
		api_reply_error(request, &err);
		return;
	}
	if (*taking.lost) {
		buf_free(&response.body);
		http_reply_problem(request, PROBLEM_DAMAGED, 0, taking.lost);
		return;
	}
	snprintf(response.filename, sizeof(response.filename), "evidence-%llu.json",
		(unsigned long long)id);
	http_reply(request, &response);
}

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

static bool take_evidence(const struct store_appraisal *appraisal, void *context)
{
	buf_append(context, appraisal->evidence.bytes, appraisal->evidence.len);
	return false;
}

void api_read_evidence(struct http_request *request, void *context)
{
	struct api *api = context;
	struct http_response response = {.status = 200, .content_type = "application/json"};
	struct error err;
	uint64_t id;

	if (!api_read_id(request, &id))
		return;
	if (store_read_appraisal(api->store, id, take_evidence, &response.body, &err)) {
		buf_free(&response.body);
		api_reply_error(request, &err);
		return;
	}
	snprintf(response.filename, sizeof(response.filename), "evidence-%llu.json",
		(unsigned long long)id);
	http_reply(request, &response);
}

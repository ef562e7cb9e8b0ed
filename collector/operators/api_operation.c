/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/operators/api_operation.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/system.h"

struct operation *api_operation_new(
	struct http_request *request, const char *action, const char *uuid)
{
	struct operation *operation = calloc(1, sizeof(*operation));

	if (!operation)
		return NULL;
	operation->request = request;
	operation->audit.at_ms = platform_wall_clock_ms();
	operation->job.item.context = operation;
	snprintf(operation->audit.action, sizeof(operation->audit.action), "%s", action);
	snprintf(operation->audit.actor, sizeof(operation->audit.actor), "%s",
		http_caller(request)->name);
	snprintf(operation->job.item.uuid, sizeof(operation->job.item.uuid), "%s", uuid);
	snprintf(operation->audit.uuid, sizeof(operation->audit.uuid), "%s", uuid);
	return operation;
}

void api_operation_free(struct operation *operation)
{
	json_decref(operation->answer);
	free(operation->tokens);
	if (operation->result_key)
		explicit_bzero(operation->result_key, sizeof(*operation->result_key));
	free(operation->result_key);
	free(operation);
}

static void reply_unnamed(const struct operation *operation)
{
	const char *uuid = operation->audit.uuid;
	char detail[256];

	snprintf(detail, sizeof(detail),
		"%s is not accepted yet: `vtpm-collector show %s` lists its reports; accept one "
		"with --report ID",
		uuid, uuid);
	http_reply_problem(operation->request, PROBLEM_UNUSABLE_REPORT, 0, detail);
}

static void done(struct writer_job *job, int rc, const struct error *err)
{
	struct operation *operation = (struct operation *)job;

	if (rc)
		api_reply_error(operation->request, err);
	else if (operation->outcome == OUTCOME_UNKNOWN)
		http_reply_problem(operation->request, PROBLEM_NOT_FOUND, 0,
			"no such VM: nothing was reported for it yet");
	else if (operation->outcome == OUTCOME_GONE)
		http_reply_problem(
			operation->request, PROBLEM_NOT_FOUND, 0, "the report is no longer kept");
	else if (operation->outcome == OUTCOME_UNNAMED)
		reply_unnamed(operation);
	else if (operation->outcome == OUTCOME_NEWER)
		http_reply_problem(operation->request, PROBLEM_NEWER_REPORT, 0,
			"the VM's newest report is another one than the one that is named");
	else {
		if (operation->complete)
			operation->complete(operation);
		http_reply_json(operation->request, operation->status, operation->answer);
		operation->answer = NULL;
	}
	api_operation_free(operation);
}

void api_operation_submit(
	struct api *api, struct operation *operation, unsigned status, json_t *answer)
{
	operation->status = status;
	operation->answer = answer;
	operation->job.done = done;
	if (writer_submit(api->writer, &operation->job))
		return;
	http_reply_limit(operation->request, LIMIT_QUEUE, 5, "too much is to be written");
	api_operation_free(operation);
}

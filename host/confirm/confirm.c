/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/confirm/confirm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "core/verdict/judge.h"
#include "host/child.h"
#include "host/confirm/baseline_file.h"
#include "host/confirm/relay.h"
#include "host/confirm/relay_check.h"
#include "host/guest/libvirt.h"
#include "host/guest/socket.h"
#include "platform/system.h"

/* On top of the agent's own timeout: by then it has ended and said what did not answer. */
#define MARGIN_S 10

/* What goes to the child and comes back from it. */
struct job {
	struct confirm_request request;
	uint8_t nonce[CONFIRM_NONCE_SIZE];
	int rc; /* whether the child failed; `error` says why */
	struct error error;
	char uuid[TEXT_UUID_SIZE];
	char baseline_path[BASELINE_PATH_SIZE];
	struct document {
		size_t len; /* 0: none */
		uint8_t bytes[EVIDENCE_MAX_BYTES];
	} baseline, evidence;
	struct message_result answer;
	char collector[RELAY_URL_SIZE];
	struct checks checks;
};

struct confirm {
	struct child child;
	struct job job;
};

/* --- in the child --- */

static void keep(const struct buf *document, struct document *to)
{
	memcpy(to->bytes, document->data, document->len);
	to->len = document->len;
}

static int take_evidence(struct guest_channel *channel, struct job *job, struct error *err)
{
	char digits[2 * CONFIRM_NONCE_SIZE + 1], seconds[16];
	const char *const argv[] = {
		job->request.program, "evidence", "--nonce", digits, "--timeout", seconds, NULL};
	struct guest_run run = {.argv = argv,
		.timeout_s = job->request.timeout_s + MARGIN_S,
		.max = EVIDENCE_MAX_BYTES};
	BUF_SCOPED document = {0};
	int rc;

	text_hex(job->nonce, sizeof(job->nonce), digits, sizeof(digits));
	snprintf(seconds, sizeof(seconds), "%u", job->request.timeout_s);
	rc = guest_channel_run(channel, &run, &document, err);
	if (rc)
		return rc;
	if (!document.len)
		return guest_run_complain(&run, err);
	keep(&document, &job->evidence);
	return 0;
}

static int take_baseline(struct job *job, struct error *err)
{
	BUF_SCOPED document = {0};
	int rc = baseline_file_read(
		job->request.baseline, job->uuid, &document, job->baseline_path, err);

	if (!rc)
		keep(&document, &job->baseline);
	return rc;
}

/* The baseline first, and then the guest. That there is none matters least. */
static int take_both(struct guest_channel *channel, struct job *job, struct error *err)
{
	struct error fault;
	int missing = job->request.baseline ? take_baseline(job, &fault) : 0;
	int rc = take_evidence(channel, job, err);

	return !rc && missing ? error_copy(err, &fault) : rc;
}

/* Where libvirt has no domain of that UUID any more, another may have it as its name. */
static int check_asked_for(const char *word, const char *uuid, struct error *err)
{
	char asked[TEXT_UUID_SIZE];

	return !text_uuid(word, asked) || !strcmp(asked, uuid)
		       ? 0
		       : error_set(err, ERROR_NOT_FOUND,
				 "libvirt has no domain of that UUID here; the domain of that name "
				 "is %s, and does not answer for it",
				 uuid);
}

static int open_libvirt(struct job *job, struct guest_channel **ret_channel, struct error *err)
{
	const struct confirm_request *request = &job->request;
	struct guest_channel *channel = NULL;
	int rc = guest_libvirt_open(request->uri, request->domain, job->uuid, &channel, err);

	if (rc)
		return rc;
	rc = check_asked_for(request->domain, job->uuid, err);
	if (rc)
		channel->close(channel);
	else
		*ret_channel = channel;
	return rc;
}

static int open_channel(struct job *job, struct guest_channel **ret_channel, struct error *err)
{
	const struct confirm_request *request = &job->request;

	if (!request->qga_socket)
		return open_libvirt(job, ret_channel, err);
	if (!text_uuid(request->domain, job->uuid))
		return error_set(err, ERROR_USAGE, "\"%s\" is no UUID", request->domain);
	return guest_socket_open(request->qga_socket, ret_channel, err);
}

static void work(void *context)
{
	struct job *job = context;
	const struct confirm_request *request = &job->request;
	struct guest_channel *channel = NULL;

	job->rc = open_channel(job, &channel, &job->error);
	if (job->rc)
		return;
	job->rc = request->collector ? relay_evidence(channel, job->uuid, request, &job->answer,
					       job->collector, &job->checks, &job->error)
				     : take_both(channel, job, &job->error);
	channel->close(channel);
}

/* --- in this process --- */

int confirm_start(
	const struct confirm_request *request, struct confirm **ret_confirm, struct error *err)
{
	struct confirm *confirm = calloc(1, sizeof(*confirm));
	/* A report takes two runs in the guest and two requests, or more where it is overtaken. */
	const uint32_t steps = request->collector ? 8 : 1;
	const uint32_t steps_s = steps * (request->timeout_s + MARGIN_S) + MARGIN_S;
	const struct child_how how = {
		.timeout_ms = (request->total_s ? request->total_s : steps_s) * 1000};
	int rc;

	if (!confirm)
		return error_set(err, ERROR_NO_MEMORY, "out of memory");
	confirm->job.request = *request;
	rc = platform_random(confirm->job.nonce, sizeof(confirm->job.nonce), err);
	if (!rc)
		rc = child_start(
			work, &confirm->job, sizeof(confirm->job), &how, &confirm->child, err);
	if (rc) {
		free(confirm);
		return rc;
	}
	*ret_confirm = confirm;
	return 0;
}

bool confirm_is_due(struct confirm *confirm)
{
	return child_is_due(&confirm->child);
}

static int take_document(const struct job *job, struct evidence **ret_evidence, struct error *err)
{
	EVIDENCE_SCOPED *evidence = NULL;
	int rc = evidence_parse(job->evidence.bytes, job->evidence.len, &evidence, err);

	if (rc)
		return error_wrap(err, "the guest's evidence");
	rc = relay_check_evidence(evidence->smbios.uuid, job->uuid, err);
	if (rc)
		return rc;
	*ret_evidence = evidence;
	evidence = NULL;
	return 0;
}

static int take_compared(const struct job *job, struct evidence **ret_baseline, struct error *err)
{
	const struct document *baseline = &job->baseline;

	if (baseline->len && evidence_parse(baseline->bytes, baseline->len, ret_baseline, err))
		return error_wrap(err, "%s", job->baseline_path);
	return 0;
}

static int take_result(const struct job *job, struct confirm_result *ret_result, struct error *err)
{
	struct confirm_result result = {0};
	int rc = 0;

	memcpy(result.uuid, job->uuid, sizeof(result.uuid));
	memcpy(result.nonce, job->nonce, sizeof(result.nonce));
	if (job->request.collector) {
		result.answer = job->answer;
		result.verdict = job->answer.verdict;
		memcpy(result.collector, job->collector, sizeof(result.collector));
		result.checks = job->checks;
		result.status = message_is_enrolled(&result.answer) ? checks_status(&result.checks)
								    : result.verdict.status;
	} else {
		rc = take_compared(job, &result.baseline, err);
		if (!rc)
			rc = take_document(job, &result.evidence, err);
	}
	if (rc) {
		evidence_free(result.baseline);
		return rc;
	}
	*ret_result = result;
	return 0;
}

int confirm_finish(struct confirm *confirm, struct confirm_result *ret_result, struct error *err)
{
	int rc = child_finish(&confirm->child, &confirm->job, err);

	if (!rc && confirm->job.rc)
		rc = error_copy(err, &confirm->job.error);
	if (!rc)
		rc = take_result(&confirm->job, ret_result, err);
	free(confirm);
	return rc;
}

bool confirm_is_enrolled(const struct confirm_result *result)
{
	if (!result->evidence)
		return message_is_enrolled(&result->answer);
	return result->is_first && result->verdict.continuity == CONTINUITY_FIRST_SEEN &&
	       result->verdict.event == EVENT_NONE;
}

void confirm_result_free(struct confirm_result *result)
{
	evidence_free(result->evidence);
	evidence_free(result->baseline);
}

void confirm_judge(struct confirm_result *result, enum event event)
{
	if (!result->evidence)
		return;
	continuity_judge(result->baseline, result->evidence, event, result->nonce,
		sizeof(result->nonce), &result->verdict);
	result->status = result->verdict.status;
}

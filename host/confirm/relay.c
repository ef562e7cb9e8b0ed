/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/confirm/relay.h"

#include <stdio.h>

#include "core/signed/binding.h"
#include "host/confirm/relay_check.h"
#include "link/collector_link.h"
#include "platform/system.h"

#define MARGIN_S 10
#define ATTEMPTS 4 /* reports that the guest's own overtake */

/* One run of `vtpm-agent relay STEP` in the guest. */
static int run_step(struct guest_channel *channel, const struct confirm_request *request,
	const char *step, const struct buf *input, struct buf *to, struct error *err)
{
	char seconds[16];
	const char *const argv[] = {request->program, "relay", step, "--event",
		event_name(request->event), "--timeout", seconds, NULL};
	struct guest_run run = {.argv = argv,
		.input = input,
		.timeout_s = request->timeout_s + MARGIN_S,
		.max = PROTOCOL_REPORT_BYTES_MAX};
	int rc;

	snprintf(seconds, sizeof(seconds), "%u", request->timeout_s);
	rc = guest_channel_run(channel, &run, to, err);
	if (!rc && (run.status != 0 || !to->len))
		rc = guest_run_complain(&run, err);
	return rc;
}

/* The guest's second step, for a challenge that was given for this domain. */
static int run_answer(struct guest_channel *channel, const char *uuid,
	const struct confirm_request *request, const struct buf *challenge, struct buf *report,
	struct error *err)
{
	struct message_challenge read;
	int rc = message_read_challenge(challenge->data, challenge->len, &read, err);

	if (!rc)
		rc = run_step(channel, request, "answer", challenge, report, err);
	return rc ? rc : relay_check_report(report, uuid, read.id, err);
}

static int read_answer(const struct buf *answer, const char *uuid,
	struct message_result *ret_answer, struct error *err)
{
	struct message_result result;
	int rc = message_read_result(answer->data, answer->len, &result, err);

	if (!rc)
		rc = relay_check_answer(result.uuid, uuid, err);
	if (!rc)
		*ret_answer = result;
	return rc;
}

/* From challenge to answer. A guest whose TPM cannot sign asks for no challenge: it sends its
 * report at once. */
static int carry(struct guest_channel *channel, const char *uuid,
	const struct confirm_request *request, struct collector_link *link,
	struct message_result *ret_answer, struct checks *ret_checks, struct error *err)
{
	const uint64_t patience_us = (uint64_t)request->timeout_s * 1000000;
	BUF_SCOPED question = {0}, challenge = {0}, report = {0}, answer = {0};
	bool is_distress = false;
	uint32_t ignored = 0;
	int rc = run_step(channel, request, "ask", NULL, &question, err);

	if (!rc)
		rc = relay_check_question(&question, uuid, &is_distress, err);
	if (!rc && !is_distress) {
		rc = collector_link_post(link, "/v1/challenges", &question, 201,
			platform_monotonic_us() + patience_us, &challenge, &ignored, err);
		if (!rc)
			rc = run_answer(channel, uuid, request, &challenge, &report, err);
	}
	if (!rc)
		rc = collector_link_post(link, "/v1/reports", is_distress ? &question : &report,
			200, platform_monotonic_us() + patience_us, &answer, &ignored, err);
	if (!rc)
		rc = read_answer(&answer, uuid, ret_answer, err);
	return !rc && message_is_enrolled(ret_answer)
		       ? relay_judge_report(is_distress ? &question : &report, ret_checks, err)
		       : rc;
}

/* The guest may have reported by itself meanwhile: then this report is made again. */
static bool was_overtaken(const struct message_result *answer)
{
	return answer->verdict.reasons[0].code == REASON_OVERTAKEN;
}

int relay_evidence(struct guest_channel *channel, const char *uuid,
	const struct confirm_request *request, struct message_result *ret_answer,
	char ret_url[RELAY_URL_SIZE], struct checks *ret_checks, struct error *err)
{
	struct collector_link *link = NULL;
	int rc = collector_link_open(request->collector, NULL, NULL, &link, err);
	unsigned attempts = 0;

	if (rc)
		return rc;
	do
		rc = carry(channel, uuid, request, link, ret_answer, ret_checks, err);
	while (!rc && was_overtaken(ret_answer) && ++attempts < ATTEMPTS);
	if (!rc)
		snprintf(ret_url, RELAY_URL_SIZE, "%s", collector_link_url(link));
	collector_link_close(link);
	return rc;
}

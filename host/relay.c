/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/relay.h"

#include <stdio.h>
#include <string.h>

#include "core/json/tree.h"
#include "core/signed/binding.h"
#include "host/guest_channel.h"
#include "link/collector_link.h"
#include "platform/system.h"

#define MARGIN_S 10

/* One run of `vtpm-agent relay STEP` in the guest. */
static int run_step(virDomainPtr domain, const struct confirm_request *request, const char *step,
	const struct buf *input, struct buf *to, struct error *err)
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
	rc = guest_channel_run(domain, &run, to, err);
	if (!rc && (run.status != 0 || !to->len))
		rc = guest_run_complain(&run, err);
	return rc;
}

/* A guest whose TPM cannot sign asks for no challenge: it sends a distress report at once. */
static bool is_distress(const struct buf *question)
{
	JSON_TREE_SCOPED tree = {0};
	struct error ignored;

	json_tree_parse(question->data, question->len, PROTOCOL_REPORT_BYTES_MAX, &tree, &ignored);
	return json_node_member(tree.root, "evidence");
}

/* From challenge to answer. */
static int carry(virDomainPtr domain, const struct confirm_request *request,
	struct collector_link *link, struct message_result *ret_answer, struct error *err)
{
	const uint64_t patience_us = (uint64_t)request->timeout_s * 1000000;
	BUF_SCOPED question = {0}, challenge = {0}, report = {0}, answer = {0};
	const struct buf *last = &report;
	uint32_t ignored = 0;
	int rc = run_step(domain, request, "ask", NULL, &question, err);

	if (!rc && is_distress(&question)) {
		last = &question;
	} else if (!rc) {
		rc = collector_link_post(link, "/v1/challenges", &question, 201,
			platform_monotonic_us() + patience_us, &challenge, &ignored, err);
		if (!rc)
			rc = run_step(domain, request, "answer", &challenge, &report, err);
	}
	if (!rc)
		rc = collector_link_post(link, "/v1/reports", last, 200,
			platform_monotonic_us() + patience_us, &answer, &ignored, err);
	if (!rc)
		rc = message_read_result(answer.data, answer.len, ret_answer, err);
	return rc;
}

/* The guest may have reported by itself meanwhile: then this report is made once more. */
static bool was_overtaken(const struct message_result *answer)
{
	return answer->verdict.reasons[0].code == REASON_OVERTAKEN;
}

int relay_evidence(virDomainPtr domain, const struct confirm_request *request,
	struct message_result *ret_answer, struct error *err)
{
	struct collector_link *link = NULL;
	int rc = collector_link_open(request->collector, NULL, NULL, &link, err);

	if (!rc)
		rc = carry(domain, request, link, ret_answer, err);
	if (!rc && was_overtaken(ret_answer))
		rc = carry(domain, request, link, ret_answer, err);
	collector_link_close(link);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/reporter.h"

#include <stdlib.h>

#include "agent/collect_bound.h"
#include "link/collector_link.h"

struct reporter {
	struct reporter_options options;
	struct collector_link *link;
};

int reporter_open(const struct reporter_options *options, bool (*is_cancelled)(void *context),
	void *context, struct reporter **ret_reporter, struct error *err)
{
	struct reporter *reporter = calloc(1, sizeof(*reporter));
	int rc;

	if (!reporter)
		return error_set(err, ERROR_NO_MEMORY, "no memory for reporting");
	reporter->options = *options;
	rc = collector_link_open(options->collector, is_cancelled, context, &reporter->link, err);
	if (rc) {
		free(reporter);
		return rc;
	}
	*ret_reporter = reporter;
	return 0;
}

void reporter_close(struct reporter *reporter)
{
	if (!reporter)
		return;
	collector_link_close(reporter->link);
	free(reporter);
}

bool reporter_may_retry(const struct error *err)
{
	return err->code == ERROR_IO || err->code == ERROR_NOT_FOUND || err->code == ERROR_TIMEOUT;
}

static int finish(struct reporter *reporter, const struct buf *request, uint64_t deadline_us,
	struct report_answer *ret_answer, uint32_t *ret_retry_after_s, struct error *err)
{
	BUF_SCOPED body = {0};
	int rc = collector_link_post(reporter->link, "/v1/reports", request, 200, deadline_us,
		&body, ret_retry_after_s, err);

	return rc ? rc : report_read_answer(body.data, body.len, ret_answer, err);
}

static int send_signed(struct reporter *reporter, struct evidence *evidence, enum event event,
	uint64_t deadline_us, struct report_answer *ret_answer, uint32_t *ret_retry_after_s,
	struct error *err)
{
	const uint32_t timeout_ms = reporter->options.tpm_timeout_ms;
	BUF_SCOPED question = {0}, answer = {0}, document = {0}, request = {0};
	struct collect_options how = {.tcti = reporter->options.tcti};
	struct report_challenge challenge;
	uint64_t left_ms;
	int rc = report_ask(evidence, event, &question, err);

	if (!rc)
		rc = collector_link_post(reporter->link, "/v1/challenges", &question, 201,
			deadline_us, &answer, ret_retry_after_s, err);
	if (!rc)
		rc = report_read_challenge(answer.data, answer.len, &challenge, err);
	if (rc)
		return rc;
	left_ms = collector_link_left_ms(deadline_us);
	how.timeout_ms = (uint32_t)(left_ms < timeout_ms ? left_ms : timeout_ms);
	rc = collect_bound(&how, &challenge.binding, evidence, &document, err);
	if (!rc)
		rc = report_sign(&challenge, &document, evidence, &request, err);
	return rc ? rc
		  : finish(reporter, &request, deadline_us, ret_answer, ret_retry_after_s, err);
}

static int send_distress(struct reporter *reporter, const struct evidence *evidence,
	enum event event, uint64_t deadline_us, struct report_answer *ret_answer,
	uint32_t *ret_retry_after_s, struct error *err)
{
	BUF_SCOPED request = {0};
	int rc = report_distress(evidence, event, &request, err);

	return rc ? rc
		  : finish(reporter, &request, deadline_us, ret_answer, ret_retry_after_s, err);
}

int reporter_send(struct reporter *reporter, struct evidence *evidence, enum event event,
	uint64_t deadline_us, struct report_answer *ret_answer, uint32_t *ret_retry_after_s,
	struct error *err)
{
	const struct error *fault = report_find_fault(evidence);

	*ret_retry_after_s = 0;
	if (!fault) {
		int rc = send_signed(
			reporter, evidence, event, deadline_us, ret_answer, ret_retry_after_s, err);

		/* The TPM may have gone away in between. */
		if (!rc || evidence->session.part.state != PART_FAILED)
			return rc;
		fault = &evidence->session.part.error;
	}
	if (!report_is_distress(fault))
		return error_copy(err, fault);
	return send_distress(
		reporter, evidence, event, deadline_us, ret_answer, ret_retry_after_s, err);
}

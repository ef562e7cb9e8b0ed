/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/collect/bound.h"
#include "agent/event_log.h"
#include "link/collector_link.h"
#include "platform/system.h"

#define ATTEMPTS    16 /* reports that others of this VM overtake, one after the other */
#define LOG_TIME_US UINT64_C(15000000)

struct exchange {
	struct exchange_options options;
	struct collector_link *link;
	char receipt[PROTOCOL_RECEIPT_MAX]; /* of this VM's last report; empty: none */
	bool advances_beacon;
	struct evidence_digest refused_log; /* its SHA-256; of length 0: none was */
};

int exchange_open(const struct exchange_options *options, bool (*is_cancelled)(void *context),
	void *context, struct exchange **ret_exchange, struct error *err)
{
	struct exchange *exchange = calloc(1, sizeof(*exchange));
	int rc;

	if (!exchange)
		return error_set(err, ERROR_NO_MEMORY, "no memory for reporting");
	exchange->options = *options;
	rc = collector_link_open(options->collector, is_cancelled, context, &exchange->link, err);
	if (rc) {
		free(exchange);
		return rc;
	}
	*ret_exchange = exchange;
	return 0;
}

void exchange_close(struct exchange *exchange)
{
	if (!exchange)
		return;
	collector_link_close(exchange->link);
	free(exchange);
}

const char *exchange_url(const struct exchange *exchange)
{
	return collector_link_url(exchange->link);
}

void exchange_show_receipt(struct exchange *exchange, const char *receipt)
{
	snprintf(exchange->receipt, sizeof(exchange->receipt), "%s", receipt);
}

void exchange_advance_beacon(struct exchange *exchange, bool advances)
{
	exchange->advances_beacon = advances;
}

bool exchange_may_retry(const struct error *err)
{
	return err->code == ERROR_IO || err->code == ERROR_NOT_FOUND || err->code == ERROR_TIMEOUT;
}

static int finish(struct exchange *exchange, const struct buf *request, uint64_t deadline_us,
	struct message_result *ret_answer, uint32_t *ret_retry_after_s, struct error *err)
{
	BUF_SCOPED body = {0};
	int rc = collector_link_post(exchange->link, "/v1/reports", request, 200, deadline_us,
		&body, ret_retry_after_s, err);

	if (!rc)
		rc = message_read_result(body.data, body.len, ret_answer, err);
	return rc;
}

static int send_signed(struct exchange *exchange, struct evidence *evidence, enum event event,
	uint64_t deadline_us, struct message_result *ret_answer, uint32_t *ret_retry_after_s,
	struct error *err)
{
	const uint32_t timeout_ms = exchange->options.tpm_timeout_ms;
	BUF_SCOPED question = {0}, answer = {0}, document = {0}, request = {0};
	struct collect_options how = {
		.tcti = exchange->options.tcti, .advances_beacon = exchange->advances_beacon};
	struct message_challenge challenge;
	uint64_t left_ms;
	int rc =
		message_write_challenge_request(evidence, event, exchange->receipt, &question, err);

	if (!rc)
		rc = collector_link_post(exchange->link, "/v1/challenges", &question, 201,
			deadline_us, &answer, ret_retry_after_s, err);
	if (!rc)
		rc = message_read_challenge(answer.data, answer.len, &challenge, err);
	if (rc)
		return rc;
	left_ms = collector_link_left_ms(deadline_us);
	how.timeout_ms = (uint32_t)(left_ms < timeout_ms ? left_ms : timeout_ms);
	rc = collect_bound(&how, &challenge.binding, evidence, &document, err);
	if (!rc)
		rc = message_write_report(
			&challenge, &document, evidence, exchange->options.next_s, &request, err);
	if (!rc)
		rc = finish(exchange, &request, deadline_us, ret_answer, ret_retry_after_s, err);
	return rc;
}

static int send_distress(struct exchange *exchange, const struct evidence *evidence,
	enum event event, uint64_t deadline_us, struct message_result *ret_answer,
	uint32_t *ret_retry_after_s, struct error *err)
{
	BUF_SCOPED request = {0};
	int rc = message_write_distress(evidence, event, exchange->options.next_s, &request, err);

	return rc ? rc
		  : finish(exchange, &request, deadline_us, ret_answer, ret_retry_after_s, err);
}

/* Of a report that another one of this VM overtook nothing is kept. */
static bool was_overtaken(const struct message_result *answer)
{
	return answer->verdict.reasons[0].code == REASON_OVERTAKEN;
}

/* Again where one is overtaken, for as long as there is time for another one. */
static int send_newest(struct exchange *exchange, struct evidence *evidence, enum event event,
	uint64_t deadline_us, struct message_result *ret_answer, uint32_t *ret_retry_after_s,
	struct error *err)
{
	uint64_t begin_us, now_us;
	unsigned attempts = 0;
	int rc;

	do {
		begin_us = platform_monotonic_us();
		rc = send_signed(
			exchange, evidence, event, deadline_us, ret_answer, ret_retry_after_s, err);
		now_us = platform_monotonic_us();
	} while (!rc && was_overtaken(ret_answer) && ++attempts < ATTEMPTS &&
		 now_us + 2 * (now_us - begin_us) < deadline_us);
	return rc;
}

int exchange_run(struct exchange *exchange, struct evidence *evidence, enum event event,
	uint64_t deadline_us, struct message_result *ret_answer, uint32_t *ret_retry_after_s,
	struct error *err)
{
	const struct error *fault = message_find_fault(evidence);

	*ret_retry_after_s = 0;
	collector_link_begin(exchange->link);
	if (!fault) {
		int rc = send_newest(
			exchange, evidence, event, deadline_us, ret_answer, ret_retry_after_s, err);

		/* The TPM may have gone away in between. */
		if (!rc || evidence->session.part.state != PART_FAILED)
			return rc;
		fault = &evidence->session.part.error;
	}
	if (!message_is_distress(fault))
		return error_copy(err, fault);
	return send_distress(
		exchange, evidence, event, deadline_us, ret_answer, ret_retry_after_s, err);
}

/* It goes into a URL as it is. */
static bool is_ticket(const char *text)
{
	return *text && !text[strspn(text, "0123456789abcdef")];
}

static bool was_refused(const struct exchange *exchange, const struct evidence *evidence)
{
	const struct evidence_digest *refused = &exchange->refused_log;
	const struct evidence_digest *named = &evidence->event_log.sha256;

	return refused->len && refused->len == named->len &&
	       !memcmp(refused->data, named->data, named->len);
}

void exchange_send_event_log(struct exchange *exchange, const struct evidence *evidence,
	const struct message_result *answer)
{
	const uint64_t deadline_us = platform_monotonic_us() + LOG_TIME_US;

	if (!exchange->options.sends_event_log || !is_ticket(answer->event_log_ticket))
		return;
	if (was_refused(exchange, evidence))
		return;
	if (event_log_send(exchange->link, evidence, answer->event_log_ticket, deadline_us))
		exchange->refused_log = evidence->event_log.sha256;
}

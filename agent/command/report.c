/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>

#include "agent/command/commands.h"
#include "agent/exchange.h"
#include "agent/options_look.h"
#include "agent/output.h"
#include "agent/unlock_since.h"
#include "console/page_verdict.h"
#include "core/log.h"
#include "core/verdict/json.h"
#include "platform/system.h"

#define BACKOFF_FIRST_MS 1000
#define BACKOFF_LAST_MS  30000

static json_t *number_json(uint64_t number)
{
	return number ? json_integer((json_int_t)number) : json_null();
}

/* A first sight has nothing to say of the past: then it is health that counts. */
static enum exit_code code_of(const struct message_result *answer, const struct checks *checks)
{
	return verdict_exit_code(
		message_is_enrolled(answer) ? checks_status(checks) : answer->verdict.status);
}

/* `output` as agent/output.h has it. */
static void print(enum output_format format, const char *output, const char *url,
	const struct message_result *answer, const struct evidence *evidence,
	const struct checks *checks, struct buf *to)
{
	const bool is_enrolled = message_is_enrolled(answer);
	struct page *page;
	json_t *json;

	if (format == FORMAT_JSON) {
		json = verdict_to_json(&answer->verdict);
		if (json) {
			json_object_set_new(
				json, "exit_code", json_integer(code_of(answer, checks)));
			json_object_set_new(json, "report", number_json(answer->number));
			json_object_set_new(json, "claim", number_json(answer->claim));
		}
		output_json(output, json, to);
		return;
	}
	page = calloc(1, sizeof(*page));
	if (page) {
		page_build_verdict(
			&answer->verdict, NULL, NULL, evidence, evidence->device.path, page);
		if (is_enrolled)
			page_enrol(checks, answer->number, page);
		page_begin_section(page, "Collector");
		page_add_row(page, PAGE_PLAIN, "Collector", "%s", url);
		if (answer->number)
			page_add_row(page, PAGE_PLAIN, "Report", "%" PRIu64 ", received %s",
				answer->number, answer->received);
		else if (answer->claim)
			page_add_row(page, PAGE_PLAIN, "Claim", "%" PRIu64 ", " MESSAGE_CLAIM,
				answer->claim);
		else
			page_add_row(page, PAGE_PLAIN, "Report", "not kept");
		/* Beside a claim it is the VM's: read here, it would be the claim's. */
		if (!answer->claim)
			page_add_row(page, PAGE_PLAIN, "Enrolment", "%s", answer->enrolment);
	}
	output_page(output, page, to);
	free(page);
}

/* Half of it or up to all of it, so that many guests do not come back at once. */
static uint64_t jittered_us(uint64_t ms)
{
	uint32_t random = 0;
	struct error ignored;

	platform_random(&random, sizeof(random), &ignored);
	return ms * 500 + ms * 500 * random / UINT32_MAX;
}

/* Waits before the next attempt; false where that would be too late. */
static bool wait_for_next(
	unsigned attempt, uint32_t retry_after_s, uint64_t deadline_us, const struct error *err)
{
	uint64_t ms = attempt < 5 ? (uint64_t)BACKOFF_FIRST_MS << attempt : BACKOFF_LAST_MS;
	uint64_t wait_us = jittered_us(ms), now = platform_monotonic_us();

	/* What the collector asks for is the least, not the most. */
	if (retry_after_s)
		wait_us = (uint64_t)retry_after_s * 1000000 + jittered_us(1000);
	if (now >= deadline_us || deadline_us - now <= wait_us)
		return false;
	log_write(platform_terminal_describe().is_terminal ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
		"%s; next attempt in %" PRIu64 " s, giving up in %" PRIu64 " s", err->message,
		(wait_us + 999999) / 1000000, (deadline_us - now) / 1000000);
	platform_sleep_us(wait_us);
	return true;
}

/* Attempts for `wait_s`, or (0) for as long as one look at the TPM may take, until one succeeds or
 * none can; each reads the TPM as it is then. */
static int report(struct look_options how, const struct options *options, struct exchange *exchange,
	struct evidence **ret_evidence, struct checks *ret_checks,
	struct message_result *ret_answer, struct error *err)
{
	const uint32_t wait_s = options->wait_s;
	const uint64_t patience_us = (uint64_t)how.collect.timeout_ms * 1000;
	uint64_t deadline_us = platform_monotonic_us() + (uint64_t)wait_s * 1000000;
	uint32_t retry_after_s = 0;

	/* A TPM that hangs must leave time to say so. */
	if (wait_s && how.collect.timeout_ms > (wait_s / 2 + 1) * 1000)
		how.collect.timeout_ms = (wait_s / 2 + 1) * 1000;
	for (unsigned attempt = 0;; attempt++) {
		EVIDENCE_SCOPED *evidence = NULL;
		int rc = look(&how, &evidence, ret_checks, err);

		if (rc)
			return rc;
		if (!wait_s && attempt == 0)
			deadline_us = platform_monotonic_us() + patience_us;
		unlock_mark(options->state, evidence);
		rc = exchange_run(exchange, evidence, options->event, deadline_us, ret_answer,
			&retry_after_s, err);
		if (!rc) {
			*ret_evidence = evidence;
			evidence = NULL;
			return 0;
		}
		if (!exchange_may_retry(err))
			return rc;
		if (!wait_for_next(attempt, retry_after_s, deadline_us, err))
			return rc;
	}
}

int command_report(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	EVIDENCE_SCOPED *evidence = NULL;
	struct exchange *exchange = NULL;
	struct message_result answer;
	struct checks checks;
	BUF_SCOPED out = {0};
	const struct look_options how = options_look(options);
	const struct exchange_options reporting = {.collector = &options->collector,
		.tcti = how.collect.tcti,
		.tpm_timeout_ms = how.collect.timeout_ms,
		.sends_event_log = options->sends_event_log};
	int rc = exchange_open(&reporting, NULL, NULL, &exchange, err);

	if (!rc) {
		exchange_advance_beacon(exchange, true);
		rc = report(how, options, exchange, &evidence, &checks, &answer, err);
	}
	if (!rc) {
		print(options->format, options->output, exchange_url(exchange), &answer, evidence,
			&checks, &out);
		rc = output_write(options->output, &out, err);
		exchange_send_event_log(exchange, evidence, &answer);
	}
	exchange_close(exchange);
	if (!rc)
		*ret_code = code_of(&answer, &checks);
	return rc;
}

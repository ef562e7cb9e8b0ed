/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/delivery.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/adoption.h"
#include "agent/options_look.h"
#include "agent/state/state.h"
#include "core/log.h"
#include "platform/system.h"

#define RETRY_FIRST_S 5
#define RETRY_FACTOR  3
#define SECOND_US     UINT64_C(1000000)
#define NETWORK_US    (2 * SECOND_US) /* routes and resolvers come behind an address */
#define APART_US      (5 * SECOND_US) /* between two attempts, however often addresses come */

static bool is_stopping(void *context)
{
	return platform_watch_is_stopping(context);
}

static int open_exchange(struct delivery *delivery, const struct options *options,
	struct platform_watch *watch, uint32_t next_s, struct error *err)
{
	const struct look_options how = options_look(options);
	const struct exchange_options reporting = {.collector = &options->collector,
		.tcti = how.collect.tcti,
		.tpm_timeout_ms = how.collect.timeout_ms,
		.next_s = next_s,
		.sends_event_log = options->sends_event_log};

	return exchange_open(&reporting, is_stopping, watch, &delivery->exchange, err);
}

/* The receipt of the last report goes with the next one, also after a restart and where another
 * process made that report: two that each went on with their own would look like two copies. */
static void show_receipt(struct delivery *delivery, const struct options *options)
{
	const char *directory = state_directory(options->state);
	char receipt[PROTOCOL_RECEIPT_MAX];
	struct error ignored;

	if (delivery->has_unkept_receipt)
		return;
	if (!state_read_receipt(directory, receipt, sizeof(receipt), &ignored))
		exchange_show_receipt(delivery->exchange, receipt);
}

static void keep_receipt(
	struct delivery *delivery, const struct options *options, const char *receipt)
{
	struct error err;
	int rc;

	if (!*receipt)
		return;
	exchange_show_receipt(delivery->exchange, receipt);
	rc = state_write_receipt(state_directory(options->state), receipt, &err);
	delivery->has_unkept_receipt = rc != 0;
	if (rc)
		log_write(LOG_LEVEL_WARNING, "%s", err.message);
}

static uint64_t now_s(void)
{
	return platform_wall_clock_ms() / 1000;
}

static void succeed(
	struct delivery *delivery, const struct options *options, struct message_result *answer)
{
	struct state_delivery *kept = &delivery->kept;

	*delivery->fault = 0;
	delivery->failures = 0;
	snprintf(kept->url, sizeof(kept->url), "%s", exchange_url(delivery->exchange));
	kept->delivered = kept->tried;
	kept->report = answer->number;
	snprintf(kept->status, sizeof(kept->status), "%s",
		verdict_status_name(answer->verdict.status));
	*kept->fault = 0;
	keep_receipt(delivery, options, answer->receipt);
	log_write(answer->number ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING,
		"reported number=%" PRIu64 " status=%s continuity=%s reason=%s", answer->number,
		verdict_status_name(answer->verdict.status),
		continuity_name(answer->verdict.continuity),
		reason_name(answer->verdict.reasons[0].code));
}

/* A fifth more or less, so that many guests do not come back at once. */
static uint64_t jittered_us(uint64_t seconds)
{
	uint32_t random = 0;
	struct error ignored;

	platform_random(&random, sizeof(random), &ignored);
	return seconds * SECOND_US * 4 / 5 + seconds * SECOND_US * 2 / 5 * random / UINT32_MAX;
}

/* When the next attempt is due after so many failures; 0: with the next comparison. */
static uint64_t retry_us(unsigned failures, uint32_t retry_after_s, uint32_t interval_s)
{
	uint64_t seconds = RETRY_FIRST_S;

	for (; failures > 1 && seconds < interval_s; failures--)
		seconds *= RETRY_FACTOR;
	if (seconds < retry_after_s)
		seconds = retry_after_s + (retry_after_s + 3) / 4;
	return seconds < interval_s ? platform_monotonic_us() + jittered_us(seconds) : 0;
}

static void fail(struct delivery *delivery, const struct options *options, uint32_t retry_after_s,
	const struct error *fault)
{
	if (strcmp(fault->message, delivery->fault) != 0)
		log_write(LOG_LEVEL_ERROR, "not reported: %s", fault->message);
	snprintf(delivery->fault, sizeof(delivery->fault), "%s", fault->message);
	snprintf(delivery->kept.fault, sizeof(delivery->kept.fault), "%.500s", fault->message);
	delivery->failures++;
	if (exchange_may_retry(fault))
		delivery->retry_us =
			retry_us(delivery->failures, retry_after_s, options->interval_s);
}

static void recall(struct delivery *delivery, const struct options *options)
{
	struct error ignored;

	if (!delivery->is_known)
		state_read_delivery(state_directory(options->state), &delivery->kept, &ignored);
	delivery->is_known = true;
	/* What another collector took says nothing of these, which share what they keep. */
	if (text_list_has(&options->collector.urls, delivery->kept.url))
		return;
	delivery->kept = (struct state_delivery){0};
	snprintf(delivery->kept.url, sizeof(delivery->kept.url), "%s",
		text_list_at(&options->collector.urls, 0));
}

/* What could not be adopted is not heard: without its receipt the answer is as good as lost, and
 * the next one says it again. */
static bool hear(const struct options *options, bool is_kept, const struct evidence *evidence,
	struct message_result *answer)
{
	const bool is_told = adoption_is_told(answer);
	bool is_adopted = false;
	struct error err;
	int rc = 0;

	if (is_kept)
		rc = adoption_hear(options->state, evidence, answer, &is_adopted, &err);
	else if (is_told)
		rc = error_set(&err, ERROR_IO, "this comparison was not kept");
	if (!rc)
		return is_adopted;
	log_write(
		LOG_LEVEL_WARNING, "what the collector's answer says is not kept: %s", err.message);
	if (is_told)
		*answer->receipt = '\0';
	return false;
}

bool delivery_send(struct delivery *delivery, const struct options *options,
	struct platform_watch *watch, uint32_t next_s, bool is_kept, struct evidence *evidence)
{
	const uint32_t timeout_ms = options_look(options).collect.timeout_ms;
	uint64_t deadline_us = platform_monotonic_us() + (uint64_t)timeout_ms * 1000;
	struct message_result answer;
	uint32_t retry_after_s = 0;
	struct error fault;
	bool is_adopted;
	int rc = 0;

	if (!options->collector.urls.count)
		return false;
	recall(delivery, options);
	delivery->kept.tried = now_s();
	delivery->tried_us = platform_monotonic_us();
	delivery->retry_us = 0;
	if (!delivery->exchange)
		rc = open_exchange(delivery, options, watch, next_s, &fault);
	if (!rc) {
		show_receipt(delivery, options);
		exchange_advance_beacon(delivery->exchange, delivery->advances_beacon);
	}
	if (!rc)
		rc = exchange_run(delivery->exchange, evidence, EVENT_NONE, deadline_us, &answer,
			&retry_after_s, &fault);
	if (rc) {
		fail(delivery, options, retry_after_s, &fault);
		return false;
	}
	is_adopted = hear(options, is_kept, evidence, &answer);
	succeed(delivery, options, &answer);
	exchange_send_event_log(delivery->exchange, evidence, &answer);
	return is_adopted;
}

uint64_t delivery_plan(
	struct delivery *delivery, const struct options *options, uint64_t regular_us)
{
	uint64_t planned_us = regular_us, now_us = platform_monotonic_us();
	struct error err;

	if (!options->collector.urls.count)
		return regular_us;
	if (delivery->retry_us && (!regular_us || delivery->retry_us < regular_us))
		planned_us = delivery->retry_us;
	recall(delivery, options);
	delivery->retry_us = 0;
	delivery->kept.next = 0;
	if (planned_us)
		delivery->kept.next =
			now_s() + (planned_us > now_us ? (planned_us - now_us) / SECOND_US : 0);
	if (state_write_delivery(state_directory(options->state), &delivery->kept, &err))
		log_write(LOG_LEVEL_WARNING, "%s", err.message);
	return planned_us;
}

uint64_t delivery_hurry(const struct delivery *delivery, uint64_t planned_us)
{
	uint64_t now_us = platform_monotonic_us(), soon_us = delivery->tried_us + APART_US;

	if (!delivery->failures)
		return planned_us;
	if (soon_us < now_us + NETWORK_US)
		soon_us = now_us + NETWORK_US;
	return soon_us < planned_us ? soon_us : planned_us;
}

void delivery_close(struct delivery *delivery)
{
	exchange_close(delivery->exchange);
	delivery->exchange = NULL;
}

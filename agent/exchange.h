/* SPDX-License-Identifier: BSD-2-Clause */
/* One exchange with a collector: challenge, report with a bound quote, attestation result; or a
 * distress report where the TPM cannot sign. The connection is kept from one to the next. */
#ifndef AGENT_EXCHANGE_H
#define AGENT_EXCHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "link/collector_link.h"
#include "link/messages.h"

struct exchange_options {
	const struct collector_link_options *collector;
	const char *tcti;        /* as platform_transport_start() takes it, or NULL */
	uint32_t tpm_timeout_ms; /* for what is bound to the challenge */
	uint32_t next_s;         /* within so many seconds the next report comes; 0: nobody knows */
	bool sends_event_log;    /* where the collector asks for it */
};

struct exchange;

/* What the options point to is borrowed until exchange_close(). `is_cancelled` is asked while the
 * network is waited for, and may be NULL. Errors: CONFIG (URL, token file), UNSUPPORTED (no
 * libcurl), NO_MEMORY. */
int exchange_open(const struct exchange_options *options, bool (*is_cancelled)(void *context),
	void *context, struct exchange **ret_exchange, struct error *err);
void exchange_close(struct exchange *exchange);

/* The URL of the collector that answered last. It lives as long as the options. */
const char *exchange_url(const struct exchange *exchange);

/* What the collector said of this VM's last report, from an earlier exchange: shown to it, so that
 * a collector which lost it notices. Copied. What an answer brings is shown only when it is given
 * here. */
void exchange_show_receipt(struct exchange *exchange, const char *receipt);

/* Whether each challenge advances the beacon; at first it does not. A collector that does not
 * answer hears of nothing: were it advanced meanwhile, the beacon of an older state would catch up.
 */
void exchange_advance_beacon(struct exchange *exchange, bool advances);

/* One attempt, ended by `deadline_us`. The evidence was just collected; what is bound to the
 * challenge is read anew into it; with another challenge, where another report of this VM overtook
 * this one. ret_retry_after_s is set in any case: what the collector asked to
 * wait before the next attempt, or 0. Errors: those of the link and of collect_bound(). */
int exchange_run(struct exchange *exchange, struct evidence *evidence, enum event event,
	uint64_t deadline_us, struct message_result *ret_answer, uint32_t *ret_retry_after_s,
	struct error *err);

/* What the answer asks for beside the report: the event log, if it was not refused for good since
 * exchange_open().
 * For when the answer is kept: it may take some seconds, and changes nothing of it. */
void exchange_send_event_log(struct exchange *exchange, const struct evidence *evidence,
	const struct message_result *answer);

/* Whether a later attempt may succeed where this one failed. */
bool exchange_may_retry(const struct error *err);

#endif

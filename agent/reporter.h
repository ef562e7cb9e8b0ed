/* SPDX-License-Identifier: BSD-2-Clause */
/* One report from beginning to end: challenge, bound quote, answer; or a distress report where the
 * TPM cannot sign. Keeps the connection to the collector between reports. */
#ifndef AGENT_REPORTER_H
#define AGENT_REPORTER_H

#include <stdbool.h>
#include <stdint.h>

#include "link/collector_link.h"
#include "link/messages.h"

struct reporter_options {
	const struct collector_link_options *collector;
	const char *tcti;        /* as platform_transport_start() takes it, or NULL */
	uint32_t tpm_timeout_ms; /* for what is bound to the challenge */
};

struct reporter;

/* What the options point to is borrowed until reporter_close(). `is_cancelled` is asked while the
 * network is waited for, and may be NULL. Errors: CONFIG (URL, token file), UNSUPPORTED (no
 * libcurl), NO_MEMORY. */
int reporter_open(const struct reporter_options *options, bool (*is_cancelled)(void *context),
	void *context, struct reporter **ret_reporter, struct error *err);
void reporter_close(struct reporter *reporter);

/* One attempt, ended by `deadline_us`. The evidence was just collected; what is bound to the
 * challenge is read anew into it. ret_retry_after_s is set in any case: what the collector asked to
 * wait before the next attempt, or 0. Errors: those of the link and of collect_bound(). */
int reporter_send(struct reporter *reporter, struct evidence *evidence, enum event event,
	uint64_t deadline_us, struct report_answer *ret_answer, uint32_t *ret_retry_after_s,
	struct error *err);

/* Whether a later attempt may succeed where this one failed. */
bool reporter_may_retry(const struct error *err);

#endif

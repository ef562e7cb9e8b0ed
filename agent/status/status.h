/* SPDX-License-Identifier: BSD-2-Clause */
/* The status in its forms: the page for a person, one document for scripts, one line for Nagios,
 * metrics for Prometheus. */
#ifndef AGENT_STATUS_STATUS_H
#define AGENT_STATUS_STATUS_H

#include "agent/state_delivery.h"
#include "console/page.h"
#include "core/buf.h"
#include "core/checks/checks.h"
#include "core/evidence/evidence.h"
#include "core/json/value.h"

/* The page, with the service's last verdict where there is one that may be read: in the directory
 * `state` or, where that is empty, the operating system's. The caller frees it; NULL when memory is
 * short. */
struct page *status_page(
	const char *state, const struct evidence *evidence, const struct checks *checks);

/* What the service last said: the names of its verdict and why. */
struct status_last_verdict {
	const char *status, *continuity, *sentence;
	uint64_t iat; /* seconds since 1970 */
};

/* The page of evidence that may be of any state, down to no TPM at all; `last` and `delivery` may
 * be NULL. */
void status_page_build(const struct evidence *evidence, const struct checks *checks,
	const struct status_last_verdict *last, const struct state_delivery *delivery,
	struct page *ret_page);

/* Verdict, checks, decoded properties, evidence (docs/evidence.md) as a new JSON object, or NULL
 * when memory is short. */
json_t *status_json(const struct evidence *evidence, const struct checks *checks);

/* A Nagios plugin's output: Monitoring Plugins Development Guidelines, sections 2 and 2.6. The exit
 * codes are the agent's own. */
void status_nagios(struct buf *to, const struct evidence *evidence, const struct checks *checks);

/* Prometheus text exposition format 0.0.4, for node_exporter's textfile collector. */
void status_prometheus(
	struct buf *to, const struct evidence *evidence, const struct checks *checks);

#endif

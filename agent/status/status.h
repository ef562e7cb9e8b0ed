/* SPDX-License-Identifier: BSD-2-Clause */
/* The status in its forms: the page for a person, one document for scripts, one line for Nagios,
 * metrics for Prometheus. */
#ifndef AGENT_STATUS_STATUS_H
#define AGENT_STATUS_STATUS_H

#include "agent/service_word.h"
#include "agent/state/delivery.h"
#include "console/page.h"
#include "core/buf.h"
#include "core/checks/checks.h"
#include "core/evidence/evidence.h"
#include "core/json/value.h"

/* What the machine's service last said, where it is there and speaks of this TPM: in the directory
 * `state` or, where that is empty, the operating system's, or where it is published. */
bool status_read_service(
	const char *state, const struct evidence *evidence, struct service_word *ret_service);

/* The page, with that (NULL, here and below: no service spoke) and with what became of its reports,
 * which `state` has too. The caller frees it; NULL when memory is short. */
struct page *status_page(const char *state, const struct evidence *evidence,
	const struct checks *checks, const struct service_word *service);

/* The page of evidence that may be of any state, down to no TPM at all; `delivery` may be NULL. */
void status_page_build(const struct evidence *evidence, const struct checks *checks,
	const struct service_word *service, const struct state_delivery *delivery,
	struct page *ret_page);

/* Verdict, checks, what the service said, decoded properties, evidence (docs/evidence.md) as a new
 * JSON object, or NULL when memory is short. */
json_t *status_json(const struct evidence *evidence, const struct checks *checks,
	const struct service_word *service);

/* A Nagios plugin's output: Monitoring Plugins Development Guidelines, sections 2 and 2.6. The exit
 * codes are the agent's own. */
void status_nagios(struct buf *to, const struct evidence *evidence, const struct checks *checks,
	const struct service_word *service);

/* Prometheus text exposition format 0.0.4, for node_exporter's textfile collector. */
void status_prometheus(struct buf *to, const struct evidence *evidence, const struct checks *checks,
	const struct service_word *service);

#endif

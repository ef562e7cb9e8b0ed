/* SPDX-License-Identifier: BSD-2-Clause */
/* The status in its forms: the page for a person, one document for scripts, one line for Nagios,
 * metrics for Prometheus. */
#ifndef AGENT_STATUS_H
#define AGENT_STATUS_H

#include "agent/options.h"
#include "agent/page.h"
#include "core/buf.h"
#include "core/checks.h"
#include "core/evidence.h"

/* The page, with the service's last verdict where there is one that may be read. The caller frees
 * it; NULL when memory is short. */
struct page *status_page(const struct options *options, const struct evidence *evidence,
	const struct checks *checks);

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

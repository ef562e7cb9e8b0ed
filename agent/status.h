/* SPDX-License-Identifier: BSD-2-Clause */
/* The same status for programs: one document for scripts, one line for Nagios, metrics for
 * Prometheus. */
#ifndef AGENT_STATUS_H
#define AGENT_STATUS_H

#include "core/buf.h"
#include "core/checks.h"
#include "core/evidence.h"

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

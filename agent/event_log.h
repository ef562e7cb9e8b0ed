/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware's event log as it is, for a collector that asked for it. */
#ifndef AGENT_EVENT_LOG_H
#define AGENT_EVENT_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/evidence/evidence.h"
#include "link/collector_link.h"

/* Reads the log anew and sends it, if it still is the one that the evidence names. What goes wrong
 * is logged and costs nothing: the answer to the next report asks again. True: these bytes are
 * refused for good. */
bool event_log_send(struct collector_link *link, const struct evidence *evidence,
	const char *ticket, uint64_t deadline_us);

#endif

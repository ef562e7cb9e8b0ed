/* SPDX-License-Identifier: BSD-2-Clause */
/* The service's reports to its collector: sent, told of in the log and in the state directory, and
 * sent again where they did not arrive. */
#ifndef AGENT_DELIVERY_H
#define AGENT_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/exchange.h"
#include "agent/options.h"
#include "agent/state/delivery.h"
#include "platform/guest.h"

/* All zero at its beginning. */
struct delivery {
	struct exchange *exchange;                        /* opened at the first report */
	char fault[sizeof(((struct error *)0)->message)]; /* why the last one failed; it is told
							   * once. Empty: it did not */
	unsigned failures;                                /* in a row */
	uint64_t tried_us;                                /* when the last one was sent */
	uint64_t retry_us;       /* when what failed is due again; 0: with the next comparison */
	bool advances_beacon;    /* set for each report: the exchange's */
	bool has_unkept_receipt; /* the file's is older than the exchange's */
	struct state_delivery kept;
	bool is_known; /* `kept` has what earlier runs kept */
};

/* Reports, where a collector is configured. `next_s`: within so many seconds the next report comes;
 * 0: nobody knows. `is_kept`: the comparison that gave `evidence` was. Whether an operator accepted
 * this vTPM, and it is the baseline now. `options` and `watch` are borrowed until delivery_close().
 */
bool delivery_send(struct delivery *delivery, const struct options *options,
	struct platform_watch *watch, uint32_t next_s, bool is_kept, struct evidence *evidence);

/* When to report again, at the latest at `regular_us`; keeps that for whoever asks. 0: nobody
 * knows. */
uint64_t delivery_plan(
	struct delivery *delivery, const struct options *options, uint64_t regular_us);

/* An address came: what failed is tried again soon. Returns when, or `planned_us`. */
uint64_t delivery_hurry(const struct delivery *delivery, uint64_t planned_us);

/* The next report reads credentials and addresses anew. */
void delivery_close(struct delivery *delivery);

#endif

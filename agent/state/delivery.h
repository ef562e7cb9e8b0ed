/* SPDX-License-Identifier: BSD-2-Clause */
/* What became of the service's reports, kept beside its last verdict for whoever asks. */
#ifndef AGENT_STATE_DELIVERY_H
#define AGENT_STATE_DELIVERY_H

#include <stdint.h>

#include "core/error.h"

/* Times are seconds since 1970 by the guest's clock; 0: never, or nobody knows. */
struct state_delivery {
	char url[1024];     /* the collector */
	uint64_t delivered; /* when the last report was taken, */
	uint64_t report;    /* as which number (0: it was not kept), */
	char status[24];    /* and with which verdict */
	uint64_t tried;     /* when the last one was sent */
	char fault[512];    /* why that was not taken; empty: it was */
	uint64_t next;      /* when the next one is due */
};

/* `directory` as in agent/state/state.h. Errors of reading: NOT_FOUND, MALFORMED, IO, PERMISSION.
 */
int state_read_delivery(
	const char *directory, struct state_delivery *ret_delivery, struct error *err);
int state_write_delivery(
	const char *directory, const struct state_delivery *delivery, struct error *err);

#endif

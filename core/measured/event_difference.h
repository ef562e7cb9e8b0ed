/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The events in which two firmware logs differ: what is behind a PCR where the facts of the two
 * boots have no words for it. Where the same was measured in another order only, there is none.
 */
#ifndef CORE_MEASURED_EVENT_DIFFERENCE_H
#define CORE_MEASURED_EVENT_DIFFERENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/crypto/crypto.h"
#include "core/error.h"

struct event_change {
	uint32_t pcr;
	bool is_gone;      /* the earlier boot measured it; else the later one did */
	char type[40];     /* "EV_IPL", or its number as "0x…" */
	char digest[17];   /* its beginning, in hexadecimal: what tells it from its like */
	char meaning[544]; /* in printable ASCII, without the text of a command line */
};

/* Returns false to hear of no more. */
typedef bool event_change_visit(const struct event_change *change, void *context);

/* Shows what only one of the logs measured into these PCRs (bits): first what is gone, then what is
 * new, each in the order of its log. Digests are compared in a bank that both have, SHA-256 where
 * they can be. Errors: those of eventlog_replay(), UNSUPPORTED (no bank is in both), NO_MEMORY. */
int event_difference_find(const struct crypto_bytes *then, const struct crypto_bytes *now,
	uint32_t pcrs, event_change_visit *visit, void *context, struct error *err);

#endif

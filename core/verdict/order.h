/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of two documents is the older one. Two looks at one TPM may overlap: a service's and an
 * operator's, or a report that waits for a network while another one passes it by. Documents are
 * ordered by what was signed, and by nothing else: counters and clock of the quotes. What is read
 * unsigned is read before the quote, by as long as a collector is waited for. So it tells of the
 * moment of the quote only with that slack, and of what changed since the baseline only where all
 * of it was read after the baseline's quote.
 */
#ifndef CORE_VERDICT_ORDER_H
#define CORE_VERDICT_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/verdict/judging.h"

/* Lexicographic, of (resetCount, restartCount): negative where `now` is behind `then`. */
int order_of_counters(const struct attest_quote *then, const struct attest_quote *now);

/* The evidence was asked for before the baseline was kept, and its quote is behind the baseline's:
 * it was overtaken. That it is behind says nothing of the TPM. */
bool order_is_overtaken(const struct judging *judging);

/* How long the TPM's clock went on from the reading beside the quote to the quote, in ms. 0 where
 * it was not read. */
uint64_t order_age_ms(const struct evidence_clock *clock, const struct attest_quote *quote);

/* The evidence's first reading is older than the baseline's quote: whatever else it read unsigned
 * may be, too, and may so be older than what the baseline read. */
bool order_overlaps(const struct judging *judging);

/* The evidence's beacon was certified before the baseline's, though its quote came later. What is
 * known to have been asked for after the baseline was kept, cannot be so. */
bool order_has_older_beacon(const struct judging *judging);

#endif

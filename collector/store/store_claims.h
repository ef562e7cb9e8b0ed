/* SPDX-License-Identifier: BSD-2-Clause */
/* Which claims are of one sender, and which are one claim: the same in every store, and for whoever
 * counts senders. */
#ifndef COLLECTOR_STORE_CLAIMS_H
#define COLLECTOR_STORE_CLAIMS_H

#include "collector/store/store_types.h"

/* One credential may be many agents' or hosts', so that the network tells them apart; but not one
 * that is for this VM alone (`is_bound`). */
bool store_sender_is_same(
	const struct store_sender *left, const struct store_sender *right, bool is_bound);

/* Whether both show the same keys, or none. */
bool store_claim_has_same_keys(const struct store_claim *left, const struct store_claim *right);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which claims were told lately. Whoever may ask for a challenge may make claims, with other keys
 * each time: of one VM and sender one in an hour is told, and of one VM no more than the store
 * keeps of it; of all, in an hour, as many as fit in here. After a restart they are told again.
 */
#ifndef COLLECTOR_WEBHOOK_CLAIMS_H
#define COLLECTOR_WEBHOOK_CLAIMS_H

#include "collector/store/store_types.h"

#define WEBHOOK_CLAIM_QUIET_MS (3600 * 1000UL)
#define WEBHOOK_CLAIMS_MAX     1024

/* All zero: nothing was told. */
struct webhook_claims {
	size_t next;
	struct webhook_told {
		char uuid[TEXT_UUID_SIZE];
		struct store_sender sender;
		uint64_t at_ms; /* 0: free */
	} told[WEBHOOK_CLAIMS_MAX];
};

/* `now_ms` is of a clock that is never set. */
bool webhook_claims_is_due(
	const struct webhook_claims *claims, const struct store_claim *claim, uint64_t now_ms);
void webhook_claims_told(
	struct webhook_claims *claims, const struct store_claim *claim, uint64_t now_ms);

#endif

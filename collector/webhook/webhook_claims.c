/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/webhook/webhook_claims.h"

#include <string.h>

#include "collector/store/store_claims.h"

static bool was_lately(
	const struct webhook_told *told, const struct store_claim *claim, uint64_t now_ms)
{
	bool is_recent = told->at_ms && now_ms - told->at_ms < WEBHOOK_CLAIM_QUIET_MS;

	return is_recent && !strcmp(told->uuid, claim->uuid);
}

bool webhook_claims_is_due(
	const struct webhook_claims *claims, const struct store_claim *claim, uint64_t now_ms)
{
	const struct webhook_told *oldest = &claims->told[claims->next];
	size_t count = 0;

	/* No room for another one in this hour: what is forgotten would be told again. */
	if (oldest->at_ms && now_ms - oldest->at_ms < WEBHOOK_CLAIM_QUIET_MS)
		return false;
	for (size_t i = 0; i < WEBHOOK_CLAIMS_MAX; i++) {
		const struct webhook_told *told = &claims->told[i];

		if (!was_lately(told, claim, now_ms))
			continue;
		if (store_sender_is_same(&told->sender, &claim->sender, false))
			return false;
		count++;
	}
	return count < STORE_CLAIMS_MAX;
}

void webhook_claims_told(
	struct webhook_claims *claims, const struct store_claim *claim, uint64_t now_ms)
{
	struct webhook_told *told = &claims->told[claims->next];

	claims->next = (claims->next + 1) % WEBHOOK_CLAIMS_MAX;
	memcpy(told->uuid, claim->uuid, sizeof(told->uuid));
	told->sender = claim->sender;
	told->at_ms = now_ms;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/tcg/unlock_facts.h"

const char *unlock_result_name(enum unlock_result result)
{
#define WORD(id, word) word,
	static const char *const words[] = {UNLOCK_RESULTS(WORD)};
#undef WORD

	return result < UNLOCK_RESULT_COUNT ? words[result] : words[UNLOCK_UNKNOWN];
}

const char *unlock_volume_label(const struct unlock_volume *volume)
{
	return *volume->name ? volume->name : volume->uuid;
}

enum unlock_result unlock_volume_result(const struct unlock_volume *volume)
{
	/* What is not known comes before what is known to fail: it may open. */
	static const enum unlock_result best_first[] = {UNLOCK_SUSPENDED, UNLOCK_OPENS,
		UNLOCK_NEEDS_PIN, UNLOCK_NEEDS_KEY, UNLOCK_SIGNED_POLICY, UNLOCK_PCRLOCK,
		UNLOCK_OPENS_LATE, UNLOCK_UNSEEN, UNLOCK_UNKNOWN, UNLOCK_LOCKOUT,
		UNLOCK_PCR_DIFFERS, UNLOCK_POLICY_FAILS, UNLOCK_OTHER_VTPM, UNLOCK_UNREADABLE};

	for (size_t rank = 0; rank < sizeof(best_first) / sizeof(best_first[0]); rank++) {
		for (size_t i = 0; i < volume->slots.count; i++) {
			if (volume->slots.items[i].result == best_first[rank])
				return best_first[rank];
		}
	}
	return UNLOCK_NOT_TPM;
}

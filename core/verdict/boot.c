/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/boot.h"

#include <string.h>

/* In one of the banks that both have; true where they share none. */
static bool differs(const struct evidence *then, const struct evidence *now, unsigned pcr)
{
	bool is_compared = false;

	for (size_t i = 0; i < now->pcrs.bank_count && pcr < TCG_PCR_COUNT; i++) {
		const struct tcg_pcr_bank *is = &now->pcrs.banks[i];
		const struct tcg_pcr_bank *was =
			tcg_find_bank(then->pcrs.banks, then->pcrs.bank_count, is->alg);

		if (!was)
			continue;
		is_compared = true;
		if (memcmp(was->values[pcr], is->values[pcr], tcg_digest_size(is->alg)) != 0)
			return true;
	}
	return !is_compared;
}

uint32_t boot_pcrs_differing(const struct evidence *then, const struct evidence *now)
{
	uint32_t pcrs = 0;

	for (unsigned pcr = 0; pcr < TCG_PCR_COUNT; pcr++)
		pcrs |= differs(then, now, pcr) ? 1U << pcr : 0;
	return pcrs;
}

void boot_changes_find(const struct evidence *then, const struct evidence *now,
	struct boot_difference *ret_difference)
{
	struct boot_difference *all = ret_difference;
	size_t kept = 0;

	*ret_difference = (struct boot_difference){0};
	if (!evidence_are_read(&then->boot.part, &now->boot.part))
		return;
	boot_difference_find(&then->boot.facts, &now->boot.facts, all);
	for (size_t i = 0; i < all->changes.count; i++) {
		if (differs(then, now, all->changes.items[i].pcr))
			all->changes.items[kept++] = all->changes.items[i];
	}
	memset(&all->changes.items[kept], 0,
		(all->changes.count - kept) * sizeof(all->changes.items[0]));
	all->changes.count = kept;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/boot_pcrs.h"

#include <string.h>

#include "core/measured/unlogged.h"

#define BOOT_PCRS ((1U << TCG_BOOT_PCR_COUNT) - 1)

/* What was found, before it is known whether a cap can be Windows'. */
struct comparison {
	struct boot_pcrs *boot_pcrs;
	unsigned unlogged[EVENTLOG_BANKS_MAX];
	uint32_t capped[EVENTLOG_BANKS_MAX];
	bool is_undecided; /* a digest could not be taken */
};

static bool is_zero(const uint8_t *value, size_t size)
{
	static const uint8_t zeros[TCG_DIGEST_MAX];

	return memcmp(value, zeros, size) == 0;
}

uint32_t boot_pcrs_measured(const struct tcg_pcr_bank *banks, size_t count)
{
	uint32_t measured = 0;

	for (size_t i = 0; i < count; i++) {
		for (unsigned pcr = 0; pcr < TCG_BOOT_PCR_COUNT; pcr++) {
			if (!is_zero(banks[i].values[pcr], tcg_digest_size(banks[i].alg)))
				measured |= banks[i].pcrs & 1U << pcr;
		}
	}
	return measured;
}

static void compare_pcr(struct comparison *comparison, size_t bank, unsigned pcr,
	const uint8_t *replayed, const uint8_t *value)
{
	struct boot_pcrs_bank *found = &comparison->boot_pcrs->banks[bank];
	size_t size = tcg_digest_size(found->alg);
	unsigned kinds = 0;
	struct error error;

	if (memcmp(replayed, value, size) == 0) {
		found->equal |= 1U << pcr;
	} else if (is_zero(value, size)) {
		found->zero |= 1U << pcr;
	} else if (unlogged_find(found->alg, pcr, replayed, value, &kinds, &error)) {
		comparison->is_undecided = true;
		found->other |= 1U << pcr;
	} else if (kinds) {
		found->explained |= 1U << pcr;
		if (kinds & UNLOGGED_CAP)
			comparison->capped[bank] |= 1U << pcr;
		comparison->unlogged[bank] |= kinds;
	} else {
		found->other |= 1U << pcr;
	}
}

static void compare_bank(struct comparison *comparison, const struct tcg_pcr_bank *tpm,
	const struct tcg_pcr_bank *log)
{
	size_t bank = comparison->boot_pcrs->bank_count;

	if (!(tpm->pcrs & log->pcrs & BOOT_PCRS) || bank == EVENTLOG_BANKS_MAX)
		return;
	comparison->boot_pcrs->bank_count++;
	comparison->boot_pcrs->banks[bank].alg = tpm->alg;
	for (unsigned pcr = 0; pcr < TCG_BOOT_PCR_COUNT; pcr++) {
		if (tpm->pcrs & log->pcrs & 1U << pcr)
			compare_pcr(comparison, bank, pcr, log->values[pcr], tpm->values[pcr]);
	}
}

static bool is_capped(const struct comparison *comparison, size_t bank)
{
	const struct boot_pcrs_bank *found = &comparison->boot_pcrs->banks[bank];

	return comparison->capped[bank] &&
	       comparison->capped[bank] ==
		       (found->equal | found->explained | found->zero | found->other);
}

/* Windows caps what it does not use, so it uses one. */
static void judge_caps(struct comparison *comparison, size_t tpm_count)
{
	struct boot_pcrs *boot_pcrs = comparison->boot_pcrs;
	size_t capped = 0;

	for (size_t i = 0; i < boot_pcrs->bank_count; i++)
		capped += is_capped(comparison, i);
	for (size_t i = 0; i < boot_pcrs->bank_count; i++) {
		struct boot_pcrs_bank *bank = &boot_pcrs->banks[i];

		if (!is_capped(comparison, i) || capped == tpm_count) {
			bank->explained &= ~comparison->capped[i];
			bank->other |= comparison->capped[i];
			comparison->unlogged[i] &= bank->explained ? ~(unsigned)UNLOGGED_CAP : 0;
		}
		boot_pcrs->unlogged |= comparison->unlogged[i];
	}
}

static enum boot_pcrs_result conclude(const struct comparison *comparison)
{
	const struct boot_pcrs *boot_pcrs = comparison->boot_pcrs;
	uint32_t equal = 0, explained = 0, against = 0;

	for (size_t i = 0; i < boot_pcrs->bank_count; i++) {
		equal |= boot_pcrs->banks[i].equal;
		explained |= boot_pcrs->banks[i].explained;
		against |= boot_pcrs->banks[i].zero | boot_pcrs->banks[i].other;
	}
	if (against)
		return equal || explained || comparison->is_undecided ? BOOT_PCRS_UNEXPLAINED
								      : BOOT_PCRS_CONTRADICTED;
	if (explained)
		return BOOT_PCRS_EXPLAINED;
	return equal ? BOOT_PCRS_EQUAL : BOOT_PCRS_UNCOVERED;
}

void boot_pcrs_compare(const struct tcg_pcr_bank *tpm, size_t tpm_count,
	const struct tcg_pcr_bank *log, size_t log_count, struct boot_pcrs *ret_boot_pcrs)
{
	struct comparison comparison = {.boot_pcrs = ret_boot_pcrs};

	*ret_boot_pcrs = (struct boot_pcrs){0};
	for (size_t i = 0; i < tpm_count; i++) {
		for (size_t j = 0; j < log_count; j++) {
			if (log[j].alg == tpm[i].alg)
				compare_bank(&comparison, &tpm[i], &log[j]);
		}
	}
	judge_caps(&comparison, tpm_count);
	ret_boot_pcrs->result = conclude(&comparison);
}

static const struct boot_pcrs_bank *find_bank(const struct boot_pcrs *boot_pcrs, uint16_t alg)
{
	for (size_t i = 0; i < boot_pcrs->bank_count; i++) {
		if (boot_pcrs->banks[i].alg == alg)
			return &boot_pcrs->banks[i];
	}
	return NULL;
}

void boot_pcrs_prefer(const struct tcg_pcr_bank *tpm, size_t tpm_count,
	const struct tcg_pcr_bank *firmware, struct tcg_pcr_bank *both, size_t log_count)
{
	struct boot_pcrs by_firmware, by_both;

	boot_pcrs_compare(tpm, tpm_count, firmware, log_count, &by_firmware);
	boot_pcrs_compare(tpm, tpm_count, both, log_count, &by_both);
	for (size_t i = 0; i < log_count; i++) {
		const struct boot_pcrs_bank *first = find_bank(&by_firmware, both[i].alg);
		const struct boot_pcrs_bank *second = find_bank(&by_both, both[i].alg);

		for (unsigned pcr = 0; first && second && pcr < TCG_BOOT_PCR_COUNT; pcr++) {
			if ((first->equal | first->explained) & second->other & 1U << pcr)
				memcpy(both[i].values[pcr], firmware[i].values[pcr],
					sizeof(both[i].values[pcr]));
		}
	}
}

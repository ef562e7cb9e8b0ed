/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/measured.h"

#include "core/measured/boot_pcrs.h"

/* PCRs of PCR 0 to 7 that this bank of the baseline held something in. */
static uint32_t measured_in(const struct evidence_pcrs *pcrs, uint16_t alg)
{
	for (size_t i = 0; i < pcrs->bank_count; i++) {
		if (pcrs->banks[i].alg == alg)
			return boot_pcrs_measured(&pcrs->banks[i], 1);
	}
	return 0;
}

/* A PCR that was zero and is not was extended: that says nothing of a reset. */
static enum measured conclude(uint32_t same, uint32_t lost, const struct measured_change *change)
{
	if (lost && !same)
		return MEASURED_OTHERWISE;
	if (change->other)
		return MEASURED_PARTLY;
	return same || change->known ? MEASURED_SAME : MEASURED_NOTHING;
}

void measured_compare(const struct evidence *baseline, const struct evidence *evidence,
	struct measured_change *ret_change)
{
	const struct evidence_pcrs *then = &baseline->pcrs, *now = &evidence->pcrs;
	struct measured_change change = {0};
	uint32_t same = 0, lost = 0;
	struct boot_pcrs found;

	/* What the baseline holds is to these values what a log's replay is to a TPM's. */
	boot_pcrs_compare(now->banks, now->bank_count, then->banks, then->bank_count, &found);
	for (size_t i = 0; i < found.bank_count; i++) {
		const struct boot_pcrs_bank *bank = &found.banks[i];
		uint32_t measured = measured_in(then, bank->alg);

		same |= (bank->equal | bank->explained) & measured;
		lost |= (bank->zero | bank->other) & measured;
		change.known |= bank->explained;
		change.zero |= bank->zero & measured;
		change.other |= bank->zero | bank->other;
	}
	change.unlogged = found.unlogged;
	change.known &= ~change.other;
	change.measured = conclude(same, lost, &change);
	change.is_gone = boot_pcrs_measured(then->banks, then->bank_count) &&
			 !boot_pcrs_measured(now->banks, now->bank_count);
	*ret_change = change;
}

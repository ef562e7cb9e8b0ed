/* SPDX-License-Identifier: BSD-2-Clause */
/* TPM2_PCR_Read, Part 3 section 22.4: at most 8 digests an answer, and with each the counter that
 * tells whether any PCR was extended in between. */
#include "agent/tpm/private.h"

#include <string.h>

#define READS_MAX 5 /* full readings before we say that the PCRs do not hold still */

/* The PCRs of a selection as a bit mask; the TPM may select fewer bytes than we look at. */
static uint32_t mask_of(const TPMS_PCR_SELECTION *selection)
{
	uint32_t mask = 0;

	for (unsigned i = 0; i < selection->sizeofSelect && i < TCG_PCR_COUNT / 8; i++)
		mask |= (uint32_t)selection->pcrSelect[i] << 8 * i;
	return mask;
}

static void select_pcrs(TPMS_PCR_SELECTION *selection, uint16_t alg, uint32_t mask)
{
	*selection = (TPMS_PCR_SELECTION){.hash = alg, .sizeofSelect = TCG_PCR_COUNT / 8};
	for (unsigned i = 0; i < TCG_PCR_COUNT / 8; i++)
		selection->pcrSelect[i] = (BYTE)(mask >> 8 * i);
}

void tpm_select_banks(const struct evidence_pcrs *pcrs, TPML_PCR_SELECTION *ret_selection)
{
	*ret_selection = (TPML_PCR_SELECTION){.count = (UINT32)pcrs->bank_count};
	for (size_t i = 0; i < pcrs->bank_count; i++)
		select_pcrs(
			&ret_selection->pcrSelections[i], pcrs->banks[i].alg, pcrs->banks[i].pcrs);
}

/* Takes the digests of one answer, which stand in the order of `got`. Returns how many PCRs that
 * were still wanted it brought; they are no longer wanted then. */
static unsigned take_values(struct tcg_pcr_bank *bank, uint32_t *wanted,
	const TPML_PCR_SELECTION *got, const TPML_DIGEST *values)
{
	uint32_t mask = got->count == 1 && got->pcrSelections[0].hash == bank->alg
				? mask_of(&got->pcrSelections[0])
				: 0;
	unsigned used = 0, taken = 0;

	for (unsigned pcr = 0; pcr < TCG_PCR_COUNT && used < values->count; pcr++) {
		const TPM2B_DIGEST *value = &values->digests[used];

		if (!(mask & 1U << pcr))
			continue;
		used++;
		if (!(*wanted & 1U << pcr) || value->size != tcg_digest_size(bank->alg))
			continue;
		memcpy(bank->values[pcr], value->buffer, value->size);
		bank->pcrs |= 1U << pcr;
		*wanted &= ~(1U << pcr);
		taken++;
	}
	return taken;
}

/* Reads one bank; false in *is_steady when the counter moved away from *counter. The first answer
 * of a reading sets the counter. */
static int read_bank(struct tpm *tpm, struct tcg_pcr_bank *bank, uint32_t wanted, bool is_first,
	uint32_t *counter, bool *is_steady, struct error *err)
{
	while (wanted) {
		TPML_PCR_SELECTION selection = {.count = 1}, got = {0};
		TPML_DIGEST values = {0};
		UINT32 now = 0;
		unsigned taken;
		TSS2_RC rc;

		select_pcrs(&selection.pcrSelections[0], bank->alg, wanted);
		rc = Tss2_Sys_PCR_Read(tpm->sys, NULL, &selection, &now, &got, &values, NULL);
		if (rc)
			return tpm_error(tpm, err, rc, "TPM2_PCR_Read");
		taken = take_values(bank, &wanted, &got, &values);
		if (!taken)
			return error_set(err, ERROR_MALFORMED,
				"TPM2_PCR_Read: an answer without any of the PCRs asked for");
		if (is_first)
			*counter = now;
		is_first = false;
		if (now != *counter)
			*is_steady = false;
	}
	return 0;
}

int tpm_read_pcrs(struct tpm *tpm, struct evidence_pcrs *ret, struct error *err)
{
	struct evidence_pcrs pcrs = {0};
	TPML_PCR_SELECTION banks;
	int rc = tpm_list_banks(tpm, &banks, err);

	for (uint32_t reading = 0; !rc && reading < READS_MAX && !pcrs.is_consistent; reading++) {
		pcrs.rereads = reading;
		pcrs.bank_count = 0;
		pcrs.is_consistent = true;
		for (uint32_t i = 0; !rc && i < banks.count; i++) {
			uint32_t wanted = mask_of(&banks.pcrSelections[i]);
			struct tcg_pcr_bank bank = {.alg = banks.pcrSelections[i].hash};

			if (!wanted || !tcg_digest_size(bank.alg))
				continue;
			if (pcrs.bank_count == EVIDENCE_BANKS_MAX)
				return error_set(err, ERROR_TOO_LARGE, "more than %d PCR banks",
					EVIDENCE_BANKS_MAX);
			rc = read_bank(tpm, &bank, wanted, pcrs.bank_count == 0,
				&pcrs.update_counter, &pcrs.is_consistent, err);
			pcrs.banks[pcrs.bank_count++] = bank;
		}
	}
	if (!rc)
		*ret = pcrs;
	return rc;
}

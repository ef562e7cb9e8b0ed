/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/initrd_pcrs.h"

#include <string.h>

#include "core/measured/unlogged.h"

#define PCR_IDENTITY 15U

static const struct tcg_pcr_bank *bank_of(const struct eventlog *log, uint16_t alg)
{
	return tcg_find_bank(log->banks, log->bank_count, alg);
}

struct logged {
	const struct tcg_pcr_bank *firmware, *initrd, *whole;
};

/* A value that neither explains stays, and is taken from those that are there. */
static int find_value(
	const struct logged *logged, unsigned pcr, struct tcg_pcr_bank *bank, struct error *err)
{
	const size_t size = tcg_digest_size(bank->alg);
	uint8_t *value = bank->values[pcr];
	bool is_known = memcmp(logged->initrd->values[pcr], value, size) == 0;
	int rc;

	if (pcr == PCR_IDENTITY || memcmp(logged->whole->values[pcr], value, size) == 0) {
		memcpy(value, logged->initrd->values[pcr], size);
		return 0;
	}
	if (is_known)
		return 0;
	rc = unlogged_find_initrd(
		bank->alg, pcr, logged->firmware->values[pcr], value, &is_known, value, err);
	if (!rc && !is_known)
		bank->pcrs &= ~(1U << pcr);
	return rc;
}

int initrd_pcrs_find(const struct tcg_pcr_bank *tpm, size_t count, const struct initrd_logs *logs,
	struct tcg_pcr_bank *ret_banks, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i++) {
		const struct logged logged = {bank_of(logs->firmware, tpm[i].alg),
			bank_of(logs->initrd, tpm[i].alg), bank_of(logs->whole, tpm[i].alg)};

		ret_banks[i] = tpm[i];
		if (!logged.firmware || !logged.initrd || !logged.whole)
			continue;
		for (unsigned pcr = 0; !rc && pcr < TCG_PCR_COUNT; pcr++) {
			if (tpm[i].pcrs & 1U << pcr)
				rc = find_value(&logged, pcr, &ret_banks[i], err);
		}
	}
	return rc;
}

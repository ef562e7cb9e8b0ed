/* SPDX-License-Identifier: BSD-2-Clause */
/* pcrlock.json, which a disk's policy is judged by. */
#include <string.h>

#include "core/disk/pcrlock.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tcg_pcr_bank bank = {.pcrs = 0xffffff};
	struct pcrlock pcrlock;
	struct policy policy;
	struct error err;
	int rc = pcrlock_read((const char *)data, size, &pcrlock, &err);

	if (rc) {
		FUZZ_ASSERT(rc == -(int)err.code && err.message[0]);
		return 0;
	}
	FUZZ_ASSERT(pcrlock.pcrs >> TCG_PCR_COUNT == 0);
	for (size_t pcr = 0; pcr < TCG_PCR_COUNT; pcr++) {
		bool has_values = pcrlock.allowed[pcr].count > 0;

		FUZZ_ASSERT(pcrlock.allowed[pcr].count <= PCRLOCK_VALUES_MAX);
		FUZZ_ASSERT(has_values == !!(pcrlock.pcrs & 1U << pcr));
	}
	FUZZ_ASSERT(!pcrlock_digest(&pcrlock, &policy, &err));
	FUZZ_ASSERT(!(pcrlock_misfits(&pcrlock, &bank) & ~pcrlock.pcrs));
	return 0;
}

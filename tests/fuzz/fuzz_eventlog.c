/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/measured/eventlog.h"
#include "tests/fuzz/fuzz.h"

static void check_bank(const struct tcg_pcr_bank *bank)
{
	size_t size = tcg_digest_size(bank->alg);

	FUZZ_ASSERT(size > 0);
	FUZZ_ASSERT(bank->pcrs >> TCG_PCR_COUNT == 0);
	for (size_t pcr = 0; pcr < TCG_PCR_COUNT; pcr++) {
		for (size_t i = size; i < TCG_DIGEST_MAX; i++)
			FUZZ_ASSERT(bank->values[pcr][i] == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct eventlog log = {.events = UINT32_MAX, .bank_count = SIZE_MAX};
	struct error err = {0};
	int rc;

	rc = eventlog_replay(data, size, NULL, NULL, &log, &err);
	if (rc) {
		FUZZ_ASSERT(rc == -(int)err.code && err.message[0]);
		FUZZ_ASSERT(log.events == UINT32_MAX && log.bank_count == SIZE_MAX);
		return 0;
	}
	FUZZ_ASSERT(log.bank_count <= EVENTLOG_BANKS_MAX);
	FUZZ_ASSERT(log.events <= EVENTLOG_MAX_EVENTS);
	FUZZ_ASSERT((log.format == EVENTLOG_UNKNOWN) == (log.events == 0));
	for (size_t i = 0; i < log.bank_count; i++)
		check_bank(&log.banks[i]);
	return 0;
}

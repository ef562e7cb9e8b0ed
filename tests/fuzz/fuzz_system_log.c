/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "core/measured/system_log.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct eventlog before, log;
	struct error err = {0};
	int rc;

	before = (struct eventlog){.bank_count = 2,
		.events = 7,
		.banks = {{.alg = TCG_ALG_SHA1}, {.alg = TCG_ALG_SHA256, .pcrs = 1}}};
	log = before;
	rc = system_log_replay(data, size, NULL, NULL, &log, &err);
	if (rc) {
		FUZZ_ASSERT(rc == -(int)err.code && err.message[0]);
		FUZZ_ASSERT(memcmp(&log, &before, sizeof(log)) == 0);
		return 0;
	}
	FUZZ_ASSERT(log.bank_count == 2 && log.events >= 7);
	FUZZ_ASSERT(log.events - 7 <= SYSTEM_LOG_MAX_RECORDS);
	for (size_t i = 0; i < 2; i++)
		FUZZ_ASSERT(log.banks[i].pcrs >> TCG_PCR_COUNT == 0);
	FUZZ_ASSERT(log.banks[1].pcrs & 1);
	return 0;
}

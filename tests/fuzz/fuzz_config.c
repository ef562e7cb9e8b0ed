/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "agent/options.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct options none;
	struct options options = none;
	struct error err = {0};
	int rc = options_parse_config((const char *)data, size, &options, &err);

	if (rc) {
		FUZZ_ASSERT(rc == -ERROR_CONFIG && err.code == ERROR_CONFIG && err.message[0]);
		FUZZ_ASSERT(memcmp(&options, &none, sizeof(options)) == 0);
		return 0;
	}
	FUZZ_ASSERT(options.timeout_s <= 3600 && options.interval_s <= 86400);
	FUZZ_ASSERT(!*options.model || strcmp(options.model, "tpm-crb") == 0 ||
		    strcmp(options.model, "tpm-tis") == 0);
	for (const char *at = options.tcti; *at; at++)
		FUZZ_ASSERT(*at >= ' ' && *at <= '~');
	FUZZ_ASSERT(memchr(options.state, 0, sizeof(options.state)));
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/signed/public_area.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct public_area area = {.attributes = 99};
	struct error err = {0};
	int rc = public_area_read(data, size, &area, &err);

	if (rc) {
		FUZZ_ASSERT(rc == -(int)err.code && err.message[0] && area.attributes == 99);
		return 0;
	}
	FUZZ_ASSERT(area.key.alg == TCG_ALG_RSA || area.key.alg == TCG_ALG_ECC);
	FUZZ_ASSERT((area.key.alg == TCG_ALG_RSA) == (area.key.bits != 0));
	FUZZ_ASSERT((area.key.alg == TCG_ALG_ECC) == (area.key.curve != 0));
	FUZZ_ASSERT(area.key.unique_len > 0 && area.key.unique_len <= sizeof(area.key.unique));
	FUZZ_ASSERT(public_area_same_key(&area.key, &area.key));
	return 0;
}

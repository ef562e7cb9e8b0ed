/* SPDX-License-Identifier: BSD-2-Clause */
/* TPM2_GetRandom, Part 3 section 16.1: an answer holds at most as much as the largest digest. */
#include "agent/tpm/private.h"

#include <string.h>

int tpm_read_random(
	struct tpm *tpm, uint8_t *ret_bytes, size_t len, size_t *ret_block, struct error *err)
{
	size_t done = 0;

	while (done < len) {
		TPM2B_DIGEST block = {.size = sizeof(block.buffer)};
		TSS2_RC rc = Tss2_Sys_GetRandom(tpm->sys, NULL, (UINT16)(len - done), &block, NULL);
		size_t got;

		if (rc)
			return tpm_error(tpm, err, rc, "TPM2_GetRandom");
		got = block.size;
		if (!got || got > len - done)
			return error_set(err, ERROR_MALFORMED,
				"TPM2_GetRandom: %zu bytes when asked for %zu", got, len - done);
		memcpy(ret_bytes + done, block.buffer, got);
		if (!done)
			*ret_block = got;
		done += got;
	}
	return 0;
}

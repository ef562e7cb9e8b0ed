/* SPDX-License-Identifier: BSD-2-Clause */
/* TPM2_GetTestResult: Part 3 section 10.4. */
#include "agent/tpm/private.h"

#include <string.h>

int tpm_read_self_test(struct tpm *tpm, struct evidence_self_test *ret, struct error *err)
{
	TPM2B_MAX_BUFFER data = {.size = sizeof(data.buffer)};
	TPM2_RC result = TPM2_RC_SUCCESS;
	TSS2_RC rc = Tss2_Sys_GetTestResult(tpm->sys, NULL, &data, &result, NULL);

	if (rc)
		return tpm_error(tpm, err, rc, "TPM2_GetTestResult");
	ret->result = result;
	ret->data.len = data.size < sizeof(ret->data.data) ? data.size : sizeof(ret->data.data);
	memcpy(ret->data.data, data.buffer, ret->data.len);
	return 0;
}

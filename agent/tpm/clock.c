/* SPDX-License-Identifier: BSD-2-Clause */
/* TPM2_ReadClock (Part 3 section 29.1) and TPM2_GetTestResult (section 10.4). */
#include "agent/tpm/private.h"

#include <string.h>

int tpm_read_clock(struct tpm *tpm, struct evidence_clock *ret, struct error *err)
{
	TPMS_TIME_INFO time = {0};
	TSS2_RC rc = Tss2_Sys_ReadClock(tpm->sys, NULL, &time, NULL);

	if (rc)
		return tpm_error(tpm, err, rc, "TPM2_ReadClock");
	if (time.clockInfo.safe != TPM2_YES && time.clockInfo.safe != TPM2_NO)
		return error_set(err, ERROR_MALFORMED, "TPM2_ReadClock: an answer cut short");
	ret->time_ms = time.time;
	ret->clock_ms = time.clockInfo.clock;
	ret->reset_count = time.clockInfo.resetCount;
	ret->restart_count = time.clockInfo.restartCount;
	ret->is_safe = time.clockInfo.safe == TPM2_YES;
	return 0;
}

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

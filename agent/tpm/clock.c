/* SPDX-License-Identifier: BSD-2-Clause */
/* TPM2_ReadClock: Part 3 section 29.1. */
#include "agent/tpm/private.h"

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

/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/tpm/private.h"

#include <inttypes.h>
#include <tss2/tss2_rc.h>

/* TPM_E_COMMAND_BLOCKED: Windows' TBS passes it off as the TPM's own response code. */
#define RC_COMMAND_BLOCKED 0x80280400U

/* A resource manager, such as the kernel's behind /dev/tpmrm0, answers in the TPM's place where it
 * must: TSS 2.0 Overview and Common Structures, section 3.10. */
static bool is_from_tpm(TSS2_RC rc)
{
	TSS2_RC layer = rc & TSS2_RC_LAYER_MASK;

	return layer == TSS2_TPM_RC_LAYER || layer == TSS2_RESMGR_TPM_RC_LAYER ||
	       layer == TSS2_RESMGR_RC_LAYER;
}

static enum error_code code_of(TSS2_RC rc)
{
	if (rc == RC_COMMAND_BLOCKED)
		return ERROR_TPM_BLOCKED;
	/* tpm2-tss itself: our calls are right, so it is the answer that is not. */
	if (!is_from_tpm(rc))
		return (rc & ~TSS2_RC_LAYER_MASK) == TSS2_BASE_RC_MEMORY ? ERROR_NO_MEMORY
									 : ERROR_MALFORMED;
	switch (tcg_rc_base(rc)) {
	case TPM2_RC_FAILURE:
		return ERROR_TPM_FAILURE;
	case TPM2_RC_INITIALIZE:
		return ERROR_TPM_INITIALIZE;
	case TPM2_RC_LOCKOUT:
		return ERROR_TPM_LOCKOUT;
	case TPM2_RC_AUTH_FAIL:
	case TPM2_RC_BAD_AUTH:
	case TPM2_RC_AUTH_MISSING:
	case TPM2_RC_AUTH_UNAVAILABLE:
		return ERROR_TPM_AUTH;
	case TPM2_RC_COMMAND_CODE:
		return ERROR_UNSUPPORTED;
	default:
		return ERROR_TPM_RC;
	}
}

int tpm_error(const struct tpm *tpm, struct error *err, TSS2_RC rc, const char *what)
{
	int result;

	/* What broke on the way says more than what tpm2-tss makes of it. */
	if (tpm->tcti.has_failed)
		return error_copy(err, &tpm->tcti.error);
	result = error_set(err, code_of(rc), "%s: %s (0x%03" PRIx32 ")", what,
		rc == RC_COMMAND_BLOCKED ? "Windows does not let this user; run as administrator"
					 : Tss2_RC_Decode(rc),
		rc);
	err->rc = rc;
	return result;
}

bool tpm_is_dead(const struct tpm *tpm, struct error *ret_err)
{
	if (tpm->tcti.is_dead)
		*ret_err = tpm->tcti.error;
	return tpm->tcti.is_dead;
}

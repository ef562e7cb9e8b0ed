/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/tpm/private.h"

#include <stdlib.h>

int tpm_open(struct transport *transport, struct tpm **ret_tpm, struct error *err)
{
	TSS2_ABI_VERSION version = TSS2_ABI_VERSION_CURRENT;
	size_t size = Tss2_Sys_GetContextSize(TRANSPORT_BYTES_MAX);
	struct tpm *tpm = calloc(1, sizeof(*tpm));
	TSS2_SYS_CONTEXT *sys = calloc(1, size);
	TSS2_RC tss_rc;
	int rc = tpm && sys ? transport->wait_open(transport, err)
			    : error_set(err, ERROR_NO_MEMORY, "no memory for a TPM context");

	if (rc) {
		free(sys);
		free(tpm);
		transport->close(transport);
		return rc;
	}
	tpm->sys = sys;
	tpm_tcti_init(&tpm->tcti, transport);
	tss_rc = Tss2_Sys_Initialize(sys, size, (TSS2_TCTI_CONTEXT *)&tpm->tcti, &version);
	if (tss_rc) {
		rc = tpm_error(tpm, err, tss_rc, "tpm2-tss");
		tpm_close(tpm);
		return rc;
	}
	*ret_tpm = tpm;
	return 0;
}

void tpm_close(struct tpm *tpm)
{
	struct error ignored;

	if (!tpm)
		return;
	tpm_flush_ak(tpm, &ignored);
	Tss2_Sys_Finalize(tpm->sys);
	free(tpm->sys);
	tpm->tcti.transport->close(tpm->tcti.transport);
	free(tpm);
}

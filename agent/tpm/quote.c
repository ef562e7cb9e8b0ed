/* SPDX-License-Identifier: BSD-2-Clause */
/* TPM2_Quote, Part 3 section 18.4. */
#include "agent/tpm/private.h"

#include <string.h>
#include <tss2/tss2_mu.h>

int tpm_quote(struct tpm *tpm, const struct evidence_pcrs *pcrs,
	const struct crypto_bytes *qualifying, struct evidence_quote *ret, struct error *err)
{
	const TPMT_SIG_SCHEME scheme = {.scheme = TPM2_ALG_NULL}; /* the key's own */
	TPM2B_DATA nonce = {.size = (UINT16)qualifying->len};
	TPML_PCR_SELECTION selection;
	TPM2B_ATTEST attest = {.size = sizeof(attest.attestationData)};
	TPMT_SIGNATURE signature = {0};
	TSS2L_SYS_AUTH_RESPONSE answer = {.count = 1};
	size_t signature_len = 0;
	TSS2_RC rc;

	memcpy(nonce.buffer, qualifying->bytes, qualifying->len);
	tpm_select_banks(pcrs, &selection);
	rc = Tss2_Sys_Quote(tpm->sys, tpm->ak, &tpm_empty_password, &nonce, &scheme, &selection,
		&attest, &signature, &answer);
	if (rc)
		return tpm_error(tpm, err, rc, "TPM2_Quote");
	rc = Tss2_MU_TPMT_SIGNATURE_Marshal(
		&signature, ret->signature.data, sizeof(ret->signature.data), &signature_len);
	if (rc || attest.size > sizeof(ret->attest.data))
		return error_set(
			err, ERROR_MALFORMED, "TPM2_Quote: an answer that does not marshal");
	ret->signature.len = signature_len;
	ret->attest.len = attest.size;
	memcpy(ret->attest.data, attest.attestationData, attest.size);
	return 0;
}

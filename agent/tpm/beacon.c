/* SPDX-License-Identifier: BSD-2-Clause */
/* The beacon's NV commands: Part 3 sections 31.3, 31.4, 31.8 and 31.16. */
#include "agent/tpm/private.h"

#include <string.h>
#include <tss2/tss2_mu.h>

#include "core/signed/attest.h"
#include "core/signed/beacon.h"

/* Empty passwords: the key's and the index's. */
static const TSS2L_SYS_AUTH_COMMAND two_auths = {
	.count = 2, .auths = {{.sessionHandle = TPM2_RS_PW}, {.sessionHandle = TPM2_RS_PW}}};

int tpm_advance_beacon(struct tpm *tpm, struct error *err)
{
	TSS2L_SYS_AUTH_RESPONSE answer = {.count = 1};
	TSS2_RC rc = Tss2_Sys_NV_Increment(
		tpm->sys, BEACON_INDEX, BEACON_INDEX, &tpm_empty_password, &answer);

	return rc ? tpm_error(tpm, err, rc, "TPM2_NV_Increment") : 0;
}

int tpm_define_beacon(struct tpm *tpm, struct error *err)
{
	const TPM2B_AUTH empty = {0};
	const TPM2B_NV_PUBLIC public = {
		.nvPublic =
			{
				.nvIndex = BEACON_INDEX,
				.nameAlg = TPM2_ALG_SHA256,
				.attributes = BEACON_ATTRIBUTES,
				.dataSize = BEACON_BYTES,
			},
	};
	TSS2L_SYS_AUTH_RESPONSE answer = {.count = 1};
	TSS2_RC rc = Tss2_Sys_NV_DefineSpace(
		tpm->sys, TPM2_RH_OWNER, &tpm_empty_password, &empty, &public, &answer);

	if (rc)
		return tpm_error(tpm, err, rc, "TPM2_NV_DefineSpace");
	return tpm_advance_beacon(tpm, err);
}

int tpm_undefine_beacon(struct tpm *tpm, struct error *err)
{
	TSS2L_SYS_AUTH_RESPONSE answer = {.count = 1};
	TSS2_RC rc = Tss2_Sys_NV_UndefineSpace(
		tpm->sys, TPM2_RH_OWNER, BEACON_INDEX, &tpm_empty_password, &answer);

	return rc ? tpm_error(tpm, err, rc, "TPM2_NV_UndefineSpace") : 0;
}

int tpm_certify_beacon(struct tpm *tpm, const struct crypto_bytes *qualifying,
	struct evidence_beacon *ret, struct error *err)
{
	const TPMT_SIG_SCHEME scheme = {.scheme = TPM2_ALG_NULL};
	TPM2B_DATA nonce = {.size = (UINT16)qualifying->len};
	TPM2B_ATTEST attest = {.size = sizeof(attest.attestationData)};
	TSS2L_SYS_AUTH_RESPONSE answer = {.count = 2};
	TPMT_SIGNATURE signature;
	struct attest_nv certified;
	size_t signature_len = 0;
	TSS2_RC rc;
	int result;

	memcpy(nonce.buffer, qualifying->bytes, qualifying->len);
	rc = Tss2_Sys_NV_Certify(tpm->sys, tpm->ak, BEACON_INDEX, BEACON_INDEX, &two_auths, &nonce,
		&scheme, BEACON_BYTES, 0, &attest, &signature, &answer);
	if (rc)
		return tpm_error(tpm, err, rc, "TPM2_NV_Certify");
	rc = Tss2_MU_TPMT_SIGNATURE_Marshal(
		&signature, ret->signature.data, sizeof(ret->signature.data), &signature_len);
	if (rc || attest.size > sizeof(ret->attest.data))
		return error_set(
			err, ERROR_MALFORMED, "TPM2_NV_Certify: an answer that does not marshal");
	ret->signature.len = signature_len;
	ret->attest.len = attest.size;
	memcpy(ret->attest.data, attest.attestationData, attest.size);
	result = attest_read_nv(ret->attest.data, ret->attest.len, &certified, err);
	if (!result)
		ret->value = certified.value;
	return result;
}

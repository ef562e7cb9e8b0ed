/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TPM2_ActivateCredential, Part 3 section 12.5, and the policy sessions that an EK asks for: EK
 * Credential Profile, annex B.6. Always the EK's policy, never its password: a hierarchy's
 * authorization is exempt from dictionary-attack protection, a key's may not be.
 */
#include "agent/tpm/private.h"

#include <string.h>
#include <tss2/tss2_mu.h>

#include "platform/system.h"

/* PolicyC, the other branch of PolicyB: annex B.6.4. */
static const uint8_t policy_c_sha256[] = {0x37, 0x67, 0xe2, 0xed, 0xd4, 0x3f, 0xf4, 0x5a, 0x3a,
	0x7e, 0x1e, 0xae, 0xfc, 0xef, 0x78, 0x64, 0x3d, 0xca, 0x96, 0x46, 0x32, 0xe7, 0xaa, 0xd8,
	0x2c, 0x67, 0x3a, 0x30, 0xd8, 0x63, 0x3f, 0xde};
static const uint8_t policy_c_sha384[] = {0xd6, 0x03, 0x2c, 0xe6, 0x1f, 0x2f, 0xb3, 0xc2, 0x40,
	0xeb, 0x3c, 0xf6, 0xa3, 0x32, 0x37, 0xef, 0x2b, 0x6a, 0x16, 0xf4, 0x29, 0x3c, 0x22, 0xb4,
	0x55, 0xe2, 0x61, 0xcf, 0xfd, 0x21, 0x7a, 0xd5, 0xb4, 0x94, 0x7c, 0x2d, 0x73, 0xe6, 0x30,
	0x05, 0xee, 0xd2, 0xdc, 0x2b, 0x35, 0x93, 0xd1, 0x65};

static int start_session(struct tpm *tpm, uint16_t hash, uint32_t *ret_session, struct error *err)
{
	const TPM2B_ENCRYPTED_SECRET no_salt = {0};
	const TPMT_SYM_DEF no_encryption = {.algorithm = TPM2_ALG_NULL};
	TPM2B_NONCE ours = {.size = 16}, theirs = {.size = sizeof(theirs.buffer)};
	TSS2_RC rc;
	int result = platform_random(ours.buffer, ours.size, err);

	if (result)
		return result;
	rc = Tss2_Sys_StartAuthSession(tpm->sys, TPM2_RH_NULL, TPM2_RH_NULL, NULL, &ours, &no_salt,
		TPM2_SE_POLICY, &no_encryption, hash, ret_session, &theirs, NULL);
	return rc ? tpm_error(tpm, err, rc, "TPM2_StartAuthSession") : 0;
}

/* PolicyA: whoever knows the endorsement hierarchy's authorization, here the empty one. */
static int satisfy_policy_a(struct tpm *tpm, uint32_t session, struct error *err)
{
	const TPM2B_NONCE any_nonce = {0};
	const TPM2B_DIGEST any_command = {0};
	TPM2B_TIMEOUT timeout = {.size = sizeof(timeout.buffer)};
	TPMT_TK_AUTH ticket = {0};
	TSS2L_SYS_AUTH_RESPONSE answer = {.count = 1};
	TSS2_RC rc =
		Tss2_Sys_PolicySecret(tpm->sys, TPM2_RH_ENDORSEMENT, session, &tpm_empty_password,
			&any_nonce, &any_command, &any_nonce, 0, &timeout, &ticket, &answer);

	return rc ? tpm_error(tpm, err, rc, "TPM2_PolicySecret") : 0;
}

/* PolicyB, of the profile's high range: PolicyA, or an authorization in NV. */
static int satisfy_policy_b(struct tpm *tpm, uint32_t session, struct error *err)
{
	TPML_DIGEST branches = {.count = 2};
	TPM2B_DIGEST *first = &branches.digests[0], *second = &branches.digests[1];
	TSS2_RC rc;

	first->size = sizeof(first->buffer);
	rc = Tss2_Sys_PolicyGetDigest(tpm->sys, session, NULL, first, NULL);
	if (rc)
		return tpm_error(tpm, err, rc, "TPM2_PolicyGetDigest");
	second->size = first->size;
	memcpy(second->buffer,
		first->size == sizeof(policy_c_sha384) ? policy_c_sha384 : policy_c_sha256,
		first->size == sizeof(policy_c_sha384) ? sizeof(policy_c_sha384)
						       : sizeof(policy_c_sha256));
	rc = Tss2_Sys_PolicyOR(tpm->sys, session, NULL, &branches, NULL);
	return rc ? tpm_error(tpm, err, rc, "TPM2_PolicyOR") : 0;
}

static int activate(struct tpm *tpm, uint32_t ek, uint32_t session, const TPM2B_ID_OBJECT *object,
	const TPM2B_ENCRYPTED_SECRET *encrypted, TPM2B_DIGEST *ret_secret, struct error *err)
{
	const TSS2L_SYS_AUTH_COMMAND auths = {.count = 2,
		.auths = {{.sessionHandle = TPM2_RS_PW},
			{.sessionHandle = session,
				.sessionAttributes = TPMA_SESSION_CONTINUESESSION}}};
	TSS2L_SYS_AUTH_RESPONSE answer = {.count = 2};
	TPM2B_DIGEST secret = {.size = sizeof(secret.buffer)};
	TSS2_RC rc = Tss2_Sys_ActivateCredential(
		tpm->sys, tpm->ak, ek, &auths, object, encrypted, &secret, &answer);

	if (rc)
		return tpm_error(tpm, err, rc, "TPM2_ActivateCredential");
	*ret_secret = secret;
	return 0;
}

static int activate_by_policy(struct tpm *tpm, uint32_t ek, uint16_t name_alg, bool is_high,
	const TPM2B_ID_OBJECT *object, const TPM2B_ENCRYPTED_SECRET *encrypted,
	TPM2B_DIGEST *ret_secret, struct error *err)
{
	struct error ignored;
	uint32_t session = 0;
	int rc = start_session(tpm, name_alg, &session, err);

	if (rc)
		return rc;
	rc = satisfy_policy_a(tpm, session, err);
	if (!rc && is_high)
		rc = satisfy_policy_b(tpm, session, err);
	if (!rc)
		rc = activate(tpm, ek, session, object, encrypted, ret_secret, err);
	tpm_flush(tpm, session, &ignored);
	return rc;
}

/* Of the profile's high range, whose keys have PolicyB. */
static bool is_high(const struct evidence_key *ek)
{
	const struct ek_template *template = evidence_ek_template(ek);

	return template && template->index >= TCG_NV_EK_CERT_HIGH_FIRST;
}

int tpm_activate(struct tpm *tpm, const struct evidence_key *ek,
	const struct crypto_bytes *id_object, const struct crypto_bytes *encrypted_secret,
	uint8_t *ret_secret, size_t secret_len, struct error *err)
{
	TPM2B_ID_OBJECT object = {0};
	TPM2B_ENCRYPTED_SECRET encrypted = {0};
	TPM2B_DIGEST secret = {0};
	size_t object_end = 0, encrypted_end = 0;
	uint32_t handle = ek->handle;
	int rc;
	TSS2_RC tss_rc = Tss2_MU_TPM2B_ID_OBJECT_Unmarshal(
		id_object->bytes, id_object->len, &object_end, &object);

	if (!tss_rc)
		tss_rc = Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal(
			encrypted_secret->bytes, encrypted_secret->len, &encrypted_end, &encrypted);
	if (object_end != id_object->len || encrypted_end != encrypted_secret->len)
		tss_rc = TSS2_MU_RC_BAD_SIZE;
	if (tss_rc || ek->name.len < 2)
		return error_set(err, ERROR_MALFORMED, "a credential that is none");
	rc = ek->handle ? 0 : tpm_load_ek(tpm, ek, &handle, err);
	if (rc)
		return rc;
	rc = activate_by_policy(tpm, handle, (uint16_t)(ek->name.data[0] << 8 | ek->name.data[1]),
		is_high(ek), &object, &encrypted, &secret, err);
	if (!ek->handle)
		tpm_unload_ek(tpm, ek, handle);
	if (!rc && secret.size != secret_len)
		rc = error_set(err, ERROR_MALFORMED, "TPM2_ActivateCredential: %u bytes, not %zu",
			secret.size, secret_len);
	if (!rc)
		memcpy(ret_secret, secret.buffer, secret_len);
	return rc;
}

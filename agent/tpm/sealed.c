/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether something sealed is of this TPM: TPM2_Load, Part 3 section 12.2. A storage key that has
 * another seed finds at once that the object's integrity value is not its own; nothing is unsealed,
 * and no password but the parent's empty one is given.
 */
#include "agent/tpm/private.h"

#include <string.h>
#include <tss2/tss2_mu.h>

#include "agent/tpm/templates.h"
#include "core/buf.h"
#include "core/disk/signer.h"
#include "core/log.h"
#include "core/reader.h"

static bool is_rc(const struct error *err, uint32_t rc)
{
	return err->code == ERROR_TPM_RC && tcg_rc_base(err->rc) == rc;
}

/* Somebody else's persistent key: its password may not be empty. */
static int check_persistent(struct tpm *tpm, uint32_t handle, struct error *err)
{
	struct object_view view;
	struct reader area;
	int rc = tpm_read_public(tpm, handle, &view, err);

	if (rc && is_rc(err, TPM2_RC_HANDLE))
		return error_set(err, ERROR_NOT_FOUND,
			"the storage key 0x%08x is not in the TPM any more", handle);
	if (rc)
		return rc;
	area = reader_of(view.area.bytes, view.area.len);
	reader_u32be(&area); /* type, nameAlg */
	if (!(reader_u32be(&area) & TPMA_OBJECT_NODA))
		return error_set(err, ERROR_UNSUPPORTED,
			"the storage key 0x%08x may have a password, and a wrong one counts",
			handle);
	return 0;
}

static int derive_parent(struct tpm *tpm, const struct sealed_parent *parent, bool is_srk,
	uint32_t *ret_handle, struct error *err)
{
	bool is_rsa = is_srk ? parent->is_rsa : parent->kind == SEALED_UNDER_RSA;
	TPMT_PUBLIC *fields = &tpm->parent_template.publicArea;
	struct evidence_key key = {0};

	tpm->parent_template = is_rsa ? template_storage_rsa : template_storage_ecc;
	fields->nameAlg = parent->name_alg;
	if (is_srk)
		fields->objectAttributes |= TPMA_OBJECT_NODA;
	return tpm_create_primary(tpm, TPM2_RH_OWNER, &tpm->parent_template, ret_handle, &key, err);
}

int tpm_load_parent(struct tpm *tpm, const struct sealed_parent *parent, uint32_t *ret_handle,
	bool *ret_is_gone, struct error *err)
{
	bool is_srk = parent->kind == SEALED_UNDER_HANDLE && parent->handle == TCG_HANDLE_SRK;
	int rc;

	*ret_is_gone = false;
	if (parent->kind != SEALED_UNDER_HANDLE)
		return derive_parent(tpm, parent, false, ret_handle, err);
	rc = check_persistent(tpm, parent->handle, err);
	if (!rc)
		*ret_handle = parent->handle;
	if (rc != -ERROR_NOT_FOUND || !is_srk)
		return rc;
	*ret_is_gone = true;
	return derive_parent(tpm, parent, true, ret_handle, err);
}

void tpm_unload_parent(struct tpm *tpm, uint32_t handle)
{
	struct error ignored;

	if (handle < HANDLE_PERSISTENT_FIRST)
		tpm_unload(tpm, handle, &tpm->parent_template, &ignored);
}

/* The areas as tpm2-tss takes them. Its own reader would refuse what it does not know. */
static int unpack(const struct sealed_share *share, TPM2B_PRIVATE *ret_private,
	TPM2B_PUBLIC *ret_public, struct error *err)
{
	const size_t len = share->public_area.len;
	size_t offset = 0;
	TSS2_RC rc;

	*ret_public = (TPM2B_PUBLIC){0};
	ret_private->size = (UINT16)share->private_area.len;
	memcpy(ret_private->buffer, share->private_area.data, share->private_area.len);
	rc = Tss2_MU_TPMT_PUBLIC_Unmarshal(
		share->public_area.data, len, &offset, &ret_public->publicArea);
	if (rc || offset != len)
		return error_set(err, ERROR_MALFORMED, "not the public area of a sealed object");
	return 0;
}
_Static_assert(SEALED_PRIVATE_MAX <= sizeof(((TPM2B_PRIVATE *)0)->buffer), "it fits");

static int load_once(
	struct tpm *tpm, uint32_t parent, const struct sealed_share *share, struct error *err)
{
	TPM2B_PRIVATE private_area = {0};
	TPM2B_PUBLIC public_area;
	TPM2B_NAME name = {.size = sizeof(name.name)};
	TSS2L_SYS_AUTH_RESPONSE answer = {.count = 1};
	TPM2_HANDLE handle = 0;
	TSS2_RC rc;
	int result = unpack(share, &private_area, &public_area, err);

	if (result)
		return result;
	rc = Tss2_Sys_Load(tpm->sys, parent, &tpm_empty_password, &private_area, &public_area,
		&handle, &name, &answer);
	if (rc) {
		result = tpm_error(tpm, err, rc, "TPM2_Load");
		if (result == -ERROR_ANSWER_LOST)
			tpm_note_lost(tpm, &public_area);
		tpm_flush_strays(tpm, &public_area);
		return result;
	}
	result = tpm_check_is_new(tpm, handle, err);
	if (result)
		tpm_flush_strays(tpm, &public_area);
	else
		result = tpm_unload(tpm, handle, &public_area, err);
	return result;
}

/* What was loaded behind a lost answer stays so, until it is flushed past the resource manager. */
static int load(
	struct tpm *tpm, uint32_t parent, const struct sealed_share *share, struct error *err)
{
	int rc = load_once(tpm, parent, share, err);

	if (rc != -ERROR_ANSWER_LOST)
		return rc;
	log_write(LOG_LEVEL_INFO, "%s; loaded again", err->message);
	return load_once(tpm, parent, share, err);
}

/* systemd seals to a key of any size, which the TPM is first asked to load when the disk is to be
 * opened. TPM2_TestParms, Part 3 section 30.3, says the same without loading it. */
static bool refuses_signer(struct tpm *tpm, const struct sealed *sealed)
{
	TPMT_PUBLIC_PARMS parameters = {.type = TPM2_ALG_RSA,
		.parameters.rsaDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL, .scheme.scheme = TPM2_ALG_NULL}};
	struct signer signer;
	struct error err;
	TSS2_RC rc;

	if (!sealed->is_signed)
		return false;
	if (signer_read(sealed->signer.text, sealed->signer.len, &signer, &err))
		return false;
	parameters.parameters.rsaDetail.keyBits = signer.bits;
	rc = Tss2_Sys_TestParms(tpm->sys, NULL, &parameters, NULL);
	if (rc)
		tpm_error(tpm, &err, rc, "TPM2_TestParms");
	return rc && is_rc(&err, TPM2_RC_VALUE);
}

void tpm_try_sealed(struct tpm *tpm, uint32_t parent, const struct sealed *sealed,
	struct disk_outcome *ret_outcome)
{
	struct disk_outcome outcome = {.load = DISK_LOADED};
	int rc = 0;

	for (size_t i = 0; !rc && i < sealed->share_count; i++)
		rc = load(tpm, parent, &sealed->shares[i], &outcome.error);
	if (rc == -ERROR_TPM_LOCKOUT)
		outcome.load = DISK_LOAD_LOCKOUT;
	else if (rc && is_rc(&outcome.error, TPM2_RC_INTEGRITY))
		outcome.load = DISK_LOAD_FOREIGN;
	else if (rc)
		outcome.load = DISK_LOAD_FAILED;
	else
		outcome.refuses_signer = refuses_signer(tpm, sealed);
	*ret_outcome = outcome;
}

void tpm_try_pcrlock(struct tpm *tpm, const struct sealed *sealed, bool is_owner_auth_set,
	struct disk_outcome *outcome)
{
	struct evidence_nv_index index = {0};
	BUF_SCOPED data = {0};
	struct error err;
	bool is_same;
	int rc = tpm_read_nv_public(tpm, sealed->pcrlock.index, &index, &err);

	outcome->nv = DISK_NV_UNKNOWN;
	outcome->nv_len = 0;
	if (rc) {
		outcome->nv = is_rc(&err, TPM2_RC_HANDLE) ? DISK_NV_GONE : DISK_NV_UNKNOWN;
		return;
	}
	is_same = index.name.len == sealed->pcrlock.name_len &&
		  memcmp(index.name.data, sealed->pcrlock.name, index.name.len) == 0;
	outcome->nv = is_same ? DISK_NV_THERE : DISK_NV_OTHER;
	if (!is_same || index.size > sizeof(outcome->nv_content))
		return;
	rc = tpm_read_nv_data(tpm, &index, is_owner_auth_set, &data, &err);
	if (rc || !data.len || data.len > sizeof(outcome->nv_content))
		return;
	memcpy(outcome->nv_content, data.data, data.len);
	outcome->nv_len = data.len;
}

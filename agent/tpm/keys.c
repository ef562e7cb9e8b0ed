/* SPDX-License-Identifier: BSD-2-Clause */
/* Public areas of the keys a TPM holds, and the primary keys that a run derives from its seeds. */
#include "agent/tpm/private.h"

#include <string.h>
#include <tss2/tss2_mu.h>

#include "agent/tpm/templates.h"
#include "core/signed/name.h"

static int read_public(struct tpm *tpm, uint32_t handle, TPM2B_PUBLIC *ret_public,
	TPM2B_NAME *ret_name, struct error *err)
{
	TPM2B_PUBLIC public = {0};
	TPM2B_NAME name = {.size = sizeof(name.name)};
	TPM2B_NAME qualified = {.size = sizeof(qualified.name)};
	TSS2_RC rc = Tss2_Sys_ReadPublic(tpm->sys, handle, NULL, &public, &name, &qualified, NULL);

	if (rc)
		return tpm_error(tpm, err, rc, "TPM2_ReadPublic");
	if (name.size > EVIDENCE_NAME_MAX)
		return error_set(
			err, ERROR_MALFORMED, "TPM2_ReadPublic: a name of %u bytes", name.size);
	*ret_public = public;
	*ret_name = name;
	return 0;
}

static int describe_key(uint32_t handle, const TPMT_PUBLIC *public_area, const TPM2B_NAME *name,
	struct evidence_key *ret_key, struct error *err)
{
	struct evidence_key key = {.handle = handle, .type = public_area->type};
	TSS2_RC rc = Tss2_MU_TPMT_PUBLIC_Marshal(public_area, key.public_area.data,
		sizeof(key.public_area.data), &key.public_area.len);

	if (rc || name->size > sizeof(key.name.data))
		return error_set(
			err, ERROR_MALFORMED, "the public area of 0x%08x does not marshal", handle);
	key.name.len = name->size;
	memcpy(key.name.data, name->name, name->size);
	if (public_area->type == TPM2_ALG_RSA)
		key.bits = public_area->parameters.rsaDetail.keyBits;
	else if (public_area->type == TPM2_ALG_ECC)
		key.curve = public_area->parameters.eccDetail.curveID;
	*ret_key = key;
	return 0;
}

int tpm_read_persistent(struct tpm *tpm, struct evidence_persistent *ret,
	struct evidence_eks *ret_eks, struct error *err)
{
	uint32_t handles[EVIDENCE_OBJECTS_MAX];
	size_t count = 0;
	int rc = tpm_list_handles(tpm, HANDLE_PERSISTENT_FIRST, HANDLE_PERSISTENT_LAST, handles,
		EVIDENCE_OBJECTS_MAX, &count, err);

	for (size_t i = 0; !rc && i < count; i++) {
		struct evidence_object *object = &ret->objects.items[i];
		TPM2B_PUBLIC public = {0};
		TPM2B_NAME name = {0};

		object->handle = handles[i];
		rc = read_public(tpm, handles[i], &public, &name, err);
		if (rc == -ERROR_TPM_RC) {
			/* Its hierarchy is disabled, or no slot is free to load it into. */
			rc = 0;
			continue;
		}
		if (rc)
			break;
		object->type = public.publicArea.type;
		object->name.len = name.size;
		memcpy(object->name.data, name.name, name.size);
		if (handles[i] < TCG_HANDLE_EK_FIRST || handles[i] > TCG_HANDLE_EK_LAST)
			continue;
		if (ret_eks->keys.count == EVIDENCE_EKS_MAX)
			continue;
		rc = describe_key(handles[i], &public.publicArea, &name,
			&ret_eks->keys.items[ret_eks->keys.count], err);
		ret_eks->keys.count += !rc;
	}
	ret->objects.count = rc ? 0 : count;
	return rc;
}

static int check_name(
	const TPMT_PUBLIC *public_area, const struct evidence_key *key, struct error *err)
{
	const struct crypto_bytes bytes = {key->public_area.data, key->public_area.len};
	struct evidence_name name;
	int rc = name_make(public_area->nameAlg, &bytes, 1, &name, err);

	if (!rc && !name_is_same(&name, &key->name))
		return error_set(err, ERROR_MALFORMED,
			"TPM2_CreatePrimary: a name that is not its public area's");
	return rc;
}

/* TPM2_CreatePrimary with an empty authorization. The caller flushes ret_handle. */
static int create_primary(struct tpm *tpm, uint32_t hierarchy, const TPM2B_PUBLIC *template,
	uint32_t *ret_handle, struct evidence_key *ret_key, struct error *err)
{
	const TPM2B_SENSITIVE_CREATE sensitive = {0};
	const TPM2B_DATA outside = {0};
	const TPML_PCR_SELECTION pcrs = {0};
	TPM2B_PUBLIC public = {0};
	TPM2B_CREATION_DATA creation = {0};
	TPM2B_DIGEST creation_digest = {.size = sizeof(creation_digest.buffer)};
	TPMT_TK_CREATION ticket = {0};
	TPM2B_NAME name = {.size = sizeof(name.name)};
	TSS2L_SYS_AUTH_RESPONSE answer = {.count = 1};
	TPM2_HANDLE handle = 0;
	int result;
	TSS2_RC rc = Tss2_Sys_CreatePrimary(tpm->sys, hierarchy, &tpm_empty_password, &sensitive,
		template, &outside, &pcrs, &handle, &public, &creation, &creation_digest, &ticket,
		&name, &answer);

	if (rc)
		return tpm_error(tpm, err, rc, "TPM2_CreatePrimary");
	result = describe_key(0, &public.publicArea, &name, ret_key, err);
	if (!result)
		result = check_name(&public.publicArea, ret_key, err);
	if (result)
		Tss2_Sys_FlushContext(tpm->sys, handle);
	else
		*ret_handle = handle;
	return result;
}

int tpm_flush(struct tpm *tpm, uint32_t handle, struct error *err)
{
	TSS2_RC rc = Tss2_Sys_FlushContext(tpm->sys, handle);

	return rc ? tpm_error(tpm, err, rc, "TPM2_FlushContext") : 0;
}

/* Derives a key for its public area alone. */
static int derive(struct tpm *tpm, uint32_t hierarchy, const TPM2B_PUBLIC *template,
	struct evidence_key *ret_key, struct error *err)
{
	uint32_t handle = 0;
	int rc = create_primary(tpm, hierarchy, template, &handle, ret_key, err);

	return rc ? rc : tpm_flush(tpm, handle, err);
}

int tpm_derive_ek(struct tpm *tpm, struct evidence_eks *ret_eks, struct error *err)
{
	struct evidence_key *key = &ret_eks->keys.items[ret_eks->keys.count];
	int rc;

	if (ret_eks->keys.count == EVIDENCE_EKS_MAX)
		return error_set(err, ERROR_TOO_LARGE, "more than %d EKs", EVIDENCE_EKS_MAX);
	rc = derive(tpm, TPM2_RH_ENDORSEMENT, &template_ek_rsa2048, key, err);
	/* Only a TPM that has no such key has another EK by template; any other failure is one. */
	if (rc == -ERROR_TPM_RC && (err->rc & 0xbf) == TPM2_RC_VALUE)
		rc = derive(tpm, TPM2_RH_ENDORSEMENT, &template_ek_ecc_p256, key, err);
	ret_eks->keys.count += !rc;
	return rc;
}

int tpm_load_ek(
	struct tpm *tpm, const struct evidence_key *ek, uint32_t *ret_handle, struct error *err)
{
	const TPM2B_PUBLIC *template =
		ek->type == TPM2_ALG_RSA ? &template_ek_rsa2048 : &template_ek_ecc_p256;
	struct evidence_key loaded = {0};
	struct error ignored;
	uint32_t handle = 0;
	int rc = create_primary(tpm, TPM2_RH_ENDORSEMENT, template, &handle, &loaded, err);

	if (rc)
		return rc;
	if (!name_is_same(&loaded.name, &ek->name)) {
		tpm_flush(tpm, handle, &ignored);
		return error_set(err, ERROR_MALFORMED,
			"TPM2_CreatePrimary: another endorsement key than before");
	}
	*ret_handle = handle;
	return 0;
}

int tpm_derive_srk(struct tpm *tpm, struct evidence_srk *ret, struct error *err)
{
	struct evidence_key key = {0};
	int rc = derive(tpm, TPM2_RH_OWNER, &template_srk, &key, err);

	if (rc)
		return rc;
	ret->type = key.type;
	ret->name = key.name;
	return 0;
}

/* The hierarchy itself does not let us in. What may pass, such as a lack of slots, must not lead to
 * another key: it would look like another TPM. */
static bool is_closed(const struct error *err)
{
	return err->code == ERROR_TPM_AUTH ||
	       (err->code == ERROR_TPM_RC && (err->rc & 0xbf) == TPM2_RC_HIERARCHY);
}

int tpm_load_ak(struct tpm *tpm, struct evidence_ak *ret, struct error *err)
{
	struct error endorsement;
	int rc = create_primary(tpm, TPM2_RH_ENDORSEMENT, &template_ak, &tpm->ak, &ret->key, err);

	if (!rc) {
		memcpy(ret->hierarchy, EVIDENCE_ENDORSEMENT, sizeof(EVIDENCE_ENDORSEMENT));
		return 0;
	}
	if (!is_closed(err))
		return rc;
	endorsement = *err;
	rc = create_primary(tpm, TPM2_RH_OWNER, &template_ak, &tpm->ak, &ret->key, err);
	if (rc)
		return error_wrap(
			err, "endorsement hierarchy: %s; owner hierarchy", endorsement.message);
	memcpy(ret->hierarchy, EVIDENCE_OWNER, sizeof(EVIDENCE_OWNER));
	return 0;
}

int tpm_flush_ak(struct tpm *tpm, struct error *err)
{
	uint32_t handle = tpm->ak;

	tpm->ak = 0;
	return handle ? tpm_flush(tpm, handle, err) : 0;
}

int tpm_flush_leftovers(struct tpm *tpm, struct error *err)
{
	uint32_t handles[16];
	size_t count = 0;
	int rc;

	if (!tpm->tcti.transport->is_raw)
		return 0;
	rc = tpm_list_handles(
		tpm, HANDLE_TRANSIENT_FIRST, HANDLE_TRANSIENT_LAST, handles, 16, &count, err);
	for (size_t i = 0; !rc && i < count; i++) {
		TPM2B_PUBLIC public;
		TPM2B_NAME name;

		rc = read_public(tpm, handles[i], &public, &name, err);
		if (!rc && template_is_ours(&public.publicArea))
			rc = tpm_flush(tpm, handles[i], err);
	}
	return rc;
}

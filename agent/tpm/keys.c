/* SPDX-License-Identifier: BSD-2-Clause */
/* Public areas of the keys a TPM holds, and the primary keys that a run derives from its seeds. */
#include "agent/tpm/private.h"

#include <string.h>
#include <tss2/tss2_mu.h>

#include "agent/tpm/templates.h"
#include "core/log.h"
#include "core/signed/name.h"
#include "core/signed/public_area.h"

/* Errors: UNSUPPORTED, MALFORMED: no RSA or ECC key that could be an EK. */
static int describe_key(uint32_t handle, const struct crypto_bytes *bytes,
	const struct evidence_name *name, struct evidence_key *ret_key, struct error *err)
{
	struct evidence_key key = {.handle = handle, .name = *name};
	struct public_area area;
	int rc = public_area_read(bytes->bytes, bytes->len, &area, err);

	if (rc)
		return rc;
	if (bytes->len > sizeof(key.public_area.data))
		return error_set(err, ERROR_UNSUPPORTED, "a public area of %zu bytes", bytes->len);
	key.type = area.key.alg;
	key.bits = area.key.bits;
	key.curve = area.key.curve;
	key.public_area.len = bytes->len;
	memcpy(key.public_area.data, bytes->bytes, bytes->len);
	*ret_key = key;
	return 0;
}

/* One that is no RSA or ECC key is no EK that anybody could use: it stays a persistent object. */
static void add_ek(uint32_t handle, const struct object_view *view, struct evidence_eks *eks)
{
	struct error ignored;

	if (handle < TCG_HANDLE_EK_FIRST || handle > TCG_HANDLE_EK_LAST)
		return;
	if (eks->keys.count == EVIDENCE_EKS_MAX)
		return;
	if (!describe_key(
		    handle, &view->area, &view->name, &eks->keys.items[eks->keys.count], &ignored))
		eks->keys.count++;
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
		struct object_view view;

		object->handle = handles[i];
		rc = tpm_read_public(tpm, handles[i], &view, err);
		/* Its hierarchy is disabled, or no slot is free to load it into; or it is larger
		 * than anything that is taken here. */
		if (rc == -ERROR_TPM_RC || rc == -ERROR_TOO_LARGE) {
			rc = 0;
			continue;
		}
		if (rc)
			break;
		object->type = view.type;
		object->name = view.name;
		add_ek(handles[i], &view, ret_eks);
	}
	ret->objects.count = rc ? 0 : count;
	return rc;
}

/* What TPM2_CreatePrimary made of a template of ours. */
static int describe_made(const TPMT_PUBLIC *public_area, const TPM2B_NAME *made,
	struct evidence_key *ret_key, struct error *err)
{
	struct evidence_name name = {.len = made->size};
	uint8_t bytes[EVIDENCE_PUBLIC_MAX];
	size_t len = 0;
	TSS2_RC rc = Tss2_MU_TPMT_PUBLIC_Marshal(public_area, bytes, sizeof(bytes), &len);

	if (rc || made->size > sizeof(name.data))
		return error_set(err, ERROR_MALFORMED,
			"TPM2_CreatePrimary: a public area that does not marshal");
	memcpy(name.data, made->name, made->size);
	if (describe_key(0, &(struct crypto_bytes){bytes, len}, &name, ret_key, err))
		return error_wrap(err, "TPM2_CreatePrimary");
	return 0;
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

int tpm_unload(struct tpm *tpm, uint32_t handle, const TPM2B_PUBLIC *template, struct error *err)
{
	int rc = tpm_flush(tpm, handle, err);

	if (rc)
		tpm_flush_strays(tpm, template);
	/* It was flushed, then or now. */
	return rc == -ERROR_ANSWER_LOST ? 0 : rc;
}

static int create_once(struct tpm *tpm, uint32_t hierarchy, const TPM2B_PUBLIC *template,
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
	struct error ignored;
	int result;
	TSS2_RC rc = Tss2_Sys_CreatePrimary(tpm->sys, hierarchy, &tpm_empty_password, &sensitive,
		template, &outside, &pcrs, &handle, &public, &creation, &creation_digest, &ticket,
		&name, &answer);

	if (rc) {
		result = tpm_error(tpm, err, rc, "TPM2_CreatePrimary");
		tpm_flush_strays(tpm, template);
		return result;
	}
	result = tpm_check_is_new(tpm, handle, err);
	if (result) {
		tpm_flush_strays(tpm, template);
		return result;
	}
	result = describe_made(&public.publicArea, &name, ret_key, err);
	if (!result)
		result = check_name(&public.publicArea, ret_key, err);
	if (result)
		tpm_unload(tpm, handle, template, &ignored);
	else
		*ret_handle = handle;
	return result;
}

int tpm_create_primary(struct tpm *tpm, uint32_t hierarchy, const TPM2B_PUBLIC *template,
	uint32_t *ret_handle, struct evidence_key *ret_key, struct error *err)
{
	int rc = create_once(tpm, hierarchy, template, ret_handle, ret_key, err);

	if (rc != -ERROR_ANSWER_LOST)
		return rc;
	log_write(LOG_LEVEL_INFO, "%s; made again", err->message);
	tpm_note_lost(tpm, template);
	return create_once(tpm, hierarchy, template, ret_handle, ret_key, err);
}

/* Derives a key for its public area alone. */
static int derive(struct tpm *tpm, uint32_t hierarchy, const TPM2B_PUBLIC *template,
	struct evidence_key *ret_key, struct error *err)
{
	uint32_t handle = 0;
	int rc = tpm_create_primary(tpm, hierarchy, template, &handle, ret_key, err);

	return rc ? rc : tpm_unload(tpm, handle, template, err);
}

int tpm_derive_ek(struct tpm *tpm, struct evidence_eks *ret_eks, struct error *err)
{
	struct evidence_key *key = &ret_eks->keys.items[ret_eks->keys.count];
	int rc;

	if (ret_eks->keys.count == EVIDENCE_EKS_MAX)
		return error_set(err, ERROR_TOO_LARGE, "more than %d EKs", EVIDENCE_EKS_MAX);
	rc = derive(tpm, TPM2_RH_ENDORSEMENT, &template_ek_rsa2048, key, err);
	/* Only a TPM that has no such key has another EK by template; any other failure is one. */
	if (rc == -ERROR_TPM_RC && tcg_rc_base(err->rc) == TPM2_RC_VALUE)
		rc = derive(tpm, TPM2_RH_ENDORSEMENT, &template_ek_ecc_p256, key, err);
	ret_eks->keys.count += !rc;
	return rc;
}

int tpm_derive_ek_of(
	struct tpm *tpm, uint32_t certificate, struct evidence_eks *ret_eks, struct error *err)
{
	const TPM2B_PUBLIC *template = template_of_ek(certificate);
	int rc;

	if (!template)
		return error_set(err, ERROR_UNSUPPORTED,
			"the EK of the certificate in NV 0x%08x is not derived", certificate);
	if (ret_eks->keys.count == EVIDENCE_EKS_MAX)
		return error_set(err, ERROR_TOO_LARGE, "more than %d EKs", EVIDENCE_EKS_MAX);
	rc = derive(
		tpm, TPM2_RH_ENDORSEMENT, template, &ret_eks->keys.items[ret_eks->keys.count], err);
	ret_eks->keys.count += !rc;
	return rc;
}

static const TPM2B_PUBLIC *template_of(const struct evidence_key *ek)
{
	const struct ek_template *kind = evidence_ek_template(ek);

	return kind ? template_of_ek(kind->index) : NULL;
}

int tpm_load_ek(
	struct tpm *tpm, const struct evidence_key *ek, uint32_t *ret_handle, struct error *err)
{
	const TPM2B_PUBLIC *template = template_of(ek);
	struct evidence_key loaded = {0};
	struct error ignored;
	uint32_t handle = 0;
	int rc = template ? tpm_create_primary(
				    tpm, TPM2_RH_ENDORSEMENT, template, &handle, &loaded, err)
			  : error_set(err, ERROR_UNSUPPORTED, "an endorsement key of no template");

	if (rc)
		return rc;
	if (!name_is_same(&loaded.name, &ek->name)) {
		tpm_unload(tpm, handle, template, &ignored);
		return error_set(err, ERROR_MALFORMED,
			"TPM2_CreatePrimary: another endorsement key than before");
	}
	*ret_handle = handle;
	return 0;
}

void tpm_unload_ek(struct tpm *tpm, const struct evidence_key *ek, uint32_t handle)
{
	struct error ignored;

	tpm_unload(tpm, handle, template_of(ek), &ignored);
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
	       (err->code == ERROR_TPM_RC && tcg_rc_base(err->rc) == TPM2_RC_HIERARCHY);
}

int tpm_load_ak(struct tpm *tpm, struct evidence_ak *ret, struct error *err)
{
	struct error endorsement;
	int rc = tpm_create_primary(
		tpm, TPM2_RH_ENDORSEMENT, &template_ak, &tpm->ak, &ret->key, err);

	if (!rc) {
		memcpy(ret->hierarchy, EVIDENCE_ENDORSEMENT, sizeof(EVIDENCE_ENDORSEMENT));
		return 0;
	}
	if (!is_closed(err))
		return rc;
	endorsement = *err;
	rc = tpm_create_primary(tpm, TPM2_RH_OWNER, &template_ak, &tpm->ak, &ret->key, err);
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
	return handle ? tpm_unload(tpm, handle, &template_ak, err) : 0;
}

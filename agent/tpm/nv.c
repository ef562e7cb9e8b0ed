/* SPDX-License-Identifier: BSD-2-Clause */
/* TPM2_NV_ReadPublic and TPM2_NV_Read, Part 3 sections 31.6 and 31.13. */
#include "agent/tpm/private.h"

#include <string.h>

int tpm_read_nv_public(
	struct tpm *tpm, uint32_t handle, struct evidence_nv_index *ret_index, struct error *err)
{
	TPM2B_NV_PUBLIC public = {0};
	TPM2B_NAME name = {.size = sizeof(name.name)};
	TSS2_RC rc = Tss2_Sys_NV_ReadPublic(tpm->sys, handle, NULL, &public, &name, NULL);

	if (rc)
		return tpm_error(tpm, err, rc, "TPM2_NV_ReadPublic");
	if (public.nvPublic.nvIndex != handle || name.size > sizeof(ret_index->name.data))
		return error_set(err, ERROR_MALFORMED,
			"TPM2_NV_ReadPublic: not the public area of 0x%08x", handle);
	ret_index->index = handle;
	ret_index->attributes = public.nvPublic.attributes;
	ret_index->size = public.nvPublic.dataSize;
	ret_index->name_alg = public.nvPublic.nameAlg;
	ret_index->is_written = public.nvPublic.attributes & TPMA_NV_WRITTEN;
	ret_index->name.len = name.size;
	memcpy(ret_index->name.data, name.name, name.size);
	return 0;
}

int tpm_read_nv(struct tpm *tpm, struct evidence_nv *ret, struct error *err)
{
	uint32_t handles[EVIDENCE_NV_MAX];
	size_t count = 0;
	int rc = tpm_list_handles(
		tpm, HANDLE_NV_FIRST, HANDLE_NV_LAST, handles, EVIDENCE_NV_MAX, &count, err);

	for (size_t i = 0; !rc && i < count; i++) {
		ret->indices.items[i].index = handles[i];
		rc = tpm_read_nv_public(tpm, handles[i], &ret->indices.items[i], err);
		/* Its hierarchy is disabled. */
		if (rc == -ERROR_TPM_RC)
			rc = 0;
	}
	ret->indices.count = rc ? 0 : count;
	return rc;
}

/* NV_BUFFER_MAX where the TPM tells it; 512 is the smallest that the PC Client profile allows. */
static uint16_t chunk_size(struct tpm *tpm)
{
	return tpm->nv_buffer_max ? tpm->nv_buffer_max : 512;
}

int tpm_read_nv_data(struct tpm *tpm, const struct evidence_nv_index *index, bool is_owner_auth_set,
	struct buf *to, struct error *err)
{
	TPMI_RH_NV_AUTH authority = index->index;
	uint16_t done = 0;

	if (!(index->attributes & TPMA_NV_AUTHREAD) || !(index->attributes & TPMA_NV_NO_DA)) {
		if (!(index->attributes & TPMA_NV_OWNERREAD) || is_owner_auth_set)
			return error_set(
				err, ERROR_TPM_AUTH, "readable only with an authorization");
		authority = TPM2_RH_OWNER;
	}
	while (done < index->size) {
		TPM2B_MAX_NV_BUFFER data = {.size = sizeof(data.buffer)};
		TSS2L_SYS_AUTH_RESPONSE answer = {.count = 1};
		uint16_t left = (uint16_t)(index->size - done);
		uint16_t want = left < chunk_size(tpm) ? left : chunk_size(tpm);
		TSS2_RC rc = Tss2_Sys_NV_Read(tpm->sys, authority, index->index,
			&tpm_empty_password, want, done, &data, &answer);

		if (rc)
			return tpm_error(tpm, err, rc, "TPM2_NV_Read");
		if (!data.size || data.size > want)
			return error_set(err, ERROR_MALFORMED,
				"TPM2_NV_Read: %u bytes when asked for %u", data.size, want);
		buf_append(to, data.buffer, data.size);
		done = (uint16_t)(done + data.size);
	}
	return to->failed ? error_set(err, ERROR_NO_MEMORY, "no memory for NV data") : 0;
}

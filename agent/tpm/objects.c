/* SPDX-License-Identifier: BSD-2-Clause */
/* An object that the TPM has, whoever made it. */
#include "agent/tpm/private.h"

#include <string.h>

#include "core/reader.h"

/* Reads the answer here: tpm2-tss refuses every public area of a type that it does not know, such
 * as those that TPM 2.0 v1.85 added. */
int tpm_read_public(
	struct tpm *tpm, uint32_t handle, struct object_view *ret_view, struct error *err)
{
	struct object_view view = {0};
	const uint8_t *answer = NULL, *name;
	size_t len = 0;
	struct reader reader, area;
	TSS2_RC rc = Tss2_Sys_ReadPublic_Prepare(tpm->sys, handle);

	if (!rc)
		rc = Tss2_Sys_Execute(tpm->sys);
	if (!rc)
		rc = Tss2_Sys_GetRpBuffer(tpm->sys, &len, &answer);
	if (rc)
		return tpm_error(tpm, err, rc, "TPM2_ReadPublic");
	reader = reader_of(answer, len);
	view.area.len = reader_u16be(&reader);
	view.area.bytes = reader_bytes(&reader, view.area.len);
	view.name.len = reader_u16be(&reader);
	name = reader_bytes(&reader, view.name.len);
	reader_bytes(&reader, reader_u16be(&reader)); /* the qualified name */
	if (!reader_is_done(&reader) || view.name.len > sizeof(view.name.data))
		return error_set(
			err, ERROR_MALFORMED, "TPM2_ReadPublic: not a public area and two names");
	memcpy(view.name.data, name, view.name.len);
	area = reader_of(view.area.bytes, view.area.len);
	view.type = reader_u16be(&area);
	if (area.failed)
		return error_set(err, ERROR_MALFORMED, "TPM2_ReadPublic: an empty public area");
	*ret_view = view;
	return 0;
}

int tpm_flush(struct tpm *tpm, uint32_t handle, struct error *err)
{
	TSS2_RC rc = Tss2_Sys_FlushContext(tpm->sys, handle);

	return rc ? tpm_error(tpm, err, rc, "TPM2_FlushContext") : 0;
}

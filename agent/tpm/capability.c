/* SPDX-License-Identifier: BSD-2-Clause */
/* TPM2_GetCapability, Part 3 section 30.2: one question a page of answers. */
#include "agent/tpm/private.h"

/* More than any page holds; the TPM gives what fits its own buffer (Part 2 section 10.10.9). */
#define WHOLE_PAGE 1000

static int get_capability(struct tpm *tpm, TPM2_CAP capability, uint32_t first, bool *ret_more,
	TPMS_CAPABILITY_DATA *ret_data, struct error *err)
{
	TPMI_YES_NO more = TPM2_NO;
	TSS2_RC rc = Tss2_Sys_GetCapability(
		tpm->sys, NULL, capability, first, WHOLE_PAGE, &more, ret_data, NULL);

	if (rc)
		return tpm_error(tpm, err, rc, "TPM2_GetCapability");
	if (ret_data->capability != capability)
		return error_set(err, ERROR_MALFORMED,
			"TPM2_GetCapability: answered capability %u when asked for %u",
			ret_data->capability, capability);
	*ret_more = more != TPM2_NO;
	return 0;
}

static int too_many(struct error *err, const char *what, size_t most)
{
	return error_set(err, ERROR_TOO_LARGE, "TPM2_GetCapability: more than %zu %s", most, what);
}

/* What one TPM2_NV_Read may ask for: the TPM's limit, within ours. */
static uint16_t chunk_of(uint32_t nv_buffer_max)
{
	return nv_buffer_max < TPM2_MAX_NV_BUFFER_SIZE ? (uint16_t)nv_buffer_max
						       : TPM2_MAX_NV_BUFFER_SIZE;
}

/* One group, from its first property to its last. */
static int read_group(
	struct tpm *tpm, uint32_t first, struct evidence_properties *properties, struct error *err)
{
	uint32_t next = first;
	bool more = true;

	while (more && next - first < TPM2_PT_GROUP) {
		TPMS_CAPABILITY_DATA data = {0};
		const TPML_TAGGED_TPM_PROPERTY *page;
		int rc = get_capability(tpm, TPM2_CAP_TPM_PROPERTIES, next, &more, &data, err);

		if (rc)
			return rc;
		page = &data.data.tpmProperties;
		more = more && page->count > 0;
		for (uint32_t i = 0; i < page->count && page->tpmProperty[i].property >= next;
			i++) {
			const TPMS_TAGGED_PROPERTY *property = &page->tpmProperty[i];

			if (property->property - first >= TPM2_PT_GROUP)
				break;
			if (properties->values.count == EVIDENCE_PROPERTIES_MAX)
				return too_many(err, "properties", EVIDENCE_PROPERTIES_MAX);
			if (property->property == TPM2_PT_NV_BUFFER_MAX)
				tpm->nv_buffer_max = chunk_of(property->value);
			properties->values.items[properties->values.count++] =
				(struct record_entry){property->property, property->value};
			next = property->property + 1;
		}
	}
	return 0;
}

int tpm_read_properties(struct tpm *tpm, struct evidence_properties *ret, struct error *err)
{
	struct evidence_properties properties = {0};
	int rc = read_group(tpm, TPM2_PT_FIXED, &properties, err);

	/* Kept when the second group fails: in failure mode the first is all a TPM still tells. */
	*ret = properties;
	if (!rc)
		rc = read_group(tpm, TPM2_PT_VAR, ret, err);
	return rc;
}

int tpm_read_algorithms(struct tpm *tpm, struct evidence_algorithms *ret, struct error *err)
{
	struct evidence_algorithms result = {0};
	TPMS_CAPABILITY_DATA data = {0};
	bool more = false;
	int rc = get_capability(tpm, TPM2_CAP_ALGS, 0, &more, &data, err);

	if (rc)
		return rc;
	if (more || data.data.algorithms.count > EVIDENCE_ALGORITHMS_MAX)
		return too_many(err, "algorithms", EVIDENCE_ALGORITHMS_MAX);
	for (uint32_t i = 0; i < data.data.algorithms.count; i++) {
		const TPMS_ALG_PROPERTY *alg = &data.data.algorithms.algProperties[i];

		result.algorithms.items[result.algorithms.count++] =
			(struct record_entry){alg->alg, alg->algProperties};
	}
	rc = get_capability(tpm, TPM2_CAP_ECC_CURVES, 0, &more, &data, err);
	if (rc)
		return rc;
	if (more || data.data.eccCurves.count > EVIDENCE_CURVES_MAX)
		return too_many(err, "curves", EVIDENCE_CURVES_MAX);
	for (uint32_t i = 0; i < data.data.eccCurves.count; i++)
		result.curves.items[result.curves.count++] = data.data.eccCurves.eccCurves[i];
	*ret = result;
	return 0;
}

int tpm_list_handles(struct tpm *tpm, uint32_t first, uint32_t last, uint32_t *ret_handles,
	size_t max, size_t *ret_count, struct error *err)
{
	uint32_t next = first;
	size_t count = 0;
	bool more = true;

	while (more) {
		TPMS_CAPABILITY_DATA data = {0};
		const TPML_HANDLE *page;
		int rc = get_capability(tpm, TPM2_CAP_HANDLES, next, &more, &data, err);

		if (rc)
			return rc;
		page = &data.data.handles;
		more = more && page->count > 0;
		for (uint32_t i = 0; i < page->count; i++) {
			/* Of another kind, or out of order: the TPM breaks its promise. */
			if (page->handle[i] < next || page->handle[i] >> 24 != first >> 24)
				return error_set(err, ERROR_MALFORMED,
					"TPM2_GetCapability: handle 0x%08x in the list from 0x%08x",
					page->handle[i], next);
			if (page->handle[i] > last) {
				more = false;
				break;
			}
			if (count == max)
				return too_many(err, "handles", max);
			next = page->handle[i] + 1;
			ret_handles[count++] = page->handle[i];
		}
	}
	*ret_count = count;
	return 0;
}

int tpm_list_banks(struct tpm *tpm, TPML_PCR_SELECTION *ret_banks, struct error *err)
{
	TPMS_CAPABILITY_DATA data = {0};
	bool more;
	int rc = get_capability(tpm, TPM2_CAP_PCRS, 0, &more, &data, err);

	if (rc)
		return rc;
	*ret_banks = data.data.assignedPCR;
	return 0;
}

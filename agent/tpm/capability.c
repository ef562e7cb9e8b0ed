/* SPDX-License-Identifier: BSD-2-Clause */
/* TPM2_GetCapability, Part 3 section 30.2: one question a page of answers. */
#include "agent/tpm/private.h"

/* As many as tpm2-tss has room for in one answer; the TPM gives what fits its own buffer (Part 2
 * section 10.10.9), which may be larger. */
static uint32_t page_size(TPM2_CAP capability)
{
	switch (capability) {
	case TPM2_CAP_ALGS:
		return TPM2_MAX_CAP_ALGS;
	case TPM2_CAP_HANDLES:
		return TPM2_MAX_CAP_HANDLES;
	case TPM2_CAP_ECC_CURVES:
		return TPM2_MAX_ECC_CURVES;
	case TPM2_CAP_TPM_PROPERTIES:
		return TPM2_MAX_TPM_PROPERTIES;
	default:
		return TPM2_NUM_PCR_BANKS;
	}
}

static int get_capability(struct tpm *tpm, TPM2_CAP capability, uint32_t first, bool *ret_more,
	TPMS_CAPABILITY_DATA *ret_data, struct error *err)
{
	TPMI_YES_NO more = TPM2_NO;
	TSS2_RC rc = Tss2_Sys_GetCapability(
		tpm->sys, NULL, capability, first, page_size(capability), &more, ret_data, NULL);

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

/* The TPM breaks its promise; without it the list would not end. */
static int out_of_order(struct error *err, const char *what, uint32_t next)
{
	return error_set(err, ERROR_MALFORMED,
		"TPM2_GetCapability: the list of each %s does not go on from 0x%x", what, next);
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
		for (uint32_t i = 0; i < page->count; i++) {
			const TPMS_TAGGED_PROPERTY *property = &page->tpmProperty[i];

			if (property->property < next)
				break;
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

static int read_algs(struct tpm *tpm, struct evidence_algorithms *ret, struct error *err)
{
	uint32_t next = 0;
	bool more = true;

	while (more) {
		TPMS_CAPABILITY_DATA data = {0};
		const TPML_ALG_PROPERTY *page = &data.data.algorithms;
		int rc = get_capability(tpm, TPM2_CAP_ALGS, next, &more, &data, err);

		if (rc)
			return rc;
		more = more && page->count > 0;
		for (uint32_t i = 0; i < page->count; i++) {
			if (page->algProperties[i].alg < next)
				return out_of_order(err, "algorithm", next);
			if (ret->algorithms.count == EVIDENCE_ALGORITHMS_MAX)
				return too_many(err, "algorithms", EVIDENCE_ALGORITHMS_MAX);
			ret->algorithms.items[ret->algorithms.count++] = (struct record_entry){
				page->algProperties[i].alg, page->algProperties[i].algProperties};
			next = page->algProperties[i].alg + 1U;
		}
	}
	return 0;
}

static int read_curves(struct tpm *tpm, struct evidence_algorithms *ret, struct error *err)
{
	uint32_t next = 0;
	bool more = true;

	while (more) {
		TPMS_CAPABILITY_DATA data = {0};
		const TPML_ECC_CURVE *page = &data.data.eccCurves;
		int rc = get_capability(tpm, TPM2_CAP_ECC_CURVES, next, &more, &data, err);

		if (rc)
			return rc;
		more = more && page->count > 0;
		for (uint32_t i = 0; i < page->count; i++) {
			if (page->eccCurves[i] < next)
				return out_of_order(err, "curve", next);
			if (ret->curves.count == EVIDENCE_CURVES_MAX)
				return too_many(err, "curves", EVIDENCE_CURVES_MAX);
			ret->curves.items[ret->curves.count++] = page->eccCurves[i];
			next = page->eccCurves[i] + 1U;
		}
	}
	return 0;
}

int tpm_read_algorithms(struct tpm *tpm, struct evidence_algorithms *ret, struct error *err)
{
	struct evidence_algorithms result = {0};
	int rc = read_algs(tpm, &result, err);

	if (!rc)
		rc = read_curves(tpm, &result, err);
	if (!rc)
		*ret = result;
	return rc;
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

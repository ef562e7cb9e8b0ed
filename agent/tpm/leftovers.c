/* SPDX-License-Identifier: BSD-2-Clause */
/* Transient objects that would stay loaded. A resource manager flushes them; on a raw transport
 * they keep their slots until the next TPM2_Startup. */
#include "agent/tpm/private.h"

#include "agent/tpm/templates.h"

static int list_transients(
	struct tpm *tpm, uint32_t *ret_handles, size_t *ret_count, struct error *err)
{
	return tpm_list_handles(tpm, HANDLE_TRANSIENT_FIRST, HANDLE_TRANSIENT_LAST, ret_handles,
		TPM_TRANSIENTS_MAX, ret_count, err);
}

static bool is_foreign(const struct tpm *tpm, uint32_t handle)
{
	for (size_t i = 0; i < tpm->foreign_count; i++) {
		if (tpm->foreign[i] == handle)
			return true;
	}
	return false;
}

/* One that cannot be read is nobody's business here. */
static bool is_ours(struct tpm *tpm, uint32_t handle)
{
	struct object_view view;
	struct error ignored;

	return !tpm_read_public(tpm, handle, &view, &ignored) && template_is_ours(&view.area);
}

static bool is_made_from(struct tpm *tpm, uint32_t handle, const TPM2B_PUBLIC *template)
{
	struct object_view view;
	struct error ignored;

	return !tpm_read_public(tpm, handle, &view, &ignored) &&
	       template_has_made(template, &view.area);
}

int tpm_flush_leftovers(struct tpm *tpm, struct error *err)
{
	uint32_t handles[TPM_TRANSIENTS_MAX];
	size_t count = 0;
	int rc;

	if (!tpm->tcti.transport->is_raw)
		return 0;
	rc = list_transients(tpm, handles, &count, err);
	for (size_t i = 0; !rc && i < count; i++) {
		if (is_ours(tpm, handles[i]))
			rc = tpm_flush(tpm, handles[i], err);
		else
			tpm->foreign[tpm->foreign_count++] = handles[i];
	}
	tpm->has_foreign = !rc;
	return rc;
}

void tpm_flush_strays(struct tpm *tpm, const TPM2B_PUBLIC *template)
{
	uint32_t handles[TPM_TRANSIENTS_MAX];
	size_t count = 0;
	struct error ignored;

	/* What was there before is not known: then an EK may be somebody else's. */
	if (!tpm->has_foreign || tpm_is_dead(tpm, &ignored))
		return;
	if (list_transients(tpm, handles, &count, &ignored))
		return;
	for (size_t i = 0; i < count; i++) {
		if (is_foreign(tpm, handles[i]) || handles[i] == tpm->ak)
			continue;
		if (is_made_from(tpm, handles[i], template))
			tpm_flush(tpm, handles[i], &ignored);
	}
}

int tpm_check_is_new(const struct tpm *tpm, uint32_t handle, struct error *err)
{
	return is_foreign(tpm, handle)
		       ? error_set(err, ERROR_MALFORMED,
				 "TPM2_CreatePrimary: the handle 0x%08x of another object", handle)
		       : 0;
}

void tpm_note_lost(struct tpm *tpm, const TPM2B_PUBLIC *template)
{
	if (tpm->lost_count < TPM_TRANSIENTS_MAX)
		tpm->lost[tpm->lost_count++] = *template;
}

bool tpm_has_lost(const struct tpm *tpm)
{
	return tpm->lost_count && !tpm->tcti.transport->is_raw;
}

/* One of those that are loaded. */
static void flush_one(struct tpm *raw, const TPM2B_PUBLIC *template)
{
	uint32_t handles[TPM_TRANSIENTS_MAX];
	size_t count = 0;
	struct error ignored;

	if (list_transients(raw, handles, &count, &ignored))
		return;
	for (size_t i = 0; i < count; i++) {
		if (!is_made_from(raw, handles[i], template))
			continue;
		tpm_flush(raw, handles[i], &ignored);
		return;
	}
}

void tpm_flush_lost(const struct tpm *tpm, struct tpm *raw)
{
	for (size_t i = 0; i < tpm->lost_count; i++)
		flush_one(raw, &tpm->lost[i]);
}

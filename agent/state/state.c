/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/state/state.h"

#include <string.h>

#include "agent/state/file.h"
#include "core/text.h"
#include "link/evidence_file.h"
#include "link/verdict_file.h"
#include "platform/system.h"

const char *state_directory(const char *given)
{
	return *given ? given : platform_state_path();
}

int state_read_baseline(const char *directory, struct evidence **ret_evidence, struct error *err)
{
	char path[STATE_PATH_MAX];
	int rc = state_path(directory, STATE_BASELINE, path, err);

	return rc ? rc : evidence_file_read(path, ret_evidence, err);
}

static int write_evidence(
	const char *directory, const char *name, const struct evidence *evidence, struct error *err)
{
	char path[STATE_PATH_MAX];
	int rc = state_path(directory, name, path, err);

	if (!rc)
		rc = platform_directory_make(directory, err);
	return rc ? rc : evidence_file_write(path, evidence, err);
}

int state_write_baseline(const char *directory, const struct evidence *evidence, struct error *err)
{
	return write_evidence(directory, STATE_BASELINE, evidence, err);
}

int state_write_old_baseline(
	const char *directory, const struct evidence *evidence, struct error *err)
{
	return write_evidence(directory, STATE_OLD_BASELINE, evidence, err);
}

int state_read_verdict(
	const char *directory, struct verdict *ret_verdict, uint64_t *ret_iat, struct error *err)
{
	char path[STATE_PATH_MAX];
	int rc = state_path(directory, STATE_VERDICT, path, err);

	return rc ? rc : verdict_file_read(path, ret_verdict, ret_iat, err);
}

int state_write_verdict(
	const char *directory, const struct verdict *verdict, uint64_t iat, struct error *err)
{
	char path[STATE_PATH_MAX];
	int rc = state_path(directory, STATE_VERDICT, path, err);

	if (!rc)
		rc = platform_directory_make(directory, err);
	return rc ? rc : verdict_file_write(path, verdict, iat, err);
}

int state_read_receipt(const char *directory, char *ret_receipt, size_t size, struct error *err)
{
	BUF_SCOPED text = {0};
	char path[STATE_PATH_MAX];
	int rc = state_path(directory, STATE_RECEIPT, path, err);

	if (!rc)
		rc = platform_file_read(path, size - 1, &text, err);
	if (!rc)
		text_copy_ascii(ret_receipt, size, text.data, text.len);
	return rc;
}

int state_write_receipt(const char *directory, const char *receipt, struct error *err)
{
	char path[STATE_PATH_MAX];
	int rc = state_path(directory, STATE_RECEIPT, path, err);

	if (!rc)
		rc = platform_directory_make(directory, err);
	return rc ? rc : platform_file_keep(path, receipt, strlen(receipt), err);
}

int state_reset(const char *directory, unsigned *ret_count, struct error *err)
{
	/* The verdict first: it must not tell of a baseline that is gone. */
	static const char *const names[] = {STATE_VERDICT, STATE_BASELINE, STATE_OLD_BASELINE,
		STATE_RECEIPT, STATE_DELIVERY, STATE_SERVICE, STATE_CANDIDATE_NUMBERS,
		STATE_CANDIDATE};

	return state_file_remove(
		directory, names, sizeof(names) / sizeof(names[0]), ret_count, err);
}

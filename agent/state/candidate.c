/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/state/candidate.h"

#include "agent/state/file.h"
#include "link/evidence_file.h"

#define NUMBERS_BYTES_MAX 4096

static int read_numbers(
	const char *directory, struct state_candidate *ret_numbers, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	int rc = state_file_read(directory, STATE_CANDIDATE_NUMBERS, NUMBERS_BYTES_MAX, &tree, err);

	if (rc)
		return rc;
	*ret_numbers = (struct state_candidate){.report = state_file_number(tree.root, "report"),
		.claim = state_file_number(tree.root, "claim"),
		.past_claim = state_file_number(tree.root, "past_claim"),
		.last_claim = state_file_number(tree.root, "last_claim"),
		.has_old = state_file_number(tree.root, "has_old") != 0};
	return 0;
}

int state_read_candidate(const char *directory, struct evidence **ret_evidence,
	struct state_candidate *ret_numbers, struct error *err)
{
	struct state_candidate numbers;
	char path[STATE_PATH_MAX];
	int rc = state_path(directory, STATE_CANDIDATE, path, err);

	if (!rc)
		rc = read_numbers(directory, &numbers, err);
	if (!rc)
		rc = evidence_file_read(path, ret_evidence, err);
	if (!rc)
		*ret_numbers = numbers;
	return rc;
}

int state_write_candidate(const char *directory, const struct evidence *evidence, struct error *err)
{
	char path[STATE_PATH_MAX];
	int rc = state_path(directory, STATE_CANDIDATE, path, err);

	return rc ? rc : evidence_file_write(path, evidence, err);
}

int state_write_candidate_numbers(
	const char *directory, const struct state_candidate *numbers, struct error *err)
{
	return state_file_write(directory, STATE_CANDIDATE_NUMBERS,
		json_pack("{s:I, s:I, s:I, s:I, s:i}", "report", (json_int_t)numbers->report,
			"claim", (json_int_t)numbers->claim, "past_claim",
			(json_int_t)numbers->past_claim, "last_claim",
			(json_int_t)numbers->last_claim, "has_old", (int)numbers->has_old),
		err);
}

int state_drop_candidate(const char *directory, struct error *err)
{
	static const char *const names[] = {STATE_CANDIDATE_NUMBERS, STATE_CANDIDATE};
	unsigned ignored;

	return state_file_remove(directory, names, sizeof(names) / sizeof(names[0]), &ignored, err);
}

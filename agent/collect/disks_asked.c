/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/collect/disks_asked.h"

#include "platform/guest.h"

static int ask(uint64_t deadline_us, struct evidence_unlock *ret_unlock, struct error *err)
{
	BUF_SCOPED answer = {0};
	int rc = platform_unlock_ask(deadline_us, EVIDENCE_MAX_BYTES, &answer, err);

	if (!rc && !answer.len)
		return error_set(err, ERROR_IO,
			"who reads the disks for this user ended without an answer: journalctl "
			"-u \"vtpm-agent-unlock@*\" says why");
	return rc ? rc : evidence_parse_unlock(answer.data, answer.len, ret_unlock, err);
}

/* A TPM that did not answer us does not answer them. */
static bool is_theirs_to_tell(const struct collect_run *run)
{
	const struct record_part *part = &run->evidence->unlock.part;
	bool is_refused = part->state == PART_FAILED && part->error.code == ERROR_PERMISSION;

	return is_refused && !run->options->volume_count &&
	       run->evidence->session.part.state == PART_READ;
}

void collect_ask_for_disks(struct collect_run *run, uint64_t deadline_us)
{
	struct evidence_unlock *unlock = &run->evidence->unlock;
	struct error err;
	int rc;

	if (!is_theirs_to_tell(run))
		return;
	rc = ask(deadline_us, unlock, &err);
	/* Then the first refusal says what is to be done. */
	if (rc != -ERROR_NOT_FOUND && rc != -ERROR_PERMISSION)
		collect_settle(&unlock->part, rc, &err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* First: did the TPM answer at all? A device that is not there cannot sign that it is not, so here
 * the agent's word is taken; it can only make the verdict worse. */
#include "core/verdict/access.h"

bool continuity_judge_access(struct judging *judging)
{
	const struct record_part *session = &judging->evidence->session.part, *failed;
	const char *message = session->error.message;

	if (session->state == PART_ABSENT)
		return judging_decide(judging, CONTINUITY_UNVERIFIED, REASON_NO_ACCESS,
			"the evidence tells of no conversation with a TPM");
	if (session->state == PART_FAILED) {
		switch (session->error.code) {
		case ERROR_DEVICE_MISSING:
			return judging_decide(
				judging, CONTINUITY_MISSING, REASON_NO_DEVICE, "%s", message);
		case ERROR_DEVICE_UNBOUND:
			return judging_decide(
				judging, CONTINUITY_MISSING, REASON_NO_DRIVER, "%s", message);
		case ERROR_TIMEOUT:
			return judging_decide(
				judging, CONTINUITY_UNRESPONSIVE, REASON_NO_ANSWER, "%s", message);
		case ERROR_IO:
			return judging_decide(
				judging, CONTINUITY_FAILED, REASON_IO_ERROR, "%s", message);
		case ERROR_TPM_12:
			return judging_decide(
				judging, CONTINUITY_FAILED, REASON_TPM_12, "%s", message);
		case ERROR_TPM_INITIALIZE:
			return judging_decide(
				judging, CONTINUITY_FAILED, REASON_NOT_STARTED, "%s", message);
		case ERROR_TPM_FAILURE:
			return judging_decide(
				judging, CONTINUITY_FAILED, REASON_FAILURE_MODE, "%s", message);
		default:
			return judging_decide(
				judging, CONTINUITY_UNVERIFIED, REASON_NO_ACCESS, "%s", message);
		}
	}
	failed = evidence_find_failed(judging->evidence, ERROR_TPM_FAILURE);
	if (failed)
		return judging_decide(judging, CONTINUITY_FAILED, REASON_FAILURE_MODE, "%s",
			failed->error.message);
	return false;
}

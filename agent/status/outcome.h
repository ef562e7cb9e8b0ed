/* SPDX-License-Identifier: BSD-2-Clause */
/* The one answer of the status: the worse of what the TPM shows now and of what the service last
 * found. */
#ifndef AGENT_STATUS_OUTCOME_H
#define AGENT_STATUS_OUTCOME_H

#include <stdint.h>

#include "agent/service_word.h"
#include "core/checks/checks.h"
#include "core/evidence/evidence.h"
#include "core/status.h"

struct status_outcome {
	enum verdict_status status;
	enum verdict_status health; /* of the checks alone, or of the service's where this user may
				       not ask the TPM */
	const char *badge;          /* one word: "healthy", "replaced" */
	const char *reason; /* what decided: a check's id, a reason's code; NULL: all is well */
	char sentence[320]; /* for the headline */
	const char *remedy; /* for whom a verdict decided; NULL: none */
};

/* `service` may be NULL: none ever spoke here. */
void status_decide(const struct evidence *evidence, const struct checks *checks,
	const struct service_word *service, struct status_outcome *ret_outcome);

/* What the service's last verdict counts as: that it had nothing to compare with yet is no fault.
 */
enum verdict_status status_of_verdict(const struct verdict *verdict);

/* "3 min ago", in `out`. */
const char *status_age(uint64_t now, uint64_t then, char out[32]);

#endif

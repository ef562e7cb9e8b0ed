/* SPDX-License-Identifier: BSD-2-Clause */
/* What there is to know of the machine's own service without asking it: its last verdict, and
 * whether it still goes on. */
#ifndef AGENT_SERVICE_WORD_H
#define AGENT_SERVICE_WORD_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/state/service.h"
#include "core/evidence/evidence.h"
#include "core/verdict/verdict.h"

struct service_word {
	bool has_verdict;
	struct verdict verdict;
	uint64_t iat; /* of the verdict: seconds since 1970 */
	struct state_service said;
	bool is_public;          /* this user may read what is published, and no more */
	bool is_of_other_vm;     /* it came here with another VM's image, and says nothing */
	bool is_before_boot;     /* of an earlier boot of this machine */
	bool is_before_baseline; /* the outcome of the comparison behind it was lost */
};

/* Reads it in the directory `state` or, where that is empty, the operating system's, or where it is
 * published; `evidence` is this machine's of now. False where no service ever spoke. What is there
 * and cannot be read becomes a fault. */
bool service_word_read(
	const char *state, const struct evidence *evidence, struct service_word *ret_word);

enum service_pace {
	SERVICE_GOES_ON,  /* the next comparison is not due yet */
	SERVICE_UNKNOWN,  /* none is promised */
	SERVICE_ENDED,    /* it was stopped in this boot, and not to be started again at once */
	SERVICE_OVERDUE,  /* it did not come */
	SERVICE_IN_FUTURE /* the clock was set back since the last one, or was wrong then */
};

enum service_pace service_word_pace(const struct service_word *word, uint64_t now);

#endif

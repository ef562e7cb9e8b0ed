/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The service's baseline becomes what a person accepted: in the guest, or at the collector, whose
 * answer to the next report tells of it. `directory` as in agent/state/state.h; its lock is the
 * caller's, but for adoption_hear().
 */
#ifndef AGENT_ADOPTION_H
#define AGENT_ADOPTION_H

#include <stdbool.h>

#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/verdict/verdict.h"
#include "link/messages.h"

/* Makes `evidence` what the service goes on with; `before` (NULL: none) is kept for people.
 * `sentence`: who accepted it. */
int adoption_make(const char *directory, const struct evidence *before,
	const struct evidence *evidence, const char *sentence, struct error *err);

/* Behind each comparison. `verdict` is the one that is kept; `is_held`: the baseline stayed where
 * it was. Then `evidence` is what may be accepted, and whether it goes on from what could be before
 * is noted. */
void adoption_note(const char *directory, bool is_held, const struct verdict *verdict,
	const struct evidence *evidence);

/* Whether the answer says that an operator accepted something. */
bool adoption_is_told(const struct message_result *answer);

/* Behind the answer to a report of `evidence`, whose comparison was kept. ret_is_adopted: an
 * operator accepted it, or what it goes on from, and it is the baseline now. `state` as
 * state_public_path() takes it. Errors: TIMEOUT of the lock; those of reading and writing state:
 * then what was accepted was not heard. */
int adoption_hear(const char *state, const struct evidence *evidence,
	const struct message_result *answer, bool *ret_is_adopted, struct error *err);

#endif

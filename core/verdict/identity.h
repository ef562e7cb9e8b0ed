/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CORE_VERDICT_IDENTITY_H
#define CORE_VERDICT_IDENTITY_H

#include <stdbool.h>

#include "core/verdict/judging.h"

/* Is it the same TPM? Decides and returns true, or leaves the verdict to the next rule. */
bool continuity_judge_identity(struct judging *judging);

/* For evidence that proves nothing and only shows an endorsement key: no better than unverified.
 * Returns true. */
bool continuity_judge_unquoted(struct judging *judging, const struct error *why);

#endif

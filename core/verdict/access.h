/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CORE_VERDICT_ACCESS_H
#define CORE_VERDICT_ACCESS_H

#include <stdbool.h>

#include "core/verdict/judging.h"

/* Did the TPM answer at all? Decides and returns true, or leaves the verdict to the next rule. */
bool continuity_judge_access(struct judging *judging);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CORE_VERDICT_HISTORY_H
#define CORE_VERDICT_HISTORY_H

#include <stdbool.h>

#include "core/verdict/judging.h"

/* Can this state have come from the baseline's, going forward in time? Decides and returns true. */
bool continuity_judge_history(struct judging *judging);

#endif

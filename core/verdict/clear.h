/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters that went back because the TPM was cleared, where its owner seed cannot be compared. */
#ifndef CORE_VERDICT_CLEAR_H
#define CORE_VERDICT_CLEAR_H

#include <stdbool.h>

#include "core/verdict/judging.h"

/* Returns true where that decides. */
bool continuity_judge_clear(struct judging *judging);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The TPM was switched on anew with its system: how was it shut down, and is it the newest state?
 */
#ifndef CORE_VERDICT_RESTART_H
#define CORE_VERDICT_RESTART_H

#include <stdbool.h>

#include "core/verdict/judging.h"

/* Decides on counters that advanced. Returns true. */
bool continuity_judge_restart(struct judging *judging);

/* Decides that the clock went back where it cannot have. Returns true. */
bool continuity_decide_clock_behind(struct judging *judging);

/* Decides on what power_is_older_state() found. Returns true. */
bool continuity_decide_older(struct judging *judging);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CORE_VERDICT_COUNTERS_H
#define CORE_VERDICT_COUNTERS_H

#include <stdbool.h>

#include "core/verdict/judging.h"

/* Brings obfuscated counters into the clear. Where that fails it decides and returns true. */
bool continuity_judge_counters(struct judging *judging);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Last, too: what the verdict cannot exclude, and the beacon could (docs/verdicts.md, "What cannot
 * be decided"). */
#ifndef CORE_VERDICT_GAPS_H
#define CORE_VERDICT_GAPS_H

#include "core/verdict/judging.h"

void continuity_note_gaps(struct judging *judging);

#endif

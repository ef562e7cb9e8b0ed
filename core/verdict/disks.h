/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CORE_VERDICT_DISKS_H
#define CORE_VERDICT_DISKS_H

#include "core/verdict/judging.h"

/* Says which of the guest's sealed disks will not open at its next boot: under whatever verdict,
 * for a vTPM that was replaced tells nobody which disks went with it. */
void continuity_note_disks(struct judging *judging);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Persistent keys, NV indices and the certificates in them: what the baseline held is still there?
 */
#ifndef CORE_VERDICT_OBJECTS_H
#define CORE_VERDICT_OBJECTS_H

#include "core/verdict/judging.h"

void continuity_note_objects(struct judging *judging);

#endif

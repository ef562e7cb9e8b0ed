/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CORE_VERDICT_NOTES_H
#define CORE_VERDICT_NOTES_H

#include "core/verdict/judging.h"

/* Adds what is worth knowing beside the decisive reason; may lower affirming to warning. */
void continuity_note(struct judging *judging);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CORE_EVIDENCE_FIELDS_H
#define CORE_EVIDENCE_FIELDS_H

#include "core/evidence/record.h"

/* The whole document but for its version: core/evidence/fields.c. */
extern const struct record evidence_record;

/* Its part `unlock`. */
extern const struct record unlock_record;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CORE_EVIDENCE_PRIVATE_H
#define CORE_EVIDENCE_PRIVATE_H

#include "core/evidence.h"

/* The whole document but for its version: core/evidence_fields.c. */
extern const struct record evidence_record;

#endif

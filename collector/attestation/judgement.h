/* SPDX-License-Identifier: BSD-2-Clause */
/* The verdict on one report and what it changes of its VM: no I/O; called inside the store's
 * transaction. */
#ifndef COLLECTOR_JUDGEMENT_H
#define COLLECTOR_JUDGEMENT_H

#include "collector/attestation/judgement_types.h"

/* Judges against `vm` and, where it is kept, changes that. */
void judgement_make(struct judgement *judgement, struct store_vm *vm);

#endif

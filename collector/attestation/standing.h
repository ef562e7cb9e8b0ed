/* SPDX-License-Identifier: BSD-2-Clause */
/* What the record of an accepted VM says of before may not be over; and beside it may be a second
 * copy, which hides nothing of that. No I/O. */
#ifndef COLLECTOR_STANDING_H
#define COLLECTOR_STANDING_H

#include "collector/attestation/judgement_types.h"

/* Makes a verdict on a report that is kept one beside what stands. Changes `vm`'s lines. */
void standing_carry(struct judgement *judgement, struct store_vm *vm);

/* The same while the VM waits for its acceptance, and has neither keys nor a baseline. Returns true
 * where it stays contraindicated: then nobody accepts it but a person. */
bool standing_carry_waiting(struct judgement *judgement, const struct store_vm *vm);

#endif

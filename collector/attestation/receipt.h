/* SPDX-License-Identifier: BSD-2-Clause */
/* What agents show of their last report: by it an older copy of the database is found. */
#ifndef COLLECTOR_ATTESTATION_RECEIPT_H
#define COLLECTOR_ATTESTATION_RECEIPT_H

#include "collector/attestation/copies.h"
#include "collector/attestation/private.h"
#include "collector/attestation/protocol.h"

/* Fills in what the challenge shows, where it has a receipt that is this collector's and the VM's.
 * That its report is not here is told: in the log, to the store, and once since the start
 * in the audit log. */
void receipt_take(struct attestation *attestation, const struct protocol_challenge *asked,
	const struct store_vm *vm, struct copies_receipt *ret_shown);

#endif

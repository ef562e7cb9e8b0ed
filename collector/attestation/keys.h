/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of its keys a VM has to prove. No I/O. */
#ifndef COLLECTOR_KEYS_H
#define COLLECTOR_KEYS_H

#include "collector/attestation/private.h"
#include "collector/attestation/protocol.h"

/* Checks the AK, chooses an EK and fills `claim` with both, and with what is wrong with that EK's
 * certificate where the policy asks for one. *ret_is_proven: this AK has activated a credential for
 * that EK before.
 *
 * For a VM that is not accepted yet it chooses the first EK that the policy would take. Otherwise,
 * or if there is none, the first one that the VM is known by; if there is none, the first one that
 * a certificate or the allowlist names for this VM, and says so in the claim; else the first one.
 *
 * Errors: UNSUPPORTED, MALFORMED, CRYPTO, TOO_LARGE: an AK that cannot be used. */
int keys_choose(const struct attestation *attestation, const struct protocol_challenge *asked,
	const struct store_vm *vm, struct challenge_claim *claim, size_t *ret_ek,
	bool *ret_is_proven, struct error *err);

/* Whether one of the EKs that it shows is the VM's. Not proven yet. */
bool keys_are_known(const struct protocol_challenge *asked, const struct store_vm *vm);

#endif

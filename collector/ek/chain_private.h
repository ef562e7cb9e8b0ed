/* SPDX-License-Identifier: BSD-2-Clause */
/* What chain.c asks of chain_ek.c and chain_cost.c. */
#ifndef COLLECTOR_CHAIN_PRIVATE_H
#define COLLECTOR_CHAIN_PRIVATE_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "collector/ek/chain.h"
#include "core/error.h"
#include "core/text.h"

/* What a certificate must be to be an EK's, apart from chain and key. Errors: CRYPTO, NO_MEMORY. */
int chain_check_profile(X509 *certificate, struct error *err);

/* The UUID of the VM that the subject names. Errors: CRYPTO, NO_MEMORY. */
int chain_read_uuid(X509 *certificate, char ret_uuid[TEXT_UUID_SIZE], struct error *err);

/* Whether a certificate's key may verify: docs/protocol.md, "Limits". Errors: `code` where not,
 * NO_MEMORY. */
int chain_check_key(X509 *certificate, enum error_code code, struct error *err);

/* Whether the request has still one verification by this issuer's key, which it then has spent. */
bool chain_spend(struct chain_cost *cost, const STACK_OF(X509) * sent, X509 *issuer);

#endif

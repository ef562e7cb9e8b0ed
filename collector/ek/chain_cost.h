/* SPDX-License-Identifier: BSD-2-Clause */
/* What a stranger's certificates may cost whoever verifies them. */
#ifndef COLLECTOR_CHAIN_COST_H
#define COLLECTOR_CHAIN_COST_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "core/error.h"

/* Signatures that are verified for one client's request, by the keys that it sent along and by
 * those of trusted CAs: there may be hundreds of one name, and whoever asks chooses the name. */
#define CHAIN_SENT_MAX    16
#define CHAIN_TRUSTED_MAX 256

/* What one request has cost so far, of the above. */
struct chain_cost {
	unsigned sent, trusted;
	bool has_large_key; /* a certificate was refused for it */
	bool has_spent_all; /* or since no more is verified for this request */
};

/* Whether a certificate's key may verify: docs/protocol.md, "Limits". Errors: `code` where not,
 * NO_MEMORY. */
int chain_check_key(X509 *certificate, enum error_code code, struct error *err);

/* Whether the request has still one verification by this issuer's key, which it then has spent. */
bool chain_spend(struct chain_cost *cost, const STACK_OF(X509) * sent, X509 *issuer);

#endif

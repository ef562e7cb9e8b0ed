/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef COLLECTOR_PROOF_QUOTE_PUT_H
#define COLLECTOR_PROOF_QUOTE_PUT_H

#include "core/evidence/evidence.h"

/* Puts the quote that came beside the evidence where the rest of the program looks for it. One in
 * the evidence itself counts for nothing: without `attest` there is none. */
void quote_put(struct evidence_quote *quote, const struct crypto_bytes *attest,
	const struct crypto_bytes *signature);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/proof/quote_put.h"

#include <string.h>

void quote_put(struct evidence_quote *quote, const struct crypto_bytes *attest,
	const struct crypto_bytes *signature)
{
	memset(quote, 0, sizeof(*quote));
	if (!attest->len)
		return;
	quote->part.state = PART_READ;
	quote->attest.len = attest->len;
	memcpy(quote->attest.data, attest->bytes, attest->len);
	quote->signature.len = signature->len;
	memcpy(quote->signature.data, signature->bytes, signature->len);
}

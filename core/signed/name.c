/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/signed/name.h"

#include <string.h>

int name_make(uint16_t alg, const struct crypto_bytes *parts, size_t count,
	struct evidence_name *ret_name, struct error *err)
{
	uint8_t digest[TCG_DIGEST_MAX];
	int rc = crypto_digest(alg, parts, count, digest, err);

	if (rc)
		return rc;
	ret_name->len = 2 + tcg_digest_size(alg);
	ret_name->data[0] = (uint8_t)(alg >> 8);
	ret_name->data[1] = (uint8_t)alg;
	memcpy(ret_name->data + 2, digest, tcg_digest_size(alg));
	return 0;
}

bool name_is_same(const struct evidence_name *a, const struct evidence_name *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

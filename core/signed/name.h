/* SPDX-License-Identifier: BSD-2-Clause */
/* TPM names: Part 1 section 16. */
#ifndef CORE_SIGNED_NAME_H
#define CORE_SIGNED_NAME_H

#include <stdbool.h>

#include "core/crypto/crypto.h"
#include "core/error.h"
#include "core/evidence/evidence.h"

/* The name of a public area (or, for a qualified name, of parent and name): the algorithm,
 * big-endian, and its digest over the parts. */
int name_make(uint16_t alg, const struct crypto_bytes *parts, size_t count,
	struct evidence_name *ret_name, struct error *err);

bool name_is_same(const struct evidence_name *a, const struct evidence_name *b);

#endif

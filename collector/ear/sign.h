/* SPDX-License-Identifier: BSD-2-Clause */
/* A JSON Web Signature (RFC 7515) in its compact form, by ES256. */
#ifndef COLLECTOR_EAR_SIGN_H
#define COLLECTOR_EAR_SIGN_H

#include "collector/store/store_types.h"
#include "core/buf.h"
#include "core/error.h"
#include "core/json/value.h"

/* Appends the token of `claims`, which is borrowed.
 * Errors: MALFORMED: the key's halves are of two keys; CRYPTO, NO_MEMORY. */
int ear_sign(const struct store_result_key *key, const json_t *claims, struct buf *to,
	struct error *err);

#endif

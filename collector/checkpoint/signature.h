/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures of checkpoints by an operator's key: Ed25519, or ECDSA with SHA-256 on P-256. */
#ifndef COLLECTOR_CHECKPOINT_SIGNATURE_H
#define COLLECTOR_CHECKPOINT_SIGNATURE_H

#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/error.h"

/* Appends " signature BASE64" to what is in `to`, which is signed. `pem` is a private key without
 * a passphrase. Errors: CONFIG (no such key), CRYPTO, NO_MEMORY. */
int checkpoint_sign(const struct buf *pem, struct buf *to, struct error *err);

/* Whether `signature` (base64) is of `line`, by the public key `pem`. Errors: CONFIG, CRYPTO (it is
 * not), NO_MEMORY. */
int checkpoint_check_signature(const struct buf *pem, const struct crypto_bytes *line,
	const struct crypto_bytes *signature, struct error *err);

#endif

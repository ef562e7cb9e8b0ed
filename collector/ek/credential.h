/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Credential protection: a secret that a TPM gives out only where the EK and the key of a given
 * name are both in it. What TPM2_MakeCredential does, without a TPM: TPM 2.0 Library Part 1
 * section 24.
 */
#ifndef COLLECTOR_CREDENTIAL_H
#define COLLECTOR_CREDENTIAL_H

#include <stddef.h>
#include <stdint.h>

#include "collector/ek/seed.h"
#include "core/error.h"
#include "core/evidence/evidence.h"

/* TPMS_ID_OBJECT: integrityHMAC and encrypted identity, both TPM2Bs of at most a digest. */
#define CREDENTIAL_ID_OBJECT_MAX (2 + TCG_DIGEST_MAX + 2 + TCG_DIGEST_MAX)

/* The contents of TPM2B_ID_OBJECT and TPM2B_ENCRYPTED_SECRET, without the size in front of them.
 * Both may be sent in the clear. */
struct credential {
	size_t id_object_len;
	uint8_t id_object[CREDENTIAL_ID_OBJECT_MAX];
	size_t encrypted_secret_len;
	uint8_t encrypted_secret[SEED_SECRET_MAX];
};

/*
 * Makes a credential for the EK whose TPMT_PUBLIC is `ek_public` and for the attestation key that
 * has this name. The secret is 1 to tcg_digest_size(the EK's nameAlg) bytes long: a TPM takes no
 * more. The EK is a restricted decryption key as seed_share() takes it, and protects with AES in
 * CFB mode.
 *
 * The EK comes from whoever asks for the credential: that it is the right one is for chain.h, or
 * for an earlier enrolment, to say. A name is only checked for its form.
 *
 * Errors: MALFORMED for a public area, a point or a name that is none; UNSUPPORTED for a key that
 * no TPM takes as an EK; TOO_LARGE for the secret; CRYPTO; NO_MEMORY.
 */
int credential_make(const void *ek_public, size_t ek_len, const struct evidence_name *ak_name,
	const void *secret, size_t secret_len, struct credential *ret_credential,
	struct error *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A P-256 key as a TPM would hold it, in software: signs, and activates credentials. Whatever goes
 * wrong ends the program. */
#ifndef TESTS_BENCH_LOAD_KEY_H
#define TESTS_BENCH_LOAD_KEY_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/crypto/crypto.h"
#include "core/evidence/evidence.h"

#define LOAD_SIGNATURE_SIZE (4 + 2 * (2 + 32)) /* TPMT_SIGNATURE */
#define LOAD_SECRET_SIZE    32

struct load_key {
	EVP_PKEY *pair;
	uint8_t point[64]; /* x‖y */
};

void load_key_make(struct load_key *key);
void load_key_free(struct load_key *key);

/* ECDSA with SHA-256. */
void load_key_sign(const struct load_key *key, const void *bytes, size_t len,
	uint8_t ret_signature[LOAD_SIGNATURE_SIZE]);

/* TPM2_ActivateCredential: takes TPM2B_ID_OBJECT and TPM2B_ENCRYPTED_SECRET for the key as an EK
 * with SHA-256 and AES-128. False when they are not for this key and name. */
bool load_key_activate(const struct load_key *key, const struct evidence_name *ak_name,
	const struct crypto_bytes *id_object, const struct crypto_bytes *encrypted,
	uint8_t ret_secret[LOAD_SECRET_SIZE]);

#endif

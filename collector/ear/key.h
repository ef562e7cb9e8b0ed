/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys that sign attestation results: ECDSA on P-256, as JSON Web Keys (RFC 7517). No I/O, no clock
 * of its own. */
#ifndef COLLECTOR_EAR_KEY_H
#define COLLECTOR_EAR_KEY_H

#include "collector/store/store_types.h"
#include "core/error.h"
#include "core/json/value.h"

/* A key's name as JSON has it: base64url of its SHA-256, without padding. */
#define EAR_KID_SIZE 44

/* A new key that signs from now on. Errors: CRYPTO, NO_MEMORY. */
int ear_key_make(uint64_t now_ms, struct store_result_key *ret_key, struct error *err);

/* Whether it has its own name. Errors: MALFORMED, CRYPTO. */
int ear_key_check(const struct store_result_key *key, struct error *err);

void ear_key_print(const uint8_t kid[STORE_HASH_SIZE], char ret_text[EAR_KID_SIZE]);

/* Its public half. NULL when memory is short. */
json_t *ear_key_json(const struct store_result_key *key);

#endif

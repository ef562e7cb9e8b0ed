/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CAs of EK certificates that operators imported, kept in one PEM file. Any thread may verify
 * while another one imports: it sees all of an import or nothing of it. What another collector of
 * the same store imported is seen a second later.
 */
#ifndef COLLECTOR_TRUST_H
#define COLLECTOR_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include "collector/ek/chain.h"
#include "collector/shared_file.h"

struct trust;

/* Reads the CAs of `file`, whose texts live as long as they are used, and which may be missing:
 * then there are none yet. Errors: those of reading, and of chain_store_add(). */
int trust_open(const struct shared_file *file, struct trust **ret_trust, struct error *err);
void trust_close(struct trust *trust);

/* Adds the CA certificates of a PEM or DER file, on stable storage when it returns 0. Errors: those
 * of chain_store_add() and of writing; nothing was added then. */
int trust_add(
	struct trust *trust, const void *bytes, size_t len, size_t *ret_added, struct error *err);

/* As chain_verify(), with the CAs that are there now. */
int trust_verify(struct trust *trust, const struct chain_request *request,
	struct chain_identity *ret_identity, struct error *err);

/* How many CAs there are, and the SHA-256 of their fingerprints, in their order as bytes. Errors:
 * NO_MEMORY, CRYPTO. */
int trust_digest(struct trust *trust, size_t *ret_count, uint8_t ret_digest[32], struct error *err);

/* Shows each CA until `visit` returns false. */
void trust_visit(struct trust *trust,
	bool (*visit)(const struct crypto_certificate *certificate, void *context), void *context);

#endif

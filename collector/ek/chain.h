/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EK certificates against the certification authorities that an operator trusts: those of the
 * hypervisor hosts, of which each has its own (swtpm-localca), mostly under the same names.
 */
#ifndef COLLECTOR_CHAIN_H
#define COLLECTOR_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/ek/chain_cost.h"
#include "core/crypto/crypto.h"
#include "core/error.h"
#include "core/text.h"

#define CHAIN_IMPORT_MAX        (1024UL * 1024) /* bytes of one file of CA certificates */
#define CHAIN_INTERMEDIATES_MAX 8               /* certificates that come with an EK's */

/* The trusted CAs. Each of them ends a chain: an issuer can be trusted without its root. Filled
 * once, it can be used by several threads; adding to it meanwhile cannot. */
struct chain_store;

int chain_store_new(struct chain_store **ret_store, struct error *err);
void chain_store_free(struct chain_store *store);

/* Adds the CA certificates of a file: PEM, or DER one behind the other. Of a file with one that is
 * no CA certificate none is added. `ret_added`: how many were not there yet. Errors: MALFORMED,
 * TOO_LARGE, UNSUPPORTED (not a CA), NO_MEMORY. */
int chain_store_add(struct chain_store *store, const void *bytes, size_t len, size_t *ret_added,
	struct error *err);

/* The number of CAs in it. */
size_t chain_store_count(const struct chain_store *store);

/* Shows each CA as DER, valid during the call, until `visit` returns false. */
void chain_store_visit(const struct chain_store *store,
	bool (*visit)(const void *der, size_t len, void *context), void *context);

/* What an EK certificate is verified with. */
struct chain_request {
	const void
		*der; /* the EK certificate; bytes behind it are ignored, as NV indices have them */
	size_t len;
	/* CA certificates the same machine sent along, DER, trusted for nothing by themselves. */
	const struct crypto_bytes *intermediates;
	size_t intermediate_count;
	const struct crypto_public *ek; /* the key the certificate must be for */
	int64_t now;                    /* seconds since 1970, UTC */
	struct chain_cost *cost;        /* of all that one client's request has verified */
};

/* What a good EK certificate says. */
struct chain_identity {
	struct crypto_certificate certificate;
	char vm_uuid[TEXT_UUID_SIZE];
};

/*
 * Verifies an EK certificate (TCG EK Credential Profile 2.x, section 3.2):
 *
 *   - nothing is verified by a key that costs too much: RSA of 2048 to 4096 bits with an exponent
 *     of at most 32, and the curves of NIST, are allowed;
 *   - a chain of valid signatures of at least 112 bits of strength leads to a trusted CA, each
 *     certificate of it is valid now, and each issuer is a CA that may sign certificates;
 *   - extendedKeyUsage has tcg-kp-EKCertificate, and it is not a CA's;
 *   - its key is `ek`;
 *   - its subject is CN=<name>:<UUID of the VM>, and nothing else: who chooses a VM's name must not
 *     be able to choose whose certificate it looks like.
 *
 * The error tells which of these failed, for what certificate, and what to do; it quotes subjects
 * in the form of RFC 4514, ASCII only. Errors: MALFORMED, TOO_LARGE (intermediates), CRYPTO for all
 * of the above, NO_MEMORY.
 */
int chain_verify(const struct chain_store *store, const struct chain_request *request,
	struct chain_identity *ret_identity, struct error *err);

#endif

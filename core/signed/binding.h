/* SPDX-License-Identifier: BSD-2-Clause */
/* What agent and collector agree on when evidence is reported: docs/protocol.md. */
#ifndef CORE_SIGNED_BINDING_H
#define CORE_SIGNED_BINDING_H

#include <stddef.h>
#include <stdint.h>

#include "core/crypto/crypto.h"
#include "core/error.h"
#include "core/evidence/evidence.h"

#define PROTOCOL_VERSION             "1.1"
#define BINDING_NONCE_SIZE           32
#define BINDING_SECRET_SIZE          32 /* what TPM2_ActivateCredential gives back */
#define BINDING_QUALIFYING_SIZE      32
#define PROTOCOL_CHALLENGE_BYTES_MAX ((size_t)64 * 1024)  /* the first request's body */
#define PROTOCOL_REPORT_BYTES_MAX    ((size_t)512 * 1024) /* the second one's */
#define PROTOCOL_LOG_BYTES_MAX       ((size_t)1 << 20)    /* an event log that is sent */
#define PROTOCOL_CHAIN_MAX           8                    /* CA certificates sent along */
#define PROTOCOL_SEALED_MAX          576                  /* an opaque challenge, before base64 */
#define PROTOCOL_RECEIPT_MAX         256                  /* characters of a report's receipt */
#define PROTOCOL_TICKET_MAX          256  /* of the ticket for an event log: hexadecimal digits */
#define PROTOCOL_CHALLENGE_MAX       1024 /* characters of one, as an agent takes it */

#define BINDING_CREDENTIAL_MAX 1024 /* half of a credential */

/* A collector's challenge, to be answered by what the TPM signs. */
struct binding {
	uint8_t nonce[BINDING_NONCE_SIZE];
	struct evidence_name ek_name; /* whose credential it is; empty: none is to be activated */
	struct {
		size_t len;
		uint8_t data[BINDING_CREDENTIAL_MAX];
	} id_object, encrypted_secret; /* TPM2B_ID_OBJECT, TPM2B_ENCRYPTED_SECRET */
};

/* The quote's qualifyingData: SHA-256("vtpm-report-v1" NUL ‖ nonce ‖ secret ‖ SHA-256(evidence)).
 * One quote so proves freshness, that AK and EK are in one TPM, and that nothing in the evidence
 * was altered. `secret` is empty where no credential was activated. Errors: CRYPTO, NO_MEMORY. */
int binding_qualify(const struct crypto_bytes *nonce, const struct crypto_bytes *secret,
	const struct crypto_bytes *evidence, uint8_t ret_qualifying[BINDING_QUALIFYING_SIZE],
	struct error *err);

/* The same of a quote that is no report's, but for a nonce that anybody may have chosen:
 * SHA-256("vtpm-evidence-v1" NUL ‖ nonce). So no nonce makes a quote that a report could bring. */
int binding_qualify_nonce(const struct crypto_bytes *nonce,
	uint8_t ret_qualifying[BINDING_QUALIFYING_SIZE], struct error *err);

#endif

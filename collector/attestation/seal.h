/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A challenge as its client keeps it: sealed, so that asking for one writes nothing and only the
 * report that spends it does. Any instance that shares the store's key can open it. No I/O.
 */
#ifndef COLLECTOR_SEAL_H
#define COLLECTOR_SEAL_H

#include "collector/attestation/copies.h"
#include "collector/store/store.h"
#include "core/buf.h"
#include "core/crypto/crypto.h"
#include "core/signed/binding.h"

/* What the guest claimed when it asked. */
struct challenge_claim {
	/* A certificate that counts, or the allowlist, names this EK for this VM. Looked at where
	 * it is not the VM's already. */
	bool is_vouched_for;
	uint16_t event; /* enum event */
	struct evidence_name ak_name;
	struct {
		size_t len;
		uint8_t data[STORE_HASH_SIZE];
	} ek; /* fingerprint of the EK that the credential is for, or of the VM's known one */
	char distrust[256]; /* why its certificate does not count; empty: it does */
};

/* What a report has to answer. */
struct challenge {
	char uuid[TEXT_UUID_SIZE]; /* the VM it is for */
	struct store_challenge spending;
	/* Of the VM, when it was given. */
	uint64_t head;               /* its newest report; 0: none */
	uint64_t announcement_ms;    /* until when an announcement held; 0: there was none */
	struct copies_receipt shown; /* with the question */
	uint8_t nonce[BINDING_NONCE_SIZE];
	struct {
		size_t len;
		uint8_t data[BINDING_SECRET_SIZE];
	} secret; /* in the credential; empty: none was made */
	struct challenge_claim claim;
};

struct seal;

/* Copies the key. Errors: NO_MEMORY, CRYPTO. */
int seal_new(const uint8_t key[STORE_KEY_SIZE], struct seal **ret_seal, struct error *err);
void seal_free(struct seal *seal);

/* An acknowledgement: what a client may keep of a report that was committed. */
struct receipt {
	char uuid[TEXT_UUID_SIZE];
	struct store_link report;
	uint64_t root; /* the first of the reports that go on from each other up to this one */
};

/* As below, for receipts: nobody else makes one, and none is taken for a challenge. */
int seal_close_receipt(
	const struct seal *seal, const struct receipt *receipt, struct buf *to, struct error *err);
int seal_open_receipt(const struct seal *seal, const struct crypto_bytes *sealed,
	struct receipt *ret_receipt, struct error *err);

/* For the event log that a report names: it may be sent once, before `spending` expires. */
struct log_ticket {
	char uuid[TEXT_UUID_SIZE];
	uint64_t report;
	uint8_t sha256[STORE_HASH_SIZE];
	struct store_challenge spending;
};

int seal_close_ticket(const struct seal *seal, const struct log_ticket *ticket, struct buf *to,
	struct error *err);
int seal_open_ticket(const struct seal *seal, const struct crypto_bytes *sealed,
	struct log_ticket *ret_ticket, struct error *err);

/* Appends the sealed challenge, at most PROTOCOL_SEALED_MAX bytes: AES-256-SIV (RFC 5297), which
 * hides the secret and lets nobody else make or change one. `spending.id` is random, so no two are
 * alike. Errors: NO_MEMORY, CRYPTO. */
int seal_close(const struct seal *seal, const struct challenge *challenge, struct buf *to,
	struct error *err);

/* Errors: NOT_FOUND: it was not sealed with this key, or was changed; NO_MEMORY, CRYPTO. */
int seal_open(const struct seal *seal, const struct crypto_bytes *sealed,
	struct challenge *ret_challenge, struct error *err);

#endif

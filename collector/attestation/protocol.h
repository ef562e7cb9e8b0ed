/* SPDX-License-Identifier: BSD-2-Clause */
/* The agent's two requests, decoded strictly and bounded: docs/protocol.md. No I/O. */
#ifndef COLLECTOR_PROTOCOL_H
#define COLLECTOR_PROTOCOL_H

#include <stdbool.h>

#include "collector/store/store.h"
#include "core/crypto/crypto.h"
#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/signed/binding.h"
#include "core/verdict/verdict.h"

struct protocol_public {
	size_t len;
	uint8_t data[EVIDENCE_PUBLIC_MAX];
};

struct protocol_certificate {
	size_t len; /* 0: none was sent */
	uint8_t data[EVIDENCE_DER_MAX];
};

struct protocol_ek {
	struct protocol_public public_area;
	struct protocol_certificate certificate;
};

/* POST /v1/challenges. About 55 KiB: not for the stack. */
struct protocol_challenge {
	char version[16];
	char uuid[TEXT_UUID_SIZE]; /* canonical */
	char boot_id[TEXT_UUID_SIZE];
	char event_name[32];
	enum event event;
	struct protocol_public ak;
	struct {
		size_t len;
		uint8_t data[PROTOCOL_RECEIPT_MAX];
	} receipt; /* of this VM's last report; empty: none was sent */
	struct {
		size_t count;
		struct protocol_ek items[STORE_EKS_MAX];
	} eks;
	struct {
		size_t count;
		struct protocol_certificate items[PROTOCOL_CHAIN_MAX];
	} chain;
};

/* POST /v1/reports. Without a challenge it is a distress report. About 260 KiB. */
struct protocol_report {
	char version[16];
	struct {
		size_t len;
		uint8_t data[PROTOCOL_SEALED_MAX];
	} challenge;
	char uuid[TEXT_UUID_SIZE]; /* of a distress report; else empty */
	char event_name[32];
	enum event event;
	uint32_t next_s; /* within so long the next one comes; 0: it does not say */
	struct {
		struct {
			size_t len;
			uint8_t data[STORE_QUOTE_MAX];
		} attest, signature;
	} quote;
	struct {
		size_t len;
		uint8_t data[EVIDENCE_MAX_BYTES]; /* last: what was not sent is not touched */
	} evidence;
};

/* Both give a new structure that the caller frees. Errors: MALFORMED, naming the member; TOO_LARGE;
 * UNSUPPORTED: another major version; NO_MEMORY. */
int protocol_read_challenge(const struct crypto_bytes *body,
	struct protocol_challenge **ret_challenge, struct error *err);
int protocol_read_report(
	const struct crypto_bytes *body, struct protocol_report **ret_report, struct error *err);

/* Whether a document is mostly blanks between its tokens: it costs to keep what says nothing. */
bool protocol_is_blank(const struct crypto_bytes *json);

#endif

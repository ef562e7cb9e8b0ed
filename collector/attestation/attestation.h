/* SPDX-License-Identifier: BSD-2-Clause */
/* What a challenge leaves behind for its report, and the part of the service that serves both. */
#ifndef COLLECTOR_ATTESTATION_H
#define COLLECTOR_ATTESTATION_H

#include "collector/attestation/enrol.h"
#include "collector/attestation/rate.h"
#include "collector/http/http.h"
#include "collector/store/store.h"
#include "collector/trust.h"
#include "collector/writer.h"
#include "core/buf.h"
#include "core/continuity.h"
#include "core/evidence.h"

/* What the guest claimed when it asked: kept with the challenge, so that any instance can take the
 * report. */
struct attestation_claim {
	uint16_t event;
	struct evidence_name ak_name;
	struct {
		size_t len;
		uint8_t data[STORE_HASH_SIZE];
	} ek; /* fingerprint of the EK that the credential is for, or of the VM's known one */
	char distrust[256]; /* why its certificate does not count; empty: it does */
};

/* Errors: NO_MEMORY; MALFORMED: the store has another program's. */
int attestation_write_claim(
	const struct attestation_claim *claim, struct buf *ret_bytes, struct error *err);
int attestation_read_claim(
	const struct crypto_bytes *bytes, struct attestation_claim *ret_claim, struct error *err);

/* The part's own. */
struct attestation {
	struct trust *trust; /* what EK certificates are verified with */
	struct store *store;
	struct writer *writer;
	struct enrol *enrol;
	struct rate enrolments; /* challenges of VMs that are not known */
};

/* Since 1970, by the collector's clock. */
uint64_t attestation_now_ms(void);

/* Since some moment, by a clock that is never set. */
uint64_t attestation_elapsed_ms(void);

/* Answers with what an error of store or writer means to a client. */
void attestation_reply_error(struct http_request *request, const struct error *err);

http_handler challenge_answer;
http_handler report_answer;

#endif

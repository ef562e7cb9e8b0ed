/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages between agent and collector (docs/protocol.md), without the way they travel:
 * requests as bytes, answers read back, each bounded before it is looked at.
 */
#ifndef LINK_MESSAGES_H
#define LINK_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/signed/binding.h"
#include "core/verdict/verdict.h"

/* Bytes of any answer. All of the protocol's are much shorter. */
#define MESSAGE_ANSWER_MAX ((size_t)64 * 1024)

struct message_challenge {
	char id[PROTOCOL_CHALLENGE_MAX]; /* opaque */
	struct binding binding;
};

#define MESSAGE_CLAIM "kept apart: not signed with a key known to be this VM's; an operator decides"

/* What the collector makes of a report: the attestation result of RFC 9334. */
struct message_result {
	uint64_t number; /* 0: the report was not kept */
	uint64_t claim;  /* as which it was kept apart; 0: it was not */
	char uuid[TEXT_UUID_SIZE];
	char enrolment[32];
	char received[32];                  /* RFC 3339 */
	char receipt[PROTOCOL_RECEIPT_MAX]; /* to be shown at the next challenge; empty: none */
	char event_log_ticket[PROTOCOL_TICKET_MAX]; /* the event log is wanted; empty: it is not */
	/* Which report or claim of this vTPM an operator accepted; 0: none that its agent has not
	 * heard of. */
	uint64_t accepted_report, accepted_claim;
	enum reason_code accepted_reason; /* what was shown against it */
	struct verdict verdict;
};

/* Appends the body of POST /v1/challenges. `receipt`: of this VM's last report, or NULL. Errors:
 * PERMISSION (no UUID), TOO_LARGE, NO_MEMORY. */
int message_write_challenge_request(const struct evidence *evidence, enum event event,
	const char *receipt, struct buf *to, struct error *err);

/* Reads the answer to it. Errors: MALFORMED, UNSUPPORTED, TOO_LARGE, NO_MEMORY. */
int message_read_challenge(
	const void *bytes, size_t len, struct message_challenge *ret, struct error *err);

/* Appends the body of POST /v1/reports: `document` as collect_bound() gave it, and the quote.
 * `next_s`: within how many seconds the next report comes; 0: nobody knows. Errors: TOO_LARGE,
 * NO_MEMORY. */
int message_write_report(const struct message_challenge *challenge, const struct buf *document,
	const struct evidence *evidence, uint32_t next_s, struct buf *to, struct error *err);

/* Why the TPM cannot sign a report, or NULL. */
const struct error *message_find_fault(const struct evidence *evidence);

/* Whether the collector is to be told of such a fault. That this agent may not use the TPM, or has
 * no memory, is not the TPM's fault. */
bool message_is_distress(const struct error *fault);

/* Appends the body of a distress report. Errors: PERMISSION (no UUID), TOO_LARGE, NO_MEMORY. */
int message_write_distress(const struct evidence *evidence, enum event event, uint32_t next_s,
	struct buf *to, struct error *err);

/* Reads the answer to either. A reason that this version does not know keeps its sentence. Errors:
 * as message_read_challenge(). */
int message_read_result(
	const void *bytes, size_t len, struct message_result *ret, struct error *err);

/* Whether the report became this VM's first baseline, and nothing was announced that it should have
 * survived: there was nothing to compare with, and all is as it should be. */
bool message_is_enrolled(const struct message_result *result);

/* Sets the error for an answer of a status other than 2xx: what is wrong, and the remedy. The body
 * is problem details, or anything. Returns -code: PERMISSION for 401 and 403, TIMEOUT where a later
 * attempt may succeed (409, 429, 5xx), else UNSUPPORTED. */
int message_refuse(unsigned status, const void *bytes, size_t len, struct error *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A firmware's event log beside the report that names it: the report's quote proves the PCRs, and
 * a log that leads to these is more than the guest's word. */
#ifndef COLLECTOR_PROOF_EVENT_LOG_H
#define COLLECTOR_PROOF_EVENT_LOG_H

#include <stdbool.h>

#include "collector/store/store.h"
#include "core/evidence/evidence.h"

/* Whether the evidence names a log that may be kept: of 1 to STORE_LOG_MAX bytes, and by what it
 * says itself leading to its PCRs. *ret_sha256 is the log's, written only then. */
bool event_log_is_named(const struct evidence *evidence, uint8_t ret_sha256[STORE_HASH_SIZE]);

/* Whether these bytes are the log that the evidence names, and lead to its PCR 0 to 7, with nothing
 * more than what the check boot-pcrs explains. Errors: MALFORMED: they are not, and why; CRYPTO. */
int event_log_check(
	const struct evidence *evidence, const struct crypto_bytes *log, struct error *err);

/* The last log that was found right, so that the next report of the same boot costs nothing. All
 * zero at its beginning. */
struct event_log_seen {
	bool is_known;
	uint8_t sha256[STORE_HASH_SIZE];
};

/* Whether the log that is kept under the name that a stored report gives still has that SHA-256;
 * nothing is wrong where none is kept. Where it leads is no question to the store: a guest may name
 * any log that it knows to be kept. Errors: those of the store, CRYPTO. */
int event_log_prove(struct store *store, const struct evidence *evidence,
	struct event_log_seen *seen, bool *ret_is_right, struct error *err);

#endif

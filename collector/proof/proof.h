/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a report's verdict follows from what the TPM signed: the report as it is stored is judged
 * again, by the functions that judged it. A hash tells that a report was not changed since it was
 * hashed; this tells that who hashed it could not choose the verdict.
 */
#ifndef COLLECTOR_PROOF_H
#define COLLECTOR_PROOF_H

#include "collector/proof/event_log.h"
#include "collector/store/store.h"

/* What a report has as its basis: the program by whose rules it was judged. */
#define PROOF_BASIS "vtpm-collector " VTPM_VERSION

enum proof_result {
	PROOF_NONE = 0, /* it was judged by another version, or what it was compared with is gone */
	PROOF_RIGHT,
	PROOF_WRONG, /* and `what` says why */
};

struct proof {
	enum proof_result result;
	char what[320];
};

/* Looks at the event log that is kept for it as well, whoever judged it. `seen` goes from one
 * report to the next. Errors: those of the store, CRYPTO, NO_MEMORY. */
int proof_judge(struct store *store, uint64_t report, struct event_log_seen *seen,
	struct proof *ret_proof, struct error *err);

#endif

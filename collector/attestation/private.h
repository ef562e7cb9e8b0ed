/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of collector/attestation/ share: the part of the service that serves agents. */
#ifndef COLLECTOR_ATTESTATION_PRIVATE_H
#define COLLECTOR_ATTESTATION_PRIVATE_H

#include <stdatomic.h>

#include "collector/attestation/enrol.h"
#include "collector/attestation/rate.h"
#include "collector/attestation/seal.h"
#include "collector/http/http.h"
#include "collector/room.h"
#include "collector/store/store.h"
#include "collector/trust.h"
#include "collector/writer.h"

/* What VMs may have kept: collector/attestation/budget.h. */
struct budget {
	uint64_t reports, bytes;         /* of a VM and hour; 0: no limit */
	uint64_t pending, pending_bytes; /* of all VMs that nobody has accepted; 0: no limit */
	struct room *room;
};

/* The part's own. */
struct attestation {
	struct trust *trust; /* what EK certificates are verified with */
	struct store *store;
	struct writer *writer;
	struct enrol *enrol;
	struct seal *seal;      /* of challenges */
	struct rate enrolments; /* challenges of VMs that are not known */
	struct rate vouched;    /* the same, of senders that speak for the VM: strangers must not
				 * keep a vTPM that was replaced from being told */
	uint64_t alone_ms;      /* so long one of two copies must be heard alone; 0: for ever */
	struct budget budget;
	atomic_bool was_behind_told; /* since the start: receipt.h */
};

/* Answers with what an error of store or writer means to a client. */
void attestation_reply_error(struct http_request *request, const struct error *err);

/* Answers with what became of a challenge that is of no use any more. */
void attestation_reply_spend(struct http_request *request, enum store_spend spend);

http_handler challenge_answer;
http_handler appraisal_answer;
http_handler log_answer;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A report on its way: verified as it comes (appraisal.c), judged while nobody else can change its
 * VM (report_judge.c), answered when it is on stable storage (report_answer.c). */
#ifndef COLLECTOR_ATTESTATION_REPORT_H
#define COLLECTOR_ATTESTATION_REPORT_H

#include "collector/attestation/budget.h"
#include "collector/attestation/judgement.h"
#include "collector/attestation/piece.h"
#include "collector/attestation/protocol.h"

struct report {
	struct writer_job job;
	struct http_request *request;
	const struct attestation *attestation;
	struct protocol_report *sent;
	struct challenge challenge;
	struct piece piece;
	bool is_unknown_vm;
	bool is_of_past; /* its challenge was given to a VM that is forgotten by now */
	bool has_failed; /* it could not be judged, and nothing was written; `fault` says why */
	struct error fault;
	struct judgement judgement;
	struct store_appraisal written;
	struct store_audit heard;        /* the VM was silent until now */
	bool is_new;                     /* the VM has no report before it */
	uint64_t replaced;               /* bytes of those whose place it takes */
	struct store_link noted;         /* the report that it confirms, and is not kept beside */
	struct budget_decision decision; /* else whether it is kept */
	bool wants_log;                  /* the event log that it names, which is not kept */
	enum store_enrolment enrolment;
	struct buf verdict;
};

/* What the TPM activated. */
struct crypto_bytes report_secret(const struct report *report);

/* The judge of the report's item; its context is the report. */
store_judge report_judge;

/* What the job's `done` is: counts, answers the client, and frees the report. */
void report_answer(struct writer_job *job, int rc, const struct error *err);

void report_free(struct report *report);

#endif

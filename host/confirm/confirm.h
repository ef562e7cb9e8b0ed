/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the vTPM in a guest the one it was? Asked through the guest agent; judged here, or by a
 * collector to which the host carries the guest's report. One child for each guest, so that several
 * can be asked side by side, and neither a guest nor libvirtd can hold us up.
 */
#ifndef HOST_CONFIRM_CONFIRM_H
#define HOST_CONFIRM_CONFIRM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/checks/checks.h"
#include "core/evidence/evidence.h"
#include "core/verdict/verdict.h"
#include "host/confirm/relay.h"
#include "host/confirm/request.h"
#include "link/messages.h"

#define CONFIRM_NONCE_SIZE 32

struct confirm_result {
	char uuid[TEXT_UUID_SIZE]; /* the domain's, as libvirt says */
	struct evidence *evidence; /* the caller frees both; NULL where the collector judged */
	struct evidence *baseline; /* as it was before the guest was asked; NULL: none */
	uint8_t nonce[CONFIRM_NONCE_SIZE]; /* what its quote must be for */
	struct verdict verdict;            /* the collector's, or confirm_judge()'s */
	enum verdict_status status;        /* what it comes to: the verdict's, or the vTPM's health
					    * where it was only to be kept, or the collector has
					    * just made it the baseline */
	bool is_kept;                      /* it is a baseline now */
	bool is_first;                     /* and nothing was there in its place */
	struct message_result answer;      /* the collector's */
	char collector[RELAY_URL_SIZE];    /* and its URL */
	struct checks checks;              /* where this has just become the baseline */
};

struct confirm;

/* Begins to ask. The baseline is read first: another run may replace it by what the guest says
 * later than what is asked for here. Errors: IO, NO_MEMORY. */
int confirm_start(
	const struct confirm_request *request, struct confirm **ret_confirm, struct error *err);

/* Whether confirm_finish() would not wait. */
bool confirm_is_due(struct confirm *confirm);

/* Waits for the answer, and frees `confirm`. Errors: those of guest_channel_run(), relay_evidence()
 * and evidence_parse(); TIMEOUT; those of reading the baseline, naming the file. */
int confirm_finish(struct confirm *confirm, struct confirm_result *ret_result, struct error *err);

/* Whether this was the first sight, of which the baseline was made, and nothing was announced that
 * it should have survived: then `checks` have the vTPM's health. */
bool confirm_is_enrolled(const struct confirm_result *result);

/* Frees what the result holds. */
void confirm_result_free(struct confirm_result *result);

/* Judges what came, where no collector did, against its baseline, or alone when there is none. */
void confirm_judge(struct confirm_result *result, enum event event);

#endif

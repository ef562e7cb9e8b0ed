/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether what a guest gives its host to carry is about that guest: root in it chooses every byte,
 * and what is carried has the host's credential. No I/O.
 */
#ifndef HOST_CONFIRM_RELAY_CHECK_H
#define HOST_CONFIRM_RELAY_CHECK_H

#include <stdbool.h>

#include "core/buf.h"
#include "core/checks/checks.h"
#include "core/error.h"

/* The request for a challenge, or a distress report in its place, of the domain `uuid` (as libvirt
 * prints it). Errors: MALFORMED, TOO_LARGE, NO_MEMORY. */
int relay_check_question(
	const struct buf *question, const char *uuid, bool *ret_is_distress, struct error *err);

/* The report that answers `challenge`, which was given for this domain, and no other one. */
int relay_check_report(
	const struct buf *report, const char *uuid, const char *challenge, struct error *err);

/* What the evidence in such a report says of the TPM's health. Errors: those of evidence_parse().
 */
int relay_judge_report(const struct buf *report, struct checks *ret_checks, struct error *err);

/* The collector's answer: `named` is the VM that it is about. */
int relay_check_answer(const char *named, const char *uuid, struct error *err);

/* Evidence as the guest gave it; empty: it names no machine. */
int relay_check_evidence(const char *named, const char *uuid, struct error *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the service keeps between its runs, in one directory: the baseline, the last verdict
 * and the collector's last receipt.
 * Each file is replaced in one step, so that a power loss leaves the old one or the new one; one
 * after the other, the baseline first. */
#ifndef AGENT_STATE_STATE_H
#define AGENT_STATE_STATE_H

#include <stdint.h>

#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/verdict/verdict.h"

/* The directory that the functions below take: the given one or, where that is empty, the operating
 * system's place for it. */
const char *state_directory(const char *given);

/* Errors: NOT_FOUND where nothing was kept yet; those of evidence_parse(). */
int state_read_baseline(const char *directory, struct evidence **ret_evidence, struct error *err);

int state_write_baseline(const char *directory, const struct evidence *evidence, struct error *err);

/* Keeps what a person is about to replace; nobody reads it but people. */
int state_write_old_baseline(
	const char *directory, const struct evidence *evidence, struct error *err);

/* The last verdict, and when it was given: seconds since 1970 by the guest's clock. Errors of
 * reading it: NOT_FOUND where none was given yet; those of verdict_read(). */
int state_read_verdict(
	const char *directory, struct verdict *ret_verdict, uint64_t *ret_iat, struct error *err);
int state_write_verdict(
	const char *directory, const struct verdict *verdict, uint64_t iat, struct error *err);

/* The collector's receipt of the last report. Errors of reading it: NOT_FOUND where there is none.
 */
int state_read_receipt(const char *directory, char *ret_receipt, size_t size, struct error *err);
int state_write_receipt(const char *directory, const char *receipt, struct error *err);

/* Forgets all, as if the service had never run; what is not there is no error. ret_count: the
 * files that were removed. Errors: PERMISSION, IO. */
int state_reset(const char *directory, unsigned *ret_count, struct error *err);

#endif

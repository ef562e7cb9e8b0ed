/* SPDX-License-Identifier: BSD-2-Clause */
/* One check: its result, and the functions that all checks are made with. */
#ifndef CORE_CHECKS_CHECK_H
#define CORE_CHECKS_CHECK_H

#include <stdbool.h>

#include "core/evidence/evidence.h"

enum check_result { CHECK_UNKNOWN = 0, CHECK_PASS, CHECK_WARN, CHECK_FAIL };

struct check {
	const char *id;    /* stable: "boot-pcrs" */
	const char *title; /* for a person: "Boot PCRs" */
	enum check_result result;
	char sentence[256]; /* what was found; may quote foreign strings: escape at the exit */
	char remedy[256];   /* what to do and who can; empty when there is nothing to do */
};

struct checks_options {
	const char *expect_model; /* "tpm-crb" or "tpm-tis", or NULL: any */
};

/* Decides one check. False when it does not apply to this evidence: it is not listed then. */
typedef bool check_function(const struct evidence *evidence, const struct checks_options *options,
	struct check *ret_check);

/* "unknown", "pass", "warn", "fail". */
const char *check_result_name(enum check_result result);

/* Result and sentence, printf style. */
void check_set(struct check *check, enum check_result result, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

void check_remedy(struct check *check, const char *remedy);

/* True when the part was read; else the check is set to unknown, with the part's reason. `what` is
 * the part's name for a person. */
bool check_part_is_read(struct check *check, const struct record_part *part, const char *what);

/* The evidence was taken through a TCTI: nothing says that the TPM is this guest's own. */
bool check_is_foreign(const struct evidence *evidence, struct check *check);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of checks share: one function for each check. */
#ifndef CORE_CHECKS_PRIVATE_H
#define CORE_CHECKS_PRIVATE_H

#include <stdarg.h>
#include <stdbool.h>

#include "core/checks/checks.h"

/* Decides one check. False when it does not apply to this evidence: it is not listed then. */
typedef bool check_function(const struct evidence *evidence, const struct checks_options *options,
	struct check *ret_check);

/* access.c: can the TPM be spoken to? */
check_function check_device, check_model, check_version, check_responsive, check_started,
	check_failure_mode;
/* state.c: is it in order? */
check_function check_self_test, check_random, check_lockout, check_hierarchies, check_slots,
	check_pcr_banks, check_boot_pcrs, check_tpm_time;
/* identity.c: whose is it? */
check_function check_ek, check_ek_certificate, check_certificate_uuid, check_attestation;

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

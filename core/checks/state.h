/* SPDX-License-Identifier: BSD-2-Clause */
/* Is the TPM in order? docs/checks.md has an entry for each. */
#ifndef CORE_CHECKS_STATE_H
#define CORE_CHECKS_STATE_H

#include "core/checks/check.h"

check_function check_self_test, check_random, check_lockout, check_hierarchies, check_slots,
	check_pcr_banks, check_tpm_time;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Can the TPM be spoken to? docs/checks.md has an entry for each. */
#ifndef CORE_CHECKS_ACCESS_H
#define CORE_CHECKS_ACCESS_H

#include "core/checks/check.h"

check_function check_device, check_model, check_version, check_responsive, check_started,
	check_failure_mode;

#endif

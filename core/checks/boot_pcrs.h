/* SPDX-License-Identifier: BSD-2-Clause */
/* Did the TPM see this boot? */
#ifndef CORE_CHECKS_BOOT_PCRS_H
#define CORE_CHECKS_BOOT_PCRS_H

#include "core/checks/check.h"

check_function check_boot_pcrs;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The check of the disks that are sealed to the TPM. */
#ifndef CORE_CHECKS_UNLOCK_H
#define CORE_CHECKS_UNLOCK_H

#include "core/checks/check.h"

check_function check_disk_unlock;

#endif

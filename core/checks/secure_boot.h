/* SPDX-License-Identifier: BSD-2-Clause */
/* What the boot part says of Secure Boot. Neither check warns: a VM without Secure Boot is as
 * healthy as its owner wants it, and firmware does not look at the date of a certificate. */
#ifndef CORE_CHECKS_SECURE_BOOT_H
#define CORE_CHECKS_SECURE_BOOT_H

#include "core/checks/check.h"

check_function check_secure_boot;
check_function check_secure_boot_certificates;

#endif

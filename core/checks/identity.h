/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose TPM is it, and can it prove that? docs/checks.md has an entry for each. */
#ifndef CORE_CHECKS_IDENTITY_H
#define CORE_CHECKS_IDENTITY_H

#include "core/checks/check.h"

check_function check_ek, check_ek_certificate, check_certificate_uuid, check_attestation;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM that the machine shows and that no driver serves. */
#ifndef LINUX_UNBOUND_H
#define LINUX_UNBOUND_H

#include <stdbool.h>
#include <stddef.h>

/* False where the kernel has a TPM, or the machine shows none. Else what is wrong, for a person:
 * "ACPI shows MSFT0101:00; load tpm_crb". */
bool unbound_describe(char *ret_text, size_t size);

#endif

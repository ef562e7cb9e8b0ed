/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI_SIGNATURE_LISTs, as PK, KEK, db and dbx hold them: UEFI 2.10 section 32.4.1. */
#ifndef CORE_MEASURED_SIGNATURE_LIST_H
#define CORE_MEASURED_SIGNATURE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One signature, without its owner. */
typedef void signature_visit(bool is_x509, const uint8_t *bytes, size_t len, void *context);

/* Shows each signature of the lists. False where the bytes are no lists: what came before was
 * shown. */
bool signature_lists_visit(const uint8_t *bytes, size_t len, signature_visit *visit, void *context);

#endif

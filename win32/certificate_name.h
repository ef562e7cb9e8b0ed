/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef WIN32_CERTIFICATE_NAME_H
#define WIN32_CERTIFICATE_NAME_H

#include "win32/api.h"

#include <stdbool.h>
#include <stddef.h>
#include <wincrypt.h>

/* Writes a distinguished name as RFC 4514 has it, in ASCII and as libcrypto prints it: the last
 * relative name first, bytes beyond ASCII as \XX. Cut where it does not fit; empty where it does
 * not decode. False when memory is short. */
bool certificate_name_copy(char *out, size_t size, const CERT_NAME_BLOB *name);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A credential that systemd-creds encrypted: src/shared/creds-util.c of systemd. Its header says in
 * clear which keys open it, and has the object that the TPM's key is sealed in.
 */
#ifndef CORE_DISK_CREDENTIAL_H
#define CORE_DISK_CREDENTIAL_H

#include "core/disk/token.h"

#define CREDENTIAL_MAX (2U << 20) /* systemd's own bound, in base64 with line breaks */

/* Whether a file begins as one does: in base64, by an identifier that is known here. */
bool credential_is(const char *text, size_t len);

/* Reads one into a token, of number 0. What is wrong with it, as with a volume's token, is the
 * token's error. Errors: TOO_LARGE, NO_MEMORY. */
int credential_read(const char *text, size_t len, struct disk_token *ret_token, struct error *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The token of clevis, "clevis": a JWE (RFC 7516) whose header says how its key is come by. The pin
 * `tpm2` seals it to a TPM; the pin `sss` splits it (Shamir), and each share is a JWE again.
 */
#ifndef CORE_DISK_TOKEN_CLEVIS_H
#define CORE_DISK_TOKEN_CLEVIS_H

#include "core/disk/sealed.h"
#include "core/error.h"
#include "core/json/tree.h"

/* Returns 1, and writes nothing, where no TPM is asked for, as with Tang. Of several shares of a
 * TPM the first one counts. Errors: MALFORMED (also what clevis does not open), TOO_LARGE,
 * UNSUPPORTED (clevis may open it all the same), NO_MEMORY. */
int token_clevis_read(const struct json_node *token, struct sealed *ret_sealed, struct error *err);

#endif

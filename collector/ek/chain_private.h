/* SPDX-License-Identifier: BSD-2-Clause */
/* What chain.c asks of chain_ek.c. */
#ifndef COLLECTOR_CHAIN_PRIVATE_H
#define COLLECTOR_CHAIN_PRIVATE_H

#include <openssl/types.h>

#include "core/error.h"
#include "core/text.h"

/* What a certificate must be to be an EK's, apart from chain and key. Errors: CRYPTO, NO_MEMORY. */
int chain_check_profile(X509 *certificate, struct error *err);

/* The UUID of the VM that the subject names. Errors: CRYPTO, NO_MEMORY. */
int chain_read_uuid(X509 *certificate, char ret_uuid[TEXT_UUID_SIZE], struct error *err);

#endif

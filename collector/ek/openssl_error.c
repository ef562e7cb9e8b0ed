/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/ek/openssl_error.h"

#include <openssl/err.h>

#include "core/crypto/openssl_memory.h"

int openssl_error(struct error *err, enum error_code code, const char *what)
{
	unsigned long first = ERR_peek_error();
	const char *reason = first ? ERR_reason_error_string(first) : NULL;

	if (openssl_lacks_memory_or_cause())
		return error_set(err, ERROR_NO_MEMORY, "%s: no memory", what);
	if (!first && code == ERROR_MALFORMED)
		code = ERROR_CRYPTO;
	return error_set(err, code, "%s: %s", what, reason ? reason : "libcrypto failed");
}

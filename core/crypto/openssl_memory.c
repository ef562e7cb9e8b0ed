/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/crypto/openssl_memory.h"

#include <openssl/err.h>

/* Whether an error only says that something beneath it failed: "ASN1 lib", "nested asn1 error". */
static bool passes_on(unsigned long code)
{
	int reason = ERR_GET_REASON(code);

	return ERR_COMMON_ERROR(code) &&
	       (reason == ERR_R_NESTED_ASN1_ERROR || (reason & ~ERR_RFLAG_COMMON) < 128);
}

/* Empties the list. ret_has_cause: an error that passes on no other; or there is none at all. */
static bool take_errors(bool *ret_has_cause)
{
	bool is_short = false, has_cause = false;
	size_t count = 0;
	unsigned long code;

	for (; (code = ERR_get_error()) != 0; count++) {
		is_short = is_short || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
		has_cause = has_cause || !passes_on(code);
	}
	*ret_has_cause = has_cause || !count;
	return is_short;
}

bool openssl_lacks_memory(void)
{
	bool has_cause;

	return take_errors(&has_cause);
}

/* From 3.2 on a shortage is reported where it happens, in CRYPTO_malloc(), and by nobody above it;
 * and CRYPTO_realloc() reports none. What is left then are errors that pass on one that is not
 * there. */
bool openssl_lacks_memory_or_cause(void)
{
	bool has_cause;

	return take_errors(&has_cause) || !has_cause;
}

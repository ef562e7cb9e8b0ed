/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether libcrypto failed for want of memory, which its versions report differently. */
#ifndef CORE_CRYPTO_OPENSSL_MEMORY_H
#define CORE_CRYPTO_OPENSSL_MEMORY_H

#include <stdbool.h>

/* Empties this thread's list of errors; true when they tell, or leave nothing else to conclude
 * than, that memory was short. Of bytes that are malformed, one error always says what is wrong
 * with them. */
bool openssl_lacks_memory(void);

#endif

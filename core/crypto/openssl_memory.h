/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether libcrypto failed for want of memory, which its versions report differently. */
#ifndef CORE_CRYPTO_OPENSSL_MEMORY_H
#define CORE_CRYPTO_OPENSSL_MEMORY_H

#include <stdbool.h>

/* Empties this thread's list of errors; true when one of them is that memory was short. */
bool openssl_lacks_memory(void);

/* The same where bytes were decoded or a key was used; true also when no error says what is wrong
 * with them, which one always does. Not for what fails without a word: a wrong signature or tag. */
bool openssl_lacks_memory_or_cause(void);

#endif

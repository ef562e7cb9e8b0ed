/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM that the machine shows and that no driver serves. */
#ifndef WIN32_UNBOUND_H
#define WIN32_UNBOUND_H

#include <stdbool.h>

/* Does firmware describe a TPM 2.0? Asked where Windows says that it finds none. */
bool unbound_is_shown(void);

#endif

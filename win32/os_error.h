/* SPDX-License-Identifier: BSD-2-Clause */
/* Windows' error codes as an error. */
#ifndef WIN32_OS_ERROR_H
#define WIN32_OS_ERROR_H

#include "win32/api.h"

#include "core/error.h"

/* Sets the error of a failed call: "<what> <name>: <Windows' words>"; `name` may be empty. Returns
 * -code. */
int os_error(struct error *err, DWORD number, const char *what, const char *name);

#endif

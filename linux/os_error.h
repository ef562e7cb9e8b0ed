/* SPDX-License-Identifier: BSD-2-Clause */
/* errno as an error: one table for files, one for TPM devices. */
#ifndef LINUX_OS_ERROR_H
#define LINUX_OS_ERROR_H

#include "core/error.h"

/* Sets the error of a failed call on a file: "<what> <path>: <reason>". Returns -code. */
int os_error_file(struct error *err, int number, const char *what, const char *path);

/* Sets the error of a failed call on a TPM device node, with the remedy where the guest has one.
 * Returns -code. */
int os_error_device(struct error *err, int number, const char *what, const char *path);

#endif

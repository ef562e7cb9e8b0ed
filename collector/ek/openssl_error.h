/* SPDX-License-Identifier: BSD-2-Clause */
/* libcrypto's list of errors as one of ours. */
#ifndef COLLECTOR_OPENSSL_ERROR_H
#define COLLECTOR_OPENSSL_ERROR_H

#include "core/error.h"

/* Empties this thread's list and sets `err` to "<what>: <libcrypto's first reason>": NO_MEMORY
 * where memory was short, else `code`. Returns -code. */
int openssl_error(struct error *err, enum error_code code, const char *what);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINK_TOKEN_FILE_H
#define LINK_TOKEN_FILE_H

#include "core/buf.h"
#include "core/error.h"

/* Appends the bearer token that the file `path` holds: one line of printable ASCII without a blank,
 * as a header can carry it. Errors: CONFIG where it holds anything else; those of
 * platform_file_read(). */
int token_file_read(const char *path, struct buf *to, struct error *err);

#endif

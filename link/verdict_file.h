/* SPDX-License-Identifier: BSD-2-Clause */
/* The last verdict as a file beside the baseline: what is not over must not be forgotten. */
#ifndef LINK_VERDICT_FILE_H
#define LINK_VERDICT_FILE_H

#include <stdint.h>

#include "core/error.h"
#include "core/verdict/verdict.h"

/* Reads a verdict, and when it was given: seconds since 1970. Errors: NOT_FOUND where none was
 * given yet, PERMISSION; those of verdict_read(), naming the file. */
int verdict_file_read(
	const char *path, struct verdict *ret_verdict, uint64_t *ret_iat, struct error *err);

/* Replaces the file in one step. Errors: those of platform_file_keep(). */
int verdict_file_write(
	const char *path, const struct verdict *verdict, uint64_t iat, struct error *err);

#endif

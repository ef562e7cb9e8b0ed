/* SPDX-License-Identifier: BSD-2-Clause */
/* Where it is kept what a guest was: a file of its own, or a directory that has one for each. */
#ifndef HOST_CONFIRM_BASELINE_FILE_H
#define HOST_CONFIRM_BASELINE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/error.h"
#include "core/text.h"

#define BASELINE_PATH_SIZE 1024
#define BASELINE_VERDICT   ".verdict" /* UUID.verdict.json: what has not ended */

bool baseline_file_is_directory(const char *place);

/* The file of a VM in a directory: UUID.json, or UUID.KIND.json where `kind` is ".KIND". Errors:
 * TOO_LARGE. */
int baseline_file_name(const char *directory, const char *uuid, const char *kind,
	char ret_path[BASELINE_PATH_SIZE], struct error *err);

/* Whether a file of that name is a VM's baseline, and of which. */
bool baseline_file_is_of(const char *name, char ret_uuid[TEXT_UUID_SIZE]);

/* Appends the bytes of the VM's evidence, and gives the file's name. Errors: those of
 * platform_file_read(); TOO_LARGE. */
int baseline_file_read(const char *place, const char *uuid, struct buf *to,
	char ret_path[BASELINE_PATH_SIZE], struct error *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program's configuration as it lies on the disk: the file, and its drop-ins, the files *.conf of
 * the directory that is called as the file with ".d" behind it. So one image's file stays as it is,
 * and each machine adds its own.
 */
#ifndef CONSOLE_SETTINGS_FILES_H
#define CONSOLE_SETTINGS_FILES_H

#include <stdbool.h>

#include "console/settings.h"

/* Reads the file, then its drop-ins in the order of their names' bytes; what a later one says
 * replaces what an earlier one said. Either may be missing. A file that `must_be`, since somebody
 * named it, has no drop-ins: its directory may be anybody's. `ret_found` says whether anything was
 * there. The members of `options` that are named are written,
 * as by settings_read(). Errors: CONFIG, naming file, line and setting; NOT_FOUND, PERMISSION, IO,
 * NO_MEMORY. */
int settings_read_files(const struct command_line_program *program, const char *path, bool must_be,
	void *options, uint64_t *ret_set, bool *ret_found, struct error *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A program's configuration file, read by the same rows as its command line. */
#ifndef CONSOLE_SETTINGS_H
#define CONSOLE_SETTINGS_H

#include <stddef.h>
#include <stdint.h>

#include "console/command_line.h"
#include "core/error.h"

/* Reads the file's text into the members of `options` that it names; `ret_set` has a bit for each
 * of these rows. `options` may be partly written on failure. Errors: CONFIG, naming line and
 * setting; NO_MEMORY. */
int settings_read(const struct command_line_program *program, const char *text, size_t len,
	void *options, uint64_t *ret_set, struct error *err);

/* Copies the members of these rows. */
void settings_copy(
	const struct command_line_program *program, uint64_t rows, const void *from, void *to);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* How the programs begin and end: the log, --help and --version, the one line of an error, and the
 * exit code that goes with it. */
#ifndef CONSOLE_PROGRAM_H
#define CONSOLE_PROGRAM_H

#include "console/command_line.h"
#include "core/error.h"
#include "core/log.h"
#include "core/status.h"

/* Prepares the process: the platform, and a log that warns on standard error. To be called first,
 * with the name of the program. */
void program_start(const char *name);

/* From now on the log tells this much. */
void program_log(enum log_level level);

/* From now on each line, escaped, is offered to `takes` first; where that refuses it, it goes to
 * standard error as before. */
void program_log_first(bool (*takes)(enum log_level level, const char *line));

/* Answers --help or --version where `line` wants one, and says whether it did. */
bool program_answers(const struct command_line_program *program, const struct command_line *line,
	enum exit_code *ret_code);

/* Tells of the error in one line. Returns the exit code that goes with it, never 0. */
enum exit_code program_fail(const struct error *err);

/* `code`, once what was printed has got out; else that of the error. */
enum exit_code program_end(enum exit_code code);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program's command line: PROGRAM [COMMAND] [WORD...] [OPTION...], options anywhere. Two tables,
 * of its commands and of its options, serve for reading it, for refusing what a command would
 * ignore, for the configuration file (settings.h), and for --help.
 *
 * --verbose (-v), --version and --help (-h) are every program's and stand in no table.
 */
#ifndef CONSOLE_COMMAND_LINE_H
#define CONSOLE_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "console/option.h"
#include "core/buf.h"
#include "core/error.h"

#define COMMAND_LINE_WORDS_MAX    3
#define COMMAND_LINE_COMMANDS_MAX 64 /* a bit of an uint64_t for each */

struct command_line_command {
	const char *name;
	const char *words; /* what may follow it, a blank between two; empty: nothing */
	const char *help;  /* what it does, in the imperative */
};

/* A program keeps the list of its commands as a macro that hands a row for each to another macro:
 * row(CONSTANT, name, function, words, help). From this one list come the constants COMMAND_…, the
 * table for command_line_program, and the table of functions. */
#define COMMAND_LINE_CONSTANT(constant, name, function, words, help) COMMAND_##constant,
#define COMMAND_LINE_COMMAND(constant, name, function, words, help)  {name, words, help},
#define COMMAND_LINE_FUNCTION(constant, name, function, words, help) function,

struct command_line_program {
	const char *name;
	const char *purpose; /* a sentence for --help */
	const struct command_line_command *commands;
	size_t command_count; /* at most COMMAND_LINE_COMMANDS_MAX */
	bool has_default;     /* no command means the first */
	const char *codes;    /* what exit codes mean for some command alone; NULL: nothing */
	const struct option_row *options;
	size_t option_count; /* at most OPTION_ROWS_MAX */
};

/* What every program reads. The words are borrowed from the command line. */
struct command_line {
	const char *command; /* NULL: none given */
	const char *words[COMMAND_LINE_WORDS_MAX];
	size_t word_count;
	uint64_t named; /* a bit for each row of the table whose option was given */
	bool wants_help, wants_version, is_verbose;
};

/* Reads the command line into `ret_line` and the program's own structure; what it does not name
 * gets the row's `otherwise`. Errors: USAGE, one line that names the word and the way out; both
 * structures may then be partly written. */
int command_line_parse(const struct command_line_program *program, int argc, char **argv,
	void *options, struct command_line *ret_line, struct error *err);

/* Finds the command, and refuses words and options that it would ignore, for another option too.
 * Errors: USAGE, naming the first of them. */
int command_line_check(const struct command_line_program *program, const struct command_line *line,
	size_t *ret_command, struct error *err);

/* Whether the command line names this option. */
bool command_line_names(const struct command_line_program *program, const struct command_line *line,
	const char *option);

/* Whether the command takes the row's option, which may be none of the command line's. */
bool command_line_takes(const struct option_row *row, size_t command);

/* Appends what --help prints: of the program, or of the command of that name where there is one. */
void command_line_help(
	const struct command_line_program *program, const char *command, struct buf *to);

#endif

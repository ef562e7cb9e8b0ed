/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program's command line, as one table that serves for reading it, for refusing what a command
 * would ignore, and for --help: PROGRAM [COMMAND] [WORD...] [OPTION...], options anywhere.
 *
 * --verbose (-v), --version and --help (-h) are every program's and stand in no table.
 */
#ifndef CONSOLE_COMMAND_LINE_H
#define CONSOLE_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/error.h"

#define COMMAND_LINE_WORDS_MAX   3
#define COMMAND_LINE_OPTIONS_MAX 64

/* What an option's value becomes, in the member of the program's structure that the row names. */
enum option_kind {
	OPTION_SET,     /* bool: true; there is no value */
	OPTION_TEXT,    /* const char *: the command line's own bytes, not empty */
	OPTION_STRING,  /* char[size]: a copy, not empty */
	OPTION_SECONDS, /* uint32_t, from min to max */
	OPTION_NUMBER,  /* uint64_t, from min to max */
	OPTION_EVENT,   /* enum event */
	OPTION_READ,    /* whatever `read` makes of it */
};

/* Reads a value, NULL where the option takes none, into the program's structure. Errors: USAGE,
 * beginning with the option's name. */
typedef int option_reader(const char *value, void *options, struct error *err);

struct command_line_option {
	const char *name;   /* without its dashes */
	const char *value;  /* what --help calls its value; NULL: it takes none */
	const char *takers; /* the commands that take it, a blank between two; NULL: all of them */
	const char *help;   /* one line or more */
	enum option_kind kind;
	size_t offset, size; /* of the member */
	uint64_t min, max;
	option_reader *read;
};

/* The rest of a row whose value goes into a member, and of one that has a reader of its own. */
#define OPTION_INTO(what, type, member)                                                            \
	.kind = (what), .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define OPTION_BY(reader) .kind = OPTION_READ, .read = (reader)

struct command_line_command {
	const char *name;
	size_t words; /* that may follow it */
	const char *help;
};

struct command_line_program {
	const char *name;
	const char *purpose; /* a sentence for --help */
	const struct command_line_command *commands;
	size_t command_count;
	bool has_default; /* no command means the first */
	const struct command_line_option *options;
	size_t option_count; /* at most COMMAND_LINE_OPTIONS_MAX */
};

/* What every program reads. The words are borrowed from the command line. */
struct command_line {
	const char *command; /* NULL: none given */
	const char *words[COMMAND_LINE_WORDS_MAX];
	size_t word_count;
	uint64_t named; /* a bit for each row of the table whose option was given */
	bool wants_help, wants_version, is_verbose;
};

/* Reads the command line into `ret_line` and the program's own structure. Errors: USAGE, one line
 * that names the word and the way out; both structures may then be partly written. */
int command_line_parse(const struct command_line_program *program, int argc, char **argv,
	void *options, struct command_line *ret_line, struct error *err);

/* Finds the command, and refuses words and options that it would ignore. Errors: USAGE, naming the
 * first of them. */
int command_line_check(const struct command_line_program *program, const struct command_line *line,
	size_t *ret_command, struct error *err);

/* Appends what --help prints. */
void command_line_help(const struct command_line_program *program, struct buf *to);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One row for each thing that a program can be told: what it is called on the command line and in
 * the configuration file, what its value may be, and where that goes. One function reads the value,
 * wherever it stands, so that a bound or a word stands once.
 */
#ifndef CONSOLE_OPTION_H
#define CONSOLE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/text_list.h"

#define OPTION_ROWS_MAX 64 /* of a program: a bit of an uint64_t for each */

/* What a value becomes, in the member of the program's structure that the row names. */
enum option_kind {
	OPTION_SET = 1,   /* bool: true; on the command line alone, without a value */
	OPTION_SWITCH,    /* bool: "yes" or "no" */
	OPTION_TEXT,      /* const char *: the very bytes; on the command line alone */
	OPTION_STRING,    /* char[size]: a copy */
	OPTION_PATH,      /* char[size]: a copy; absolute where the file names it */
	OPTION_UUID,      /* char[TEXT_UUID_SIZE]: in canonical form */
	OPTION_NUMBER,    /* uint32_t or uint64_t, from min to max */
	OPTION_SECONDS,   /* uint32_t, from min to max */
	OPTION_MEBIBYTES, /* uint64_t: bytes, from min to max mebibytes */
	OPTION_WORD,      /* an enum: which of `words` it is */
	OPTION_EVENT,     /* enum event */
	OPTION_LIST,      /* struct text_list: the file separates by blanks, the command line
			     gives the option again */
	OPTION_READ,      /* whatever `read` makes of it; on the command line alone */
};

/* Reads a value into the program's structure. Errors: MALFORMED, saying what is wrong with it. */
typedef int option_reader(const char *value, void *options, struct error *err);

/* What is wrong with a text; NULL: nothing. */
typedef const char *option_judge(const char *value);

struct option_row {
	const char *name; /* on the command line, without its dashes; NULL: not there */
	const char *section, *setting; /* in the configuration file; NULL: not there */

	/* For --help, so for the command line alone. */
	uint64_t takers;   /* a bit for each command that takes it; 0: all do */
	const char *value; /* what its value is called; NULL: it takes none */
	const char *help;  /* without bounds and `otherwise`, which are added */

	enum option_kind kind;
	size_t offset, size;      /* of the member */
	uint64_t min, max;        /* of numbers; how many texts a list may have */
	const char *const *words; /* the only ones that are good; the last is NULL */
	const char *implied;      /* the value of an option that takes none */
	const char *otherwise;    /* the value where neither command line nor file have one */
	bool is_path;             /* of a list: each begins with a path, absolute in the file */
	const char *instead_of;   /* an option that has no say beside this one; NULL: none */
	option_judge *judge;      /* of texts */
	option_reader *read;
};

/* The parts of a row: where it stands in the file, and where its value goes. */
#define OPTION_IN(group, name) .section = (group), .setting = (name)
#define OPTION_INTO(what, type, member)                                                            \
	.kind = (what), .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define OPTION_BY(reader) .kind = OPTION_READ, .read = (reader)

enum option_source { OPTION_ON_LINE, OPTION_IN_FILE };

/* Reads the row's value into its member of `options`. Errors: MALFORMED, saying what is wrong but
 * not where; the caller knows. */
int option_read(const struct option_row *row, const char *value, enum option_source source,
	void *options, struct error *err);

#endif

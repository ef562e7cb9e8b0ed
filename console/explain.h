/* SPDX-License-Identifier: BSD-2-Clause */
/* What the words of verdicts and checks mean, from the documents themselves, which are inside of
 * the program: docs/verdicts.md and docs/checks.md. */
#ifndef CONSOLE_EXPLAIN_H
#define CONSOLE_EXPLAIN_H

#include "console/command_line.h"
#include "core/buf.h"
#include "core/error.h"

/* Appends each entry of that word, `columns` wide: of a check, a continuity, a status, a reason,
 * and of the latter what to do. Errors: USAGE, with the word that was meant where that can be
 * guessed; NO_MEMORY. */
int explain_word(const char *word, unsigned columns, struct buf *to, struct error *err);

/* Appends all words, by document. */
void explain_all(unsigned columns, struct buf *to);

/* What the command `explain` of each program prints, as wide as the terminal is: of the word that
 * the command line names, or of all. Errors: as explain_word(). */
int explain_line(const struct command_line *line, struct buf *to, struct error *err);

#endif

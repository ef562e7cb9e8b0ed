/* SPDX-License-Identifier: BSD-2-Clause */
/* What cannot be decided, for docs/verdicts.md. */
#ifndef TESTS_MODEL_UNDECIDED_H
#define TESTS_MODEL_UNDECIDED_H

#include "tests/model/pairs.h"

/* Prints a table in Markdown: of each fault, what intact story may give the same pair of looks. */
void undecided_print(const struct pairs *pairs);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What somebody may do right before a look, or the baseline, that leaves no trace but itself. */
#ifndef TESTS_MODEL_ACTS_H
#define TESTS_MODEL_ACTS_H

#include "tests/model/view.h"

/* Ways to combine acts; number 0 is to do nothing. */
#define ACTS_COMBINED 64

/* The pair that these acts make of this one. Returns false where one of them can't be done, or
 * leads to a pair of which this one does not tell enough. */
bool acts_apply(unsigned combined, struct relations *relations);

#endif

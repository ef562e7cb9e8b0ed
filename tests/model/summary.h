/* SPDX-License-Identifier: BSD-2-Clause */
/* All pairs judged, and the findings printed: the first of each kind, then how many there were. */
#ifndef TESTS_MODEL_SUMMARY_H
#define TESTS_MODEL_SUMMARY_H

#include "tests/model/pairs.h"

/* Prints at most `shown` of each kind. Returns how many findings there were. */
unsigned summary_judge(const struct pairs *pairs, unsigned shown);

/* The same of looks that overlapped. */
unsigned summary_judge_overlaps(const struct pairs *pairs, unsigned shown);

#endif

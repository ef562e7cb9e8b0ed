/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/problem.h"

#define ROW(name, status, code) {status, code},

static const struct {
	unsigned status;
	const char *code;
} problems[PROBLEM_COUNT] = {{0, ""}, PROBLEMS(ROW)};

unsigned problem_status(enum problem problem)
{
	return problems[problem].status;
}

const char *problem_code(enum problem problem)
{
	return problems[problem].code;
}

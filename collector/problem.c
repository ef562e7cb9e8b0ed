/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/problem.h"

#define ROW(name, status, code) {status, code},

static const struct {
	unsigned status;
	const char *code;
} problems[PROBLEM_COUNT] = {{0, ""}, PROBLEMS(ROW)};

#define LIMIT_ROW(name, problem, word) {PROBLEM_##problem, word},

static const struct {
	enum problem problem;
	const char *name;
} limits[LIMIT_COUNT] = {{PROBLEM_NONE, ""}, LIMITS(LIMIT_ROW)};

unsigned problem_status(enum problem problem)
{
	return problems[problem].status;
}

const char *problem_code(enum problem problem)
{
	return problems[problem].code;
}

enum problem limit_problem(enum limit limit)
{
	return limits[limit].problem;
}

const char *limit_name(enum limit limit)
{
	return limits[limit].name;
}

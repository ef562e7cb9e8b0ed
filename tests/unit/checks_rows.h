/* SPDX-License-Identifier: BSD-2-Clause */
/* Healthy evidence with one thing broken a row: what the check of it says, and what all say. */
#ifndef TESTS_UNIT_CHECKS_ROWS_H
#define TESTS_UNIT_CHECKS_ROWS_H

#include "core/checks/checks.h"

struct checks_row {
	void (*change)(struct evidence *e);
	const char *expect_model;
	const char *id;                /* the check that is looked at */
	int result;                    /* a check_result; -1: the check is not listed */
	enum verdict_status status;    /* of all */
	const char *decisive;          /* NULL: none */
	const char *sentence, *remedy; /* what they begin with or contain; NULL remedy: empty */
};

/* Result, status and decisive check of a row where no other check decides. */
#define PASS      CHECK_PASS, VERDICT_AFFIRMING, NULL
#define UNKNOWN   CHECK_UNKNOWN, VERDICT_AFFIRMING, NULL
#define WARN(id)  CHECK_WARN, VERDICT_WARNING, id
#define FAIL(id)  CHECK_FAIL, VERDICT_CONTRAINDICATED, id
#define NONE      CHECK_UNKNOWN, VERDICT_NONE, "device"
#define NOT_THERE -1, VERDICT_AFFIRMING, NULL

/* The main of a program with rows: runs every test of them, returns the program's exit code. */
int checks_rows_test(const struct checks_row *rows, size_t count);

/* What rows of several programs change. */
void fault_none(struct evidence *e);
/* The conversation never began, or broke off before the first part. */
void fault_session(struct evidence *e, enum error_code code, const char *message);
void fault_timeout(struct evidence *e); /* of the session: "timeout says why" */
void fault_properties(struct evidence *e);
void fault_through_tcti(struct evidence *e);

#endif

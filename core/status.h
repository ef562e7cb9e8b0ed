/* SPDX-License-Identifier: BSD-2-Clause */
/* The words a verdict is given in, and the exit codes that say the same to a script. */
#ifndef CORE_STATUS_H
#define CORE_STATUS_H

#include "core/error.h"

/* EAR's trustworthiness tiers (draft-ietf-rats-ear, "ear.status"), worst last. */
enum verdict_status {
	VERDICT_NONE = 0, /* nothing can be said */
	VERDICT_AFFIRMING,
	VERDICT_WARNING,
	VERDICT_CONTRAINDICATED,
};

/* Exit codes of all three programs: part of the manual, portable to Windows. */
enum exit_code {
	EXIT_CODE_HEALTHY = 0,
	EXIT_CODE_WARNING = 1,
	EXIT_CODE_BROKEN = 2,
	EXIT_CODE_UNKNOWN = 3,
	EXIT_CODE_USAGE = 64,
	EXIT_CODE_CONFIG = 78,
};

/* "none", "affirming", "warning", "contraindicated". */
const char *verdict_status_name(enum verdict_status status);

enum exit_code verdict_exit_code(enum verdict_status status);

/* What a program ends with that could give no verdict; never 0. */
enum exit_code error_exit_code(enum error_code code);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The words a verdict is given in, and the exit codes that say the same to a script. */
#ifndef CORE_STATUS_H
#define CORE_STATUS_H

#include "core/error.h"

/* Exit codes of all three programs: part of the manual, portable to Windows. */
enum exit_code {
	EXIT_CODE_HEALTHY = 0,
	EXIT_CODE_WARNING = 1,
	EXIT_CODE_BROKEN = 2,
	EXIT_CODE_UNKNOWN = 3,
	EXIT_CODE_USAGE = 64,
	EXIT_CODE_CONFIG = 78,
};

/* EAR's trustworthiness tiers (draft-ietf-rats-ear, "ear.status"), worst last, and the exit code
 * that says the same. The first one, what a zeroed verdict says, is that nothing can be said. */
#define VERDICT_STATUSES(ROW)                                                                      \
	ROW(NONE, "none", EXIT_CODE_UNKNOWN)                                                       \
	ROW(AFFIRMING, "affirming", EXIT_CODE_HEALTHY)                                             \
	ROW(WARNING, "warning", EXIT_CODE_WARNING)                                                 \
	ROW(CONTRAINDICATED, "contraindicated", EXIT_CODE_BROKEN)

#define VERDICT_ENUMERATOR(id, name, exit_code) VERDICT_##id,
enum verdict_status { VERDICT_STATUSES(VERDICT_ENUMERATOR) };

/* "none", "affirming", "warning", "contraindicated". */
const char *verdict_status_name(enum verdict_status status);

enum exit_code verdict_exit_code(enum verdict_status status);

/* What a program ends with that could give no verdict; never 0. */
enum exit_code error_exit_code(enum error_code code);

#endif

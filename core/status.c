/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/status.h"

_Static_assert(VERDICT_NONE == 0, "a zeroed verdict says nothing");

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define VERDICT_NAME(id, name, exit_code) name,
#define VERDICT_EXIT(id, name, exit_code) exit_code,
static const char *const names[] = {VERDICT_STATUSES(VERDICT_NAME)};
static const enum exit_code exit_codes[] = {VERDICT_STATUSES(VERDICT_EXIT)};

const char *verdict_status_name(enum verdict_status status)
{
	return (unsigned)status < COUNT(names) ? names[status] : names[VERDICT_NONE];
}

enum exit_code verdict_exit_code(enum verdict_status status)
{
	return (unsigned)status < COUNT(names) ? exit_codes[status] : EXIT_CODE_UNKNOWN;
}

enum exit_code error_exit_code(enum error_code code)
{
	switch (code) {
	case ERROR_USAGE:
		return EXIT_CODE_USAGE;
	case ERROR_CONFIG:
		return EXIT_CODE_CONFIG;
	default:
		return EXIT_CODE_UNKNOWN;
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict.h"

const char *verdict_status_name(enum verdict_status status)
{
	switch (status) {
	case VERDICT_AFFIRMING:
		return "affirming";
	case VERDICT_WARNING:
		return "warning";
	case VERDICT_CONTRAINDICATED:
		return "contraindicated";
	case VERDICT_NONE:
		break;
	}
	return "none";
}

enum exit_code verdict_exit_code(enum verdict_status status)
{
	switch (status) {
	case VERDICT_AFFIRMING:
		return EXIT_CODE_HEALTHY;
	case VERDICT_WARNING:
		return EXIT_CODE_WARNING;
	case VERDICT_CONTRAINDICATED:
		return EXIT_CODE_BROKEN;
	case VERDICT_NONE:
		break;
	}
	return EXIT_CODE_UNKNOWN;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/status.h"

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

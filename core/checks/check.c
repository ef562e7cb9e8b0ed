/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/checks/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *check_result_name(enum check_result result)
{
	switch (result) {
	case CHECK_PASS:
		return "pass";
	case CHECK_WARN:
		return "warn";
	case CHECK_FAIL:
		return "fail";
	case CHECK_UNKNOWN:
		break;
	}
	return "unknown";
}

void check_set(struct check *check, enum check_result result, const char *fmt, ...)
{
	va_list args;

	check->result = result;
	va_start(args, fmt);
	vsnprintf(check->sentence, sizeof(check->sentence), fmt, args);
	va_end(args);
}

void check_remedy(struct check *check, const char *remedy)
{
	snprintf(check->remedy, sizeof(check->remedy), "%s", remedy);
}

bool check_part_is_read(struct check *check, const struct record_part *part, const char *what)
{
	if (part->state == PART_READ)
		return true;
	if (part->state == PART_FAILED)
		check_set(check, CHECK_UNKNOWN, "%s: %s", what, part->error.message);
	else
		check_set(check, CHECK_UNKNOWN, "%s could not be asked for", what);
	return false;
}

bool check_is_foreign(const struct evidence *evidence, struct check *check)
{
	if (strcmp(evidence->device.transport, "tcti") != 0)
		return false;
	check_set(
		check, CHECK_UNKNOWN, "the TPM was reached through a TCTI: not this machine's own");
	return true;
}

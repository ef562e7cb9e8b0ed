/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/verdict/judging.h"

#include <stdarg.h>
#include <string.h>

bool judging_decide(struct judging *judging, enum continuity continuity, enum reason_code code,
	const char *fmt, ...)
{
	va_list args;

	judging->verdict->continuity = continuity;
	judging->verdict->status = continuity_status(continuity, judging->verdict->event);
	va_start(args, fmt);
	verdict_add_reason(judging->verdict, code, fmt, args);
	va_end(args);
	return true;
}

void judging_add(struct judging *judging, bool lowers, enum reason_code code, const char *fmt, ...)
{
	va_list args;

	if (lowers && judging->verdict->status == VERDICT_AFFIRMING)
		judging->verdict->status = VERDICT_WARNING;
	va_start(args, fmt);
	verdict_add_reason(judging->verdict, code, fmt, args);
	va_end(args);
}

bool judging_has(const struct judging *judging, enum reason_code code)
{
	for (size_t i = 0; i < judging->verdict->reason_count; i++) {
		if (judging->verdict->reasons[i].code == code)
			return true;
	}
	return false;
}

const struct check *judging_check(const struct judging *judging, const char *id)
{
	for (size_t i = 0; i < judging->checks.count; i++) {
		if (strcmp(judging->checks.items[i].id, id) == 0)
			return &judging->checks.items[i];
	}
	return NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/error.h"

#include <stdio.h>
#include <string.h>

_Static_assert(ERROR_NONE == 0, "0 is success");

#define ERROR_NAME(id, name) name,
static const char *const names[] = {ERROR_CODES(ERROR_NAME)};

/* In parentheses, since the analyzer sees a macro of that name. */
int(error_set)(struct error *err, enum error_code code, const char *fmt, ...)
{
	va_list args;

	err->code = code;
	err->rc = 0;
	va_start(args, fmt);
	vsnprintf(err->message, sizeof(err->message), fmt, args);
	va_end(args);
	return -(int)code;
}

int error_wrap(struct error *err, const char *fmt, ...)
{
	char inner[sizeof(err->message)];
	va_list args;
	size_t used;

	memcpy(inner, err->message, sizeof(inner));
	va_start(args, fmt);
	vsnprintf(err->message, sizeof(err->message), fmt, args);
	va_end(args);
	used = strlen(err->message);
	snprintf(err->message + used, sizeof(err->message) - used, ": %s", inner);
	return -(int)err->code;
}

int error_copy(struct error *err, const struct error *kept)
{
	*err = *kept;
	return -(int)err->code;
}

const char *error_code_name(enum error_code code)
{
	return (unsigned)code < ERROR_CODE_COUNT ? names[code] : "unknown";
}

enum error_code error_code_parse(const char *name)
{
	unsigned code = 0;

	while (code < ERROR_CODE_COUNT && strcmp(names[code], name) != 0)
		code++;
	return (enum error_code)code;
}

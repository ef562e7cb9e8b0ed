/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/log.h"

#include <stdarg.h>
#include <stdio.h>

static log_sink *current_sink;
static enum log_level current_level;

void log_start(log_sink *sink, enum log_level level)
{
	current_sink = sink;
	current_level = level;
}

void log_write(enum log_level level, const char *fmt, ...)
{
	char line[512];
	va_list args;

	if (!current_sink || level > current_level)
		return;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	current_sink(level, line);
}

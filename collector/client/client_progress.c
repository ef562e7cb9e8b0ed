/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/client/client_progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "platform/system.h"

#define COLUMNS 79 /* of the narrowest terminal; a carriage return goes no further back */

void client_progress_show(struct client_progress *progress, const char *fmt, ...)
{
	uint64_t now_s = platform_monotonic_us() / 1000000;
	char line[COLUMNS + 1];
	va_list args;

	if (now_s == progress->shown_s || !isatty(STDERR_FILENO))
		return;
	progress->shown_s = now_s;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	fprintf(stderr, "\r%s ", line);
	fflush(stderr);
}

void client_progress_end(struct client_progress *progress)
{
	if (progress->shown_s)
		fprintf(stderr, "\r%*s\r", COLUMNS, "");
	progress->shown_s = 0;
}

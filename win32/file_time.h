/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef WIN32_FILE_TIME_H
#define WIN32_FILE_TIME_H

#include "win32/api.h"
#include <stdint.h>

/* Milliseconds since 1970 of a count of 100 ns since 1601. */
static inline int64_t file_time_to_unix_ms(const FILETIME *time)
{
	uint64_t ticks = (uint64_t)time->dwHighDateTime << 32 | time->dwLowDateTime;

	return (int64_t)(ticks / 10000) - 11644473600000;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef WIN32_FILE_TIME_H
#define WIN32_FILE_TIME_H

#include "win32/api.h"
#include <stdint.h>

/* Seconds since 1970 of a count of 100 ns since 1601; 0 for what is before 1970. */
static inline uint64_t file_time_to_unix(const FILETIME *time)
{
	uint64_t ticks = (uint64_t)time->dwHighDateTime << 32 | time->dwLowDateTime;

	return ticks < 116444736000000000 ? 0 : (ticks - 116444736000000000) / 10000000;
}

#endif
